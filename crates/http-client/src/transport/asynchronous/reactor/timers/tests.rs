use std::time::Duration;

use super::*;

/// Timers, and whether an alarm after so many seconds is one to rouse for.
struct Scene {
    timers: Timers,
    begin: Instant,
}

impl Scene {
    fn new() -> Self {
        Self {
            timers: Timers::default(),
            begin: Instant::now(),
        }
    }

    fn after(&self, seconds: u64) -> Instant {
        self.begin + Duration::from_secs(seconds)
    }

    fn rouses(&self, seconds: u64) -> bool {
        let (_, is_news) = self.timers.set(self.after(seconds), Waker::noop().clone());
        is_news
    }

    fn waits(&self, until: Option<u64>) -> Option<Instant> {
        self.timers.wait_until(until.map(|until| self.after(until)))
    }

    fn waits_no_more(&self) -> usize {
        let mut ready = Vec::new();
        self.timers.due(&mut ready);
        ready.len()
    }
}

#[test]
fn nobody_is_roused_while_nobody_waits() {
    let scene = Scene::new();
    assert!(!scene.rouses(1000));
    assert_eq!(scene.waits(None), Some(scene.after(1000)));
    assert_eq!(scene.waits_no_more(), 0);
    assert!(!scene.rouses(500));
    assert_eq!(scene.waits(None), Some(scene.after(500)));
}

#[test]
fn whoever_waits_longer_is_roused_once() {
    let scene = Scene::new();
    assert_eq!(scene.waits(None), None);
    assert!(scene.rouses(1000));
    // Whoever was roused looks at all of them.
    assert!(!scene.rouses(500));
    assert_eq!(scene.waits(None), Some(scene.after(500)));
    assert!(!scene.rouses(700));
    assert!(scene.rouses(400));
}

#[test]
fn whoever_waits_for_a_time_of_its_own_is_roused_for_what_comes_before_that_alone() {
    let scene = Scene::new();
    assert_eq!(scene.waits(Some(500)), Some(scene.after(500)));
    assert!(!scene.rouses(1000));
    assert!(scene.rouses(400));
}

#[test]
fn whose_time_has_come_is_given_once() {
    let scene = Scene::new();
    assert!(!scene.rouses(0));
    assert!(!scene.rouses(1000));
    assert_eq!(scene.waits_no_more(), 1);
    assert_eq!(scene.waits_no_more(), 0);
}

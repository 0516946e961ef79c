use std::time::{Duration, Instant};

use super::{Health, Pulse};

const SECOND: Duration = Duration::from_secs(1);

/// A source that gave an item each `pause`, ten times, and is asked for the next.
fn steady(pause: Duration) -> (Pulse, Instant) {
    let mut pulse = Pulse::default();
    let mut now = Instant::now();
    for _ in 0..10 {
        pulse.asked(now);
        now += pause;
        pulse.gave(now);
    }
    pulse.asked(now);
    (pulse, now)
}

#[test]
fn a_source_that_was_never_heard_of_is_not_live() {
    let now = Instant::now();
    let mut pulse = Pulse::default();
    pulse.asked(now);
    assert_eq!(pulse.health(now), Health::Opening);
    let later = now + 2 * SECOND;
    let since = 2 * SECOND;
    assert_eq!(pulse.health(later), Health::Stalled { since });
}

#[test]
fn a_silent_camera_is_stalled_after_a_second() {
    let (pulse, now) = steady(SECOND / 30);
    assert_eq!(pulse.health(now + SECOND), Health::Live);
    let since = SECOND + Duration::from_millis(1);
    assert_eq!(pulse.health(now + since), Health::Stalled { since });
}

#[test]
fn the_time_between_two_items_is_told_but_not_across_a_lost_connection() {
    let (mut pulse, now) = steady(SECOND / 30);
    assert_eq!(pulse.gave(now + SECOND), Some(SECOND));
    pulse.disconnected(now + SECOND, 1);
    assert_eq!(pulse.gave(now + 9 * SECOND), None);
    assert_eq!(pulse.gave(now + 10 * SECOND), Some(SECOND));
}

#[test]
fn a_slow_source_has_its_own_measure() {
    let (pulse, now) = steady(5 * SECOND);
    assert_eq!(pulse.health(now + 20 * SECOND), Health::Live);
    let since = 21 * SECOND;
    assert_eq!(pulse.health(now + since), Health::Stalled { since });
}

#[test]
fn a_source_that_is_held_is_not_stalled() {
    let (mut pulse, now) = steady(SECOND / 30);
    pulse.held();
    assert_eq!(pulse.health(now + 60 * SECOND), Health::Live);
}

#[test]
fn a_lost_connection_is_told_with_its_age_until_the_next_item() {
    let (mut pulse, now) = steady(SECOND / 30);
    pulse.disconnected(now, 1);
    pulse.asked(now + SECOND);
    pulse.disconnected(now + SECOND, 2);
    let told = Health::Reconnecting {
        since: 3 * SECOND,
        attempts: 2,
    };
    assert_eq!(pulse.health(now + 3 * SECOND), told);
    let back = now + 4 * SECOND;
    pulse.gave(back);
    pulse.asked(back);
    assert_eq!(pulse.health(back), Health::Live);
    let since = 2 * SECOND;
    assert_eq!(pulse.health(back + since), Health::Stalled { since });
}

#[test]
fn an_end_is_told_apart_from_a_failure() {
    for (failed, health) in [(false, Health::Ended), (true, Health::Gone)] {
        let (mut pulse, now) = steady(SECOND / 30);
        pulse.ended(failed);
        assert_eq!(pulse.health(now), health);
    }
}

use std::sync::Arc;
use std::time::Duration;

use creel_runtime::{
    JoinError, ResultError, Seeded, WaitError, WaitFor, as_completed, sleep, wait,
};

use super::Light;
use crate::gate::pool_of;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn futures_are_given_as_they_complete_in_virtual_time() {
    for seed in 0..20 {
        let seeded = Seeded::new(seed);
        let sleepers = [3, 1, 2].map(|hours| {
            seeded.spawn(async move {
                sleep(hours * HOUR).await;
                hours
            })
        });
        let completed = as_completed(sleepers.map(Result::unwrap));
        let order: Vec<_> = completed.map(|(_, hours)| hours.unwrap()).collect();
        assert_eq!(order, [1, 2, 3]);
        assert_eq!(seeded.clock().elapsed(), 3 * HOUR);
    }
}

#[test]
fn a_timed_wait_for_many_is_over_in_virtual_time() {
    let seeded = Seeded::new(0);
    let sleepers = [1, 3].map(|hours| seeded.spawn(sleep(hours * HOUR)).unwrap());
    let waited = wait(&sleepers, WaitFor::All, Some(2 * HOUR)).unwrap();
    assert_eq!((waited.done, waited.not_done), (vec![0], vec![1]));
    assert_eq!(seeded.clock().elapsed(), 2 * HOUR);
    let mut rest = as_completed(sleepers);
    assert!(
        rest.next_timeout(HOUR / 2).unwrap().is_some(),
        "done before"
    );
    assert!(rest.next_timeout(HOUR / 2).is_err());
    assert!(rest.next_timeout(HOUR / 2).unwrap().is_some());
}

#[test]
fn a_wait_for_many_that_nothing_can_end_is_an_error() {
    let seeded = Seeded::new(0);
    let light = Light::default();
    let futures = [
        seeded.spawn(light.clone().seen()).unwrap(),
        seeded.spawn(std::future::pending()).unwrap(),
    ];
    let waited = wait(&futures, WaitFor::All, None);
    assert_eq!(waited.unwrap_err(), WaitError::Stalled);
    light.switch_on();
    let mut completed = as_completed(futures);
    assert!(matches!(completed.next(), Some((0, Ok(())))));
    let Some((1, Err(ResultError::Wait(WaitError::Stalled, never)))) = completed.next() else {
        panic!("nobody ends it");
    };
    assert!(never.running());
}

#[test]
fn a_wait_for_tasks_here_and_on_a_pool_ends() {
    let pool = pool_of(1);
    let seeded = Seeded::new(0);
    let light = Light::default();
    let (here, switch) = (light.clone(), light.clone());
    let seen = seeded.spawn(here.seen()).unwrap();
    let foreign = pool.submit(move || switch.switch_on()).unwrap();
    let waited = wait(&[seen, foreign], WaitFor::All, None).unwrap();
    assert_eq!(waited.done, [0, 1]);
}

#[test]
fn a_task_waits_for_the_group_that_it_made() {
    for seed in 0..20 {
        let seeded = Arc::new(Seeded::new(seed));
        let inner = Arc::clone(&seeded);
        let parent = seeded.submit(move || {
            let mut group = inner.group();
            group.submit(|| 1).unwrap();
            group
                .spawn(async {
                    sleep(HOUR).await;
                    2
                })
                .unwrap();
            let handle = group.handle();
            group
                .submit(move || {
                    handle.submit(|| 4).unwrap();
                    3
                })
                .unwrap();
            group.join_all().unwrap()
        });
        assert_eq!(parent.unwrap().result().unwrap(), [1, 2, 3, 4]);
    }
}

#[test]
fn the_first_error_cancels_the_group() {
    let seeded = Seeded::new(0);
    let mut group = seeded.group();
    group
        .spawn(async {
            sleep(HOUR).await;
            Err("late")
        })
        .unwrap();
    group.spawn(async { std::future::pending().await }).unwrap();
    let joined: Result<Vec<()>, _> = group.try_join_all();
    assert!(matches!(joined, Err(JoinError::Returned("late"))));
    assert_eq!(seeded.ledger().cancelled, 1);
    drop(group);
    assert_eq!(
        seeded.submit(|| 1).unwrap().result().unwrap(),
        1,
        "it goes on"
    );
}

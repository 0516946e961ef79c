use std::sync::{Arc, mpsc};

use creel_core::port::Rejected;
use creel_runtime::{Abandoned, ResultError, Seeded, ShutdownError, State, Task, TaskError};
use creel_testkit::{LiveCount, contract};

use super::{Light, step_aside};

#[test]
fn dropping_it_settles_every_future() {
    let seeded = Seeded::new(0);
    let live = LiveCount::new();
    let (pending, suspended) = (live.token(), live.token());
    let suspended = seeded
        .spawn(async move {
            let _held = suspended;
            std::future::pending::<()>().await;
        })
        .unwrap();
    seeded.run();
    let pending = seeded.submit(move || drop(pending)).unwrap();
    let unpolled = seeded.spawn(step_aside()).unwrap();
    let next = pending.map(|()| 1);
    drop(seeded);
    assert_eq!(suspended.state(), State::Cancelled);
    assert_eq!(unpolled.state(), State::Abandoned);
    assert!(matches!(
        next.result(),
        Err(ResultError::Task(TaskError::Abandoned(Abandoned::ShutDown)))
    ));
    assert_eq!(live.alive(), 0);
}

#[test]
fn a_wake_after_the_drop_wakes_nobody() {
    let seeded = Seeded::new(0);
    let light = Light::default();
    let future = seeded.spawn(light.clone().seen()).unwrap();
    seeded.run();
    drop(seeded);
    light.switch_on();
    assert_eq!(future.state(), State::Cancelled);
}

#[test]
fn a_task_may_drop_its_executor() {
    let seeded = Arc::new(Seeded::new(0));
    let last = Arc::clone(&seeded);
    let (held, hold) = mpsc::channel();
    let task = seeded
        .submit(move || drop((last, hold.recv().unwrap())))
        .unwrap();
    let other = seeded.submit(|| ()).unwrap();
    let (step, steps) = (Arc::downgrade(&seeded), Arc::clone(&seeded));
    held.send(seeded).unwrap();
    drop(steps);
    // Whoever steps holds it for so long; the task holds the other handles.
    while let Some(seeded) = step.upgrade() {
        if task.done() {
            break;
        }
        seeded.step();
    }
    drop(step);
    assert_eq!(task.state(), State::Succeeded);
    assert!(other.done());
}

#[test]
fn shutdown_runs_what_is_there_and_takes_nothing_from_outside() {
    let seeded = Arc::new(Seeded::new(0));
    let inner = Arc::clone(&seeded);
    let parent = seeded.spawn(async move {
        step_aside().await;
        inner.submit(|| 3).unwrap().await.unwrap()
    });
    seeded.shutdown().unwrap();
    assert_eq!(parent.unwrap().result().unwrap(), 3);
    assert!(matches!(seeded.submit(|| ()), Err(Rejected::ShutDown(_))));
    assert!(matches!(seeded.spawn(async {}), Err(Rejected::ShutDown(_))));
    contract::executor_is_shut_down(&*seeded, |work| Task::from_closure(work).0);
    seeded.shutdown().unwrap();
}

#[test]
fn shutdown_says_when_tasks_will_never_end() {
    let seeded = Seeded::new(0);
    let light = Light::default();
    let future = seeded.spawn(light.clone().seen()).unwrap();
    assert_eq!(seeded.shutdown(), Err(ShutdownError::Stalled));
    light.switch_on();
    assert_eq!(seeded.shutdown(), Ok(()));
    future.result().unwrap();
}

#[test]
fn shutdown_now_cancels_and_counts_what_is_not_done() {
    let seeded = Seeded::new(0);
    let done = seeded.submit(|| ()).unwrap();
    let suspended = seeded.spawn(std::future::pending::<()>()).unwrap();
    seeded.run();
    let unpolled = seeded.spawn(step_aside()).unwrap();
    let pending = seeded.submit(|| ()).unwrap();
    let cancelled = seeded.submit(|| ()).unwrap();
    assert!(cancelled.cancel());
    assert_eq!(seeded.shutdown_now(), Ok(3));
    assert!(suspended.cancelled() && unpolled.cancelled() && pending.cancelled());
    assert_eq!(done.state(), State::Succeeded);
    assert_eq!(seeded.shutdown_now(), Ok(0));
}

#[test]
fn shutdown_from_within_a_task_closes_and_leaves_the_rest_to_the_driver() {
    let seeded = Arc::new(Seeded::new(0));
    let inner = Arc::clone(&seeded);
    let closes = seeded.submit(move || inner.shutdown()).unwrap();
    let rest = seeded.submit(|| 1).unwrap();
    assert_eq!(closes.result().unwrap(), Err(ShutdownError::NotJoined));
    assert!(seeded.submit(|| ()).is_err());
    assert_eq!(rest.result().unwrap(), 1);
}

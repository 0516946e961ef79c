use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use creel_core::Executor;
use creel_runtime::{ResultError, Seeded, State, Task, TaskFuture, WaitError};
use creel_testkit::contract;

use super::{Light, step_aside};
use crate::gate::pool_of;

#[test]
fn it_keeps_the_contract_of_executors() {
    contract::executor(
        || Seeded::new(1),
        |work| Task::from_closure(work).0,
        |seeded| {
            seeded.run();
        },
    );
}

#[test]
fn nothing_runs_before_somebody_drives() {
    let seeded = Seeded::new(0);
    let future = seeded.submit(|| thread::current().id()).unwrap();
    assert_eq!(future.state(), State::Pending);
    assert!(seeded.step());
    assert_eq!(future.state(), State::Succeeded);
    assert!(!seeded.step());
    assert_eq!(future.result().unwrap(), thread::current().id());
}

#[test]
fn waiting_for_a_future_drives_the_executor() {
    for seed in 0..20 {
        let seeded = Seeded::new(seed);
        let light = Light::default();
        let waits = seeded.spawn(light.clone().seen()).unwrap();
        let length = waits.map(|()| "seen".len());
        let _detached = seeded.submit(move || light.switch_on()).unwrap();
        assert_eq!(length.result().unwrap(), 4);
    }
}

#[test]
fn a_task_made_by_hand_and_its_continuations_run_there() {
    let seeded = Seeded::new(3);
    let (task, future) = Task::from_closure(|| 20);
    seeded.execute(task).unwrap();
    let shared = future.then(|number| async move { number + 1 }).shared();
    let doubled = shared.map(|number| 2 * number);
    assert_eq!(doubled.result().unwrap(), 42);
    assert_eq!(shared.result().unwrap(), 21);
}

#[test]
fn a_wait_that_nothing_can_end_gives_the_future_back() {
    let seeded = Seeded::new(0);
    let light = Light::default();
    let future = seeded.spawn(light.clone().seen()).unwrap();
    let Err(ResultError::Wait(WaitError::Stalled, future)) = future.result() else {
        panic!("the light is off");
    };
    assert!(future.running());
    light.switch_on();
    future.result().unwrap();
}

#[test]
fn a_wait_inside_a_task_that_nothing_can_end_is_an_error_there() {
    let seeded = Seeded::new(0);
    let never = seeded.spawn(std::future::pending::<()>()).unwrap();
    let (_task, untaken) = Task::from_closure(|| ());
    let error = |waited| match waited {
        Err(ResultError::Wait(error, _)) => error,
        other => panic!("{other:?}"),
    };
    let waits = seeded.submit(move || [error(never.result()), error(untaken.result())]);
    assert_eq!(
        waits.unwrap().result().unwrap(),
        [WaitError::Stalled, WaitError::Stalled]
    );
}

#[test]
fn a_task_that_waits_runs_the_awaited_one_in_place_and_else_steps_others() {
    for seed in 0..50 {
        let seeded = Arc::new(Seeded::new(seed));
        let light = Light::default();
        let (inner, switch) = (Arc::clone(&seeded), light.clone());
        let parent = seeded.submit(move || {
            let before = inner.trace().len();
            let child = inner.submit(|| 3).unwrap();
            let value = child.result().unwrap();
            let steps = inner.trace().len() - before;
            assert_eq!(steps, 1, "only what it waits for runs in its place");
            let suspends = inner.spawn(light.seen()).unwrap();
            suspends.result().unwrap();
            value
        });
        let _detached = seeded.submit(move || switch.switch_on()).unwrap();
        assert_eq!(parent.unwrap().result().unwrap(), 3);
    }
}

#[test]
fn a_task_that_waits_for_a_chain_runs_its_parts_in_place() {
    let seeded = Arc::new(Seeded::new(0));
    let inner = Arc::clone(&seeded);
    let parent = seeded.submit(move || {
        let chain = inner.submit(|| 1).unwrap().map(|one| one + 1);
        let chain = chain.then(|two| async move {
            step_aside().await;
            two + 1
        });
        chain.result().unwrap()
    });
    assert_eq!(parent.unwrap().result().unwrap(), 3);
}

#[test]
fn a_task_that_waits_for_itself_gets_an_error_that_names_it() {
    let seeded = Seeded::new(0);
    let place: Arc<Mutex<Option<TaskFuture<String>>>> = Arc::default();
    let inner = Arc::clone(&place);
    let narcissus = seeded.task().name("narcissus").submit(move || {
        let own = inner.lock().unwrap().take().unwrap();
        match own.result() {
            Err(ResultError::Wait(WaitError::Deadlock(cycle), _)) => cycle.to_string(),
            other => panic!("{other:?}"),
        }
    });
    let (told, tells) = mpsc::channel();
    let narcissus = narcissus.unwrap();
    narcissus.add_done_callback(move |cycle| told.send(cycle.unwrap().clone()).unwrap());
    *place.lock().unwrap() = Some(narcissus);
    seeded.run();
    assert_eq!(tells.recv().unwrap(), "`narcissus` waits for `narcissus`");
}

/// A task that waits for a task that waits, and so on: how deep that went before a wait was refused.
fn descend(seeded: &Arc<Seeded>, depth: u32) -> u32 {
    let inner = Arc::clone(seeded);
    let child = seeded.submit(move || descend(&inner, depth + 1)).unwrap();
    match child.result() {
        Ok(reached) => reached,
        Err(ResultError::Wait(WaitError::Exhausted, child)) => {
            assert!(child.cancel());
            depth
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn waits_that_are_nested_too_deep_are_refused_before_the_stack_ends() {
    let seeded = Arc::new(Seeded::new(0));
    assert_eq!(descend(&seeded, 0), 128);
}

#[test]
fn a_future_that_borrows_is_driven_to_its_end() {
    let seeded = Seeded::new(0);
    let light = Light::default();
    let count = Cell::new(0);
    let future = async {
        let child = seeded.spawn(light.clone().seen()).unwrap();
        count.set(1);
        light.switch_on();
        child.await.unwrap();
        count.set(2);
        "done"
    };
    assert_eq!(seeded.block_on(future), Ok("done"));
    assert_eq!(count.get(), 2);
    let never = std::future::pending::<()>();
    assert_eq!(seeded.block_on(never), Err(WaitError::Stalled));
}

#[test]
fn a_wake_from_another_thread_is_not_lost() {
    let seeded = Seeded::new(0);
    let light = Light::default();
    let future = seeded.spawn(light.clone().seen()).unwrap();
    seeded.run();
    let elsewhere = thread::spawn(move || light.switch_on());
    elsewhere.join().unwrap();
    seeded.run();
    assert_eq!(future.state(), State::Succeeded);
}

#[test]
fn a_thread_that_waits_for_a_pool_goes_on_with_what_the_pool_wakes() {
    let pool = pool_of(1);
    let seeded = Seeded::new(0);
    let light = Light::default();
    let seen = seeded.spawn(light.clone().seen()).unwrap();
    let waits = seeded.submit(move || {
        // The pool's task ends only after a task of this executor, which nobody else drives.
        let foreign = pool.submit(move || {
            light.switch_on();
            seen.result().unwrap();
            5
        });
        foreign.unwrap().result().unwrap()
    });
    assert_eq!(waits.unwrap().result().unwrap(), 5);
}

#[test]
fn a_cycle_of_waits_through_a_pool_is_found() {
    let pool = Arc::new(pool_of(1));
    let seeded = Seeded::new(0);
    let place: Arc<Mutex<Option<TaskFuture<bool>>>> = Arc::default();
    let (inner, other) = (Arc::clone(&place), Arc::clone(&pool));
    let here = seeded.submit(move || {
        let foreign = other.submit(move || {
            let here = inner.lock().unwrap().take().unwrap();
            matches!(
                here.result(),
                Err(ResultError::Wait(WaitError::Deadlock(_), _))
            )
        });
        let foreign = foreign.unwrap().result();
        match foreign {
            Ok(refused) => refused,
            Err(error) => matches!(error, ResultError::Wait(WaitError::Deadlock(_), _)),
        }
    });
    let (told, tells) = mpsc::channel();
    let here = here.unwrap();
    here.add_done_callback(move |found| told.send(*found.unwrap()).unwrap());
    *place.lock().unwrap() = Some(here);
    seeded.run();
    assert!(tells.recv().unwrap());
}

#[test]
fn only_the_thread_that_made_it_drives_it() {
    let seeded = Seeded::new(0);
    let future = seeded.submit(|| thread::current().id()).unwrap();
    let here = thread::current().id();
    thread::scope(|scope| {
        let other = scope.spawn(|| catch_unwind(AssertUnwindSafe(|| seeded.step())));
        assert!(other.join().unwrap().is_err());
        let waits = scope.spawn(move || future.result().unwrap());
        seeded.run();
        assert_eq!(waits.join().unwrap(), here);
    });
}

#[test]
fn two_executors_on_one_thread_are_driven_each_by_its_own_futures() {
    let (one, other) = (Arc::new(Seeded::new(1)), Arc::new(Seeded::new(2)));
    let inner = Arc::clone(&other);
    let first = one.submit(move || inner.submit(|| 2).unwrap().result().unwrap());
    let second = other.submit(|| 1).unwrap();
    assert_eq!(first.unwrap().result().unwrap(), 2);
    assert_eq!(second.result().unwrap(), 1);
    assert_eq!((one.trace().len(), other.trace().len()), (1, 2));
}

//! Random programs against a model: while every worker is held, what each step gives is certain.

use std::sync::{Arc, Mutex};

use creel_runtime::{ResultError, State, TaskError, TaskFuture, ThreadPool};
use proptest::prelude::*;

use crate::gate::occupy;

#[derive(Clone, Copy, Debug)]
enum Step {
    Submit { panics: bool },
    Spawn,
    Cancel(prop::sample::Index),
    RequestCancel(prop::sample::Index),
    AddCallback(prop::sample::Index),
    Drop(prop::sample::Index),
}

/// How the held part ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Release,
    Shutdown,
    ShutdownNow,
}

/// What the model expects of one task.
struct Expected {
    future: Option<TaskFuture<usize>>,
    panics: bool,
    cancelled: bool,
    callbacks: usize,
}

type Calls = Arc<Mutex<Vec<(usize, usize, bool)>>>;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(|panics| Step::Submit { panics }),
        2 => Just(Step::Spawn),
        2 => any::<prop::sample::Index>().prop_map(Step::Cancel),
        1 => any::<prop::sample::Index>().prop_map(Step::RequestCancel),
        3 => any::<prop::sample::Index>().prop_map(Step::AddCallback),
        1 => any::<prop::sample::Index>().prop_map(Step::Drop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_program_ends_as_the_model_says(
        workers in 1_usize..4,
        steps in prop::collection::vec(step(), 0..40),
        ending in prop::sample::select(vec![Ending::Release, Ending::Shutdown, Ending::ShutdownNow]),
    ) {
        let pool = ThreadPool::builder().max_workers(workers).build().unwrap();
        let held: Vec<_> = (0..workers).map(|_| occupy(&pool)).collect();
        let calls = Calls::default();
        let mut tasks = Vec::new();
        for step in steps {
            take_step(step, &pool, &mut tasks, &calls)?;
        }

        let still_queued = tasks.iter().filter(|task| !task.cancelled).count();
        if ending == Ending::ShutdownNow {
            // The held tasks end once all the others were cancelled: it waits for them.
            let gates: Vec<_> = held.iter().map(|held| held.gate.clone()).collect();
            let sentinel = pool.submit(|| 0).unwrap();
            sentinel.add_done_callback(move |_| gates.iter().for_each(crate::gate::Gate::open));
            prop_assert_eq!(pool.shutdown_now().unwrap(), still_queued + 1);
            for task in &mut tasks {
                task.cancelled = true;
            }
        } else {
            for held in &held {
                held.gate.open();
            }
            if ending == Ending::Shutdown {
                pool.shutdown().unwrap();
                prop_assert!(tasks.iter().flat_map(|task| &task.future).all(TaskFuture::done));
            }
        }
        check_outcomes(tasks, pool, &calls)?;
    }
}

fn take_step(
    step: Step,
    pool: &ThreadPool,
    tasks: &mut Vec<Expected>,
    calls: &Calls,
) -> Result<(), TestCaseError> {
    let number = tasks.len();
    let pick = |index: prop::sample::Index| match tasks.len() {
        0 => None,
        count => Some(index.index(count)),
    };
    match step {
        Step::Submit { panics } => {
            let future = pool
                .submit(move || {
                    assert!(!panics, "task {number} was to panic");
                    number
                })
                .unwrap();
            tasks.push(Expected {
                future: Some(future),
                panics,
                cancelled: false,
                callbacks: 0,
            });
        }
        Step::Spawn => {
            let future = Some(pool.spawn(async move { number }).unwrap());
            tasks.push(Expected {
                future,
                panics: false,
                cancelled: false,
                callbacks: 0,
            });
        }
        Step::Cancel(index) | Step::RequestCancel(index) => {
            let Some(task) = pick(index).map(|picked| &mut tasks[picked]) else {
                return Ok(());
            };
            let Some(future) = &task.future else {
                return Ok(());
            };
            let did = match step {
                Step::Cancel(_) => future.cancel(),
                _ => future.request_cancel(),
            };
            prop_assert_eq!(
                did,
                !task.cancelled,
                "the first cancel is the one that did it"
            );
            task.cancelled = true;
            prop_assert_eq!(future.state(), State::Cancelled);
        }
        Step::AddCallback(index) => {
            let Some(picked) = pick(index) else {
                return Ok(());
            };
            let task = &mut tasks[picked];
            let Some(future) = &task.future else {
                return Ok(());
            };
            let (calls, turn) = (Arc::clone(calls), task.callbacks);
            future.add_done_callback(move |outcome| {
                calls.lock().unwrap().push((picked, turn, outcome.is_ok()));
            });
            task.callbacks += 1;
        }
        Step::Drop(index) => {
            if let Some(picked) = pick(index) {
                tasks[picked].future = None;
            }
        }
    }
    Ok(())
}

fn check_outcomes(
    mut tasks: Vec<Expected>,
    pool: ThreadPool,
    calls: &Calls,
) -> Result<(), TestCaseError> {
    for (number, task) in tasks.iter_mut().enumerate() {
        let Some(future) = task.future.take() else {
            continue;
        };
        match future.result() {
            Ok(value) => prop_assert!(value == number && !task.cancelled && !task.panics),
            Err(ResultError::Task(TaskError::Cancelled)) => prop_assert!(task.cancelled),
            Err(ResultError::Task(TaskError::Panicked(panic))) => {
                prop_assert!(task.panics && !task.cancelled);
                prop_assert_eq!(panic.message(), format!("task {number} was to panic"));
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
    drop(pool);
    let calls = calls.lock().unwrap();
    for (number, task) in tasks.iter().enumerate() {
        let own: Vec<_> = calls.iter().filter(|(of, ..)| *of == number).collect();
        let turns: Vec<_> = own.iter().map(|(_, turn, _)| *turn).collect();
        prop_assert_eq!(
            turns,
            (0..task.callbacks).collect::<Vec<_>>(),
            "each once, in order"
        );
        let succeeds = !task.cancelled && !task.panics;
        prop_assert!(own.iter().all(|(.., succeeded)| *succeeded == succeeds));
    }
    Ok(())
}

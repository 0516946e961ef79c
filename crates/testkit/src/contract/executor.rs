//! What an executor promises.

use std::sync::Arc;

use creel_core::Executor;
use creel_core::port::Rejected;

use creel_core::{Context, Run};

use crate::{Gate, LiveCount, Watched};

/// A closure that becomes a task of the executor under test.
type Work = Box<dyn FnOnce() + Send>;

/// Checks that each task is run exactly once, and that one which panics takes no other along.
///
/// `make` starts an executor that rejects nothing here, `task` turns a closure into a task, and `finish` ends the
/// executor: when it returns, every task was run or dropped.
///
/// # Panics
/// When the executor breaks its contract.
pub fn executor<E: Executor>(
    make: impl FnOnce() -> E,
    task: impl Fn(Work) -> E::Task,
    finish: impl FnOnce(E),
) {
    let executor = make();
    let runs = Arc::new(Watched::new(vec![0_usize; 100]));
    let live = LiveCount::new();
    for number in 0..100 {
        let (runs, token) = (Arc::clone(&runs), live.token());
        let work = move || {
            runs.change(|runs| runs[number] += 1);
            drop(token);
            assert!(number % 10 != 3, "a task that panics, as the suite wants");
        };
        if let Err(rejected) = executor.execute(task(Box::new(work))) {
            panic!("an executor with room rejects a task: {rejected:?}");
        }
    }
    finish(executor);
    assert_eq!(live.alive(), 0, "a task is neither run nor dropped");
    runs.read(|runs| {
        assert!(
            runs.iter().all(|count| *count == 1),
            "a task is not run exactly once: {runs:?}"
        );
    });
}

/// Checks that a task which has no room comes back untouched, and that what was accepted is run.
///
/// `make` starts an executor with a bounded queue that does not run tasks at submit. `task` and `finish` are as for
/// [`executor`].
///
/// # Panics
/// When the executor breaks its contract, or takes 100,000 tasks.
pub fn executor_is_full<E: Executor>(
    make: impl FnOnce() -> E,
    task: impl Fn(Work) -> E::Task,
    finish: impl FnOnce(E),
) {
    let executor = make();
    let runs = Arc::new(Watched::new(0_usize));
    let gate = Gate::closed();
    let mut accepted = 0;
    let rejected = loop {
        assert!(accepted < 100_000, "the executor is never full");
        let (runs, held) = (Arc::clone(&runs), gate.clone());
        let work = move || {
            let _ = held.wait(&Context::new());
            runs.change(|runs| *runs += 1);
        };
        match executor.execute(task(Box::new(work))) {
            Ok(()) => accepted += 1,
            Err(rejected) => break rejected,
        }
    };
    gate.open();
    assert!(
        matches!(rejected, Rejected::Full(_)),
        "a full executor does not say so: {rejected:?}"
    );
    finish(executor);
    assert_eq!(
        runs.read(|runs| *runs),
        accepted,
        "the tasks run are not those accepted"
    );
    rejected.into_inner().run();
    assert_eq!(
        runs.read(|runs| *runs),
        accepted + 1,
        "a rejected task does not come back whole"
    );
}

/// Checks that an executor which was shut down gives a task back untouched.
///
/// # Panics
/// When the executor breaks its contract.
pub fn executor_is_shut_down<E: Executor>(executor: &E, task: impl FnOnce(Work) -> E::Task) {
    let runs = Arc::new(Watched::new(0_usize));
    let counted = Arc::clone(&runs);
    let work = move || counted.change(|runs| *runs += 1);
    match executor.execute(task(Box::new(work))) {
        Ok(()) => panic!("an executor that was shut down takes a task"),
        Err(Rejected::Full(_)) => panic!("an executor that was shut down says it is full"),
        Err(Rejected::ShutDown(task)) => {
            assert_eq!(runs.read(|runs| *runs), 0, "a rejected task is run");
            task.run();
            assert_eq!(
                runs.read(|runs| *runs),
                1,
                "a rejected task does not come back whole"
            );
        }
    }
}

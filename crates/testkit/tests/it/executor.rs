use creel_core::port::Rejected;
use creel_core::{Executor, Run};
use creel_testkit::{ManualExecutor, contract};

type Work = Box<dyn FnOnce() + Send>;

fn identity(work: Work) -> Work {
    work
}

fn finish(executor: ManualExecutor) {
    executor.run_all();
}

#[test]
fn the_manual_executor_keeps_the_contract() {
    contract::executor(ManualExecutor::new, identity, finish);
    contract::executor_is_full(|| ManualExecutor::new().bounded(3), identity, finish);
    let executor = ManualExecutor::new();
    executor.shut_down();
    contract::executor_is_shut_down(&executor, identity);
}

#[test]
fn a_task_may_hand_in_another() {
    let executor = ManualExecutor::<Work>::new();
    let inner = executor.clone();
    executor
        .execute(Box::new(move || {
            inner.execute(Box::new(|| {})).unwrap();
        }))
        .unwrap();
    assert_eq!(executor.run_all(), 2);
    assert!(!executor.run_next());
}

/// Runs what its function does with a task.
struct Broken<F>(F);

impl<F: Fn(Work) -> Result<(), Rejected<Work>>> Executor for Broken<F> {
    type Task = Work;

    fn execute(&self, task: Work) -> Result<(), Rejected<Work>> {
        (self.0)(task)
    }
}

#[test]
#[should_panic(expected = "a task is not run exactly once")]
fn an_executor_that_forgets_a_task_is_found() {
    let broken = || {
        Broken(|task| {
            drop(task);
            Ok(())
        })
    };
    contract::executor(broken, identity, drop);
}

#[test]
#[should_panic(expected = "a task is neither run nor dropped")]
fn an_executor_that_leaks_a_task_is_found() {
    let broken = || {
        Broken(|task| {
            std::mem::forget(task);
            Ok(())
        })
    };
    contract::executor(broken, identity, drop);
}

#[test]
#[should_panic(expected = "the executor is never full")]
fn an_executor_without_bound_is_found() {
    contract::executor_is_full(ManualExecutor::new, identity, finish);
}

#[test]
#[should_panic(expected = "a rejected task does not come back whole")]
fn an_executor_that_gives_back_another_task_is_found() {
    let broken = Broken(|_| Err(Rejected::ShutDown(Box::new(|| {}) as Work)));
    contract::executor_is_shut_down(&broken, identity);
}

#[test]
#[should_panic(expected = "a rejected task is run")]
fn an_executor_that_runs_what_it_rejects_is_found() {
    let broken = Broken(|task: Work| {
        task.run();
        Err(Rejected::ShutDown(Box::new(|| {}) as Work))
    });
    contract::executor_is_shut_down(&broken, identity);
}

#[test]
#[should_panic(expected = "takes a task")]
fn an_executor_that_goes_on_behind_its_end_is_found() {
    contract::executor_is_shut_down(&ManualExecutor::new(), identity);
}

use std::sync::Arc;

use creel_core::Executor;
use creel_core::port::Rejected;
use creel_pipeline::{DropReason, RunFailure, RunHandle};
use creel_runtime::{Inline, Task};
use creel_testkit::{
    Gate, IteratorSource, ManualExecutor, MemorySink, Reply, ScriptedService, ScriptedSource,
    Watched,
};

use crate::rig::{answered, bounds, echo, pool, run};

#[test]
fn the_inline_executor_drives_a_run_without_a_pool() {
    let sink = MemorySink::new();
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..100))
        .sink("memory", sink.clone())
        .start(Arc::new(Inline))
        .unwrap();
    running.join().unwrap();
    assert_eq!(sink.items(), answered(0..100));
}

#[test]
fn asynchronous_calls_share_one_worker() {
    let answer = Gate::closed();
    let service = {
        let answer = answer.clone();
        ScriptedService::new(move |number| Reply::answer(number).behind(&answer))
    };
    let sink = MemorySink::new();
    let running = run(&service)
        .settings(bounds(1, 8))
        .source("numbers", IteratorSource::new(0..20))
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    service.wait_until_running(8);
    answer.open();
    assert_eq!(running.join().unwrap().ledger.answered, 20);
    assert_eq!(service.running_max(), 8);
}

#[test]
fn a_run_keeps_its_executor_until_the_last_answer() {
    let answer = Gate::closed();
    let service = {
        let answer = answer.clone();
        ScriptedService::new(move |number| Reply::answer(number).behind(&answer))
    };
    let executor = pool(1);
    let only_handle = Arc::downgrade(&executor);
    let submitted = Gate::closed();
    let running = run(&service)
        .source("numbers", ScriptedSource::new().item(0).gate(&submitted))
        .start(executor)
        .unwrap();
    submitted.wait_until_reached(1);
    service.wait_until_started(1);
    submitted.open();
    answer.open();
    assert_eq!(running.join().unwrap().ledger.answered, 1);
    assert!(only_handle.upgrade().is_none());
}

#[test]
fn a_full_executor_is_asked_again_when_something_has_landed() {
    let sink = MemorySink::new();
    let executor = ManualExecutor::<Task>::new().bounded(2);
    let running = run(&echo())
        .settings(bounds(4, 4))
        .source("numbers", IteratorSource::new(0..10))
        .sink("memory", sink.clone())
        .start(Arc::new(executor.clone()))
        .unwrap();
    for _ in 0..10 {
        executor.wait_until_queued(1);
        executor.run_next();
    }
    running.join().unwrap();
    assert_eq!(sink.items(), answered(0..10));
}

#[test]
fn an_answer_that_cannot_be_written_yet_makes_room_in_a_full_executor() {
    let slow = Gate::closed();
    let service = {
        let slow = slow.clone();
        ScriptedService::new(move |number| match number {
            0 => Reply::answer(0).behind(&slow),
            _ => Reply::answer(number),
        })
    };
    let sink = MemorySink::new();
    let executor = ManualExecutor::<Task>::new().bounded(2);
    let running = run(&service)
        .settings(bounds(4, 4))
        .source("numbers", IteratorSource::new(0..4))
        .sink("memory", sink.clone())
        .start(Arc::new(executor.clone()))
        .unwrap();
    for _ in 0..4 {
        executor.wait_until_queued(1);
        executor.run_next();
    }
    slow.open();
    running.join().unwrap();
    assert_eq!(sink.items(), answered(0..4));
}

/// An executor that others have filled for good.
struct Crowded;

impl Executor for Crowded {
    type Task = Task;

    fn execute(&self, task: Task) -> Result<(), Rejected<Task>> {
        Err(Rejected::Full(task))
    }
}

#[test]
fn an_executor_full_of_other_tasks_fails_the_item_instead_of_hanging() {
    let sink = MemorySink::new();
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..2))
        .sink("memory", sink.clone())
        .start(Arc::new(Crowded))
        .unwrap();
    assert_eq!(running.join().unwrap().ledger.failed, 2);
    assert_eq!(
        sink.items(),
        [
            "0 failed: the executor's queue is full of other tasks",
            "1 failed: the executor's queue is full of other tasks"
        ]
    );
}

#[test]
fn an_executor_that_is_shut_down_ends_the_run() {
    let sink = MemorySink::new();
    let executor = pool(1);
    executor.shutdown().unwrap();
    let running = run(&echo())
        .settings(bounds(2, 1))
        .source("numbers", IteratorSource::new(0..))
        .sink("memory", sink.clone())
        .start(executor)
        .unwrap();
    let error = running.join().unwrap_err();
    assert!(matches!(error.cause(), RunFailure::ExecutorShutDown));
    let ledger = error.summary().ledger;
    assert!(ledger.adds_up());
    assert_eq!((ledger.answered, ledger.failed), (0, 1));
    assert_eq!(
        ledger.dropped.of(DropReason::Interrupted),
        ledger.captured - 1
    );
    assert_eq!(
        sink.items()[0],
        "0 failed: the task was abandoned: the executor was shut down"
    );
}

#[test]
fn tasks_that_their_executor_cancels_are_failed_items() {
    let service = ScriptedService::new(|_| Reply::never());
    let sink = MemorySink::new();
    let executor = pool(1);
    let running = run(&service)
        .settings(bounds(1, 2))
        .source("numbers", IteratorSource::new(0..2))
        .sink("memory", sink.clone())
        .start(Arc::clone(&executor))
        .unwrap();
    service.wait_until_started(2);
    executor.shutdown_now().unwrap();
    assert_eq!(running.join().unwrap().ledger.failed, 2);
    for (number, line) in sink.items().iter().enumerate() {
        // The task was, or, in the middle of its poll, the request.
        assert!(line.starts_with(&format!("{number} failed: ")), "{line}");
        assert!(line.ends_with("was cancelled"), "{line}");
    }
}

/// An executor that is handed a task while somebody stops the run at once.
struct Interrupted {
    handle: Watched<Option<RunHandle>>,
    tasks: ManualExecutor<Task>,
}

impl Executor for Interrupted {
    type Task = Task;

    fn execute(&self, task: Task) -> Result<(), Rejected<Task>> {
        self.handle.wait_until(Option::is_some);
        let handle = self.handle.read(Option::clone).unwrap();
        handle.stop();
        handle.stop();
        self.tasks.execute(task)
    }
}

#[test]
fn a_task_given_up_on_its_way_to_the_executor_never_starts() {
    let service = echo();
    let executor = Arc::new(Interrupted {
        handle: Watched::new(None),
        tasks: ManualExecutor::new(),
    });
    let running = run(&service)
        .source("numbers", IteratorSource::new(0..))
        .start(Arc::clone(&executor))
        .unwrap();
    let handle = running.handle();
    executor.handle.change(|known| *known = Some(handle));
    let ledger = running.join().unwrap().ledger;
    assert_eq!(ledger.dropped.of(DropReason::Interrupted), ledger.captured);
    assert_eq!(executor.tasks.run_all(), 1);
    assert_eq!(service.started(), 0);
}

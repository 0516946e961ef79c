use std::sync::Arc;

use creel_pipeline::{Order, Pipeline, Settings};
use creel_runtime::Task;
use creel_testkit::{Gate, IteratorSource, ManualExecutor, MemorySink, Reply, ScriptedService};

use crate::rig::{Auditor, answered, bounds, look, pool, record, run};

/// Four requests answered last to first.
fn answer_backwards(order: Order) -> Vec<String> {
    let gates: Vec<_> = (0..4).map(|_| Gate::closed()).collect();
    let service = {
        let gates = gates.clone();
        ScriptedService::new(move |number: u64| {
            Reply::answer(number).behind(&gates[usize::try_from(number).unwrap()])
        })
    };
    let sink = MemorySink::new();
    let running = run(&service)
        .settings(Settings {
            order,
            ..bounds(4, 4)
        })
        .source("numbers", IteratorSource::new(0..4))
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    for (count, gate) in gates.iter().rev().enumerate() {
        gate.wait_until_reached(1);
        gate.open();
        if order == Order::AsCompleted {
            sink.wait_until_written(count + 1);
        }
    }
    assert_eq!(running.join().unwrap().ledger.answered, 4);
    sink.items()
}

#[test]
fn records_are_written_in_capture_order() {
    assert_eq!(answer_backwards(Order::InCapture), answered(0..4));
}

#[test]
fn unordered_records_are_written_as_they_come() {
    assert_eq!(answer_backwards(Order::AsCompleted), answered((0..4).rev()));
}

#[test]
fn a_slow_answer_at_the_head_of_the_line_holds_the_window() {
    let slow = Gate::closed();
    let service = {
        let slow = slow.clone();
        ScriptedService::new(move |number| match number {
            0 => Reply::answer(0).behind(&slow),
            _ => Reply::answer(number),
        })
    };
    let sink = MemorySink::new();
    let executor = ManualExecutor::<Task>::new();
    let running = run(&service)
        .settings(bounds(100, 3))
        .source("numbers", IteratorSource::new(0..9))
        .sink("memory", sink.clone())
        .start(Arc::new(executor.clone()))
        .unwrap();
    executor.wait_until_queued(3);
    assert_eq!(executor.run_all(), 3);
    let ledger = look(&running.handle());
    assert_eq!((ledger.in_flight, ledger.awaiting_sink), (1, 2));
    assert_eq!(executor.queued(), 0);

    slow.open();
    for _ in 3..9 {
        executor.wait_until_queued(1);
        executor.run_next();
    }
    let summary = running.join().unwrap();
    assert_eq!(sink.items(), answered(0..9));
    assert_eq!((summary.latency.count, summary.service_time.count), (9, 9));
    assert!(summary.latency.p50 <= summary.latency.p99);
    assert!(summary.latency.p99 <= summary.latency.p99_9);
    assert!(summary.latency.p99_9 <= summary.latency.max);
    assert_eq!(summary.sources[0].gaps.count + 1, summary.ledger.captured);
}

/// An executor that runs its tasks in an order of its own.
#[derive(Clone)]
struct Shuffled {
    tasks: Arc<creel_testkit::Watched<Vec<Task>>>,
}

impl creel_core::Executor for Shuffled {
    type Task = Task;

    fn execute(&self, task: Task) -> Result<(), creel_core::port::Rejected<Task>> {
        self.tasks.change(|tasks| tasks.push(task));
        Ok(())
    }
}

#[test]
fn answers_in_any_order_are_matched_to_their_items() {
    use creel_core::Run as _;

    for seed in 0..200_u64 {
        let shuffled = Shuffled {
            tasks: Arc::default(),
        };
        let service = crate::rig::echo();
        let sink = MemorySink::new();
        let (auditor, handle) = Auditor::new(sink.clone());
        let running = Pipeline::new(service, |number: &u64| Ok(*number), record)
            .settings(bounds(3, 4))
            .source("numbers", IteratorSource::new(0..20))
            .sink("auditor", auditor)
            .start(Arc::new(shuffled.clone()))
            .unwrap();
        handle.change(|handle| *handle = Some(running.handle()));
        let mut random = seed;
        for _ in 0..20 {
            shuffled.tasks.wait_until(|tasks| !tasks.is_empty());
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(seed | 1);
            let task = shuffled.tasks.change(|tasks| {
                let index = usize::try_from(random >> 33).unwrap() % tasks.len();
                tasks.swap_remove(index)
            });
            task.run();
            look(&running.handle());
        }
        assert_eq!(running.join().unwrap().ledger.answered, 20);
        assert_eq!(sink.items(), answered(0..20), "seed {seed}");
    }
}

use std::sync::{Arc, Mutex};
use std::time::Duration;

use creel_core::port::ServiceError;
use creel_pipeline::{DropReason, End, Life, Order, Place, Policy, Progress, Settings};
use creel_runtime::Task;
use creel_testkit::{
    Gate, IteratorSource, ManualExecutor, MemorySink, Reply, ScriptedService, ScriptedSource,
};

use crate::rig::{Run, bounds, echo, pool, run};

/// The lives that an observer was told, in that order.
#[derive(Clone, Default)]
struct Lives(Arc<Mutex<Vec<Life>>>);

impl Lives {
    fn observe(&self, run: Run) -> Run {
        let lives = Arc::clone(&self.0);
        run.observe(move |life| lives.lock().unwrap().push(life.clone()))
    }

    fn told(&self) -> Vec<Life> {
        self.0.lock().unwrap().clone()
    }

    fn ends(&self) -> Vec<(u64, End)> {
        let mut ends: Vec<_> = self
            .told()
            .iter()
            .map(|life| (life.place.0, life.end))
            .collect();
        ends.sort_unstable_by_key(|(place, _)| *place);
        ends
    }
}

#[test]
fn each_item_is_told_once_with_its_steps_in_order() {
    let service = ScriptedService::new(|number| match number % 3 {
        2 => Reply::error(ServiceError::Rejected("no".into())),
        _ => Reply::answer(number),
    });
    let lives = Lives::default();
    let running = lives
        .observe(run(&service))
        .source("numbers", IteratorSource::new(0..30))
        .sink("memory", MemorySink::new())
        .start(pool(2))
        .unwrap();
    let started = running.handle().started();
    running.join().unwrap();
    let expected: Vec<_> = (0..30)
        .map(|place| match place % 3 {
            2 => (place, End::Failed),
            _ => (place, End::Answered),
        })
        .collect();
    assert_eq!(lives.ends(), expected);
    for life in lives.told() {
        let steps = [
            Some(started),
            Some(life.captured),
            life.submitted,
            life.begun,
            life.prepared,
            life.answered,
            life.recorded,
            life.taken,
            life.written,
        ];
        let steps: Vec<_> = steps.into_iter().map(Option::unwrap).collect();
        assert!(steps.is_sorted(), "{life:?}");
        assert_eq!(life.written, Some(life.over));
        assert_eq!(&*life.source, "numbers");
        for worker in [&life.prepared_on, &life.recorded_on] {
            let name = worker.as_deref().unwrap();
            assert!(name.starts_with("creel"), "{name}");
        }
    }
}

#[test]
fn a_call_that_suspends_is_told_from_one_that_holds_its_worker() {
    for suspends in [true, false] {
        let answer = Gate::closed();
        let behind = answer.clone();
        let service = ScriptedService::new(move |number| Reply::answer(number).behind(&behind));
        let executor = ManualExecutor::<Task>::new();
        let lives = Lives::default();
        let running = lives
            .observe(run(&service))
            .source("numbers", IteratorSource::new(0..1))
            .start(Arc::new(executor.clone()))
            .unwrap();
        executor.wait_until_queued(1);
        if !suspends {
            answer.open();
        }
        executor.run_next();
        answer.open();
        executor.run_all();
        running.join().unwrap();
        let told: Vec<bool> = lives.told().iter().map(|life| life.suspended).collect();
        assert_eq!(told, [suspends]);
    }
}

#[test]
fn what_was_dropped_is_told_with_the_reason() {
    let answer = Gate::closed();
    let behind = answer.clone();
    let service = ScriptedService::new(move |number| Reply::answer(number).behind(&behind));
    let lives = Lives::default();
    let (all, sink) = (Gate::closed(), MemorySink::new());
    let source = ScriptedSource::new().item(0).gate(&all).items(1..5);
    let running = lives
        .observe(run(&service))
        .settings(Settings {
            policy: Policy::DropNewest,
            order: Order::AsCompleted,
            ..bounds(1, 1)
        })
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    service.wait_until_started(1);
    all.open();
    sink.wait_until_written(3);
    answer.open();
    running.join().unwrap();
    let full = End::Dropped(DropReason::BufferFull);
    let expected = [
        (0, End::Answered),
        (1, End::Answered),
        (2, full),
        (3, full),
        (4, full),
    ];
    assert_eq!(lives.ends(), expected);
}

#[test]
fn what_was_given_up_is_told_wherever_it_was() {
    let service = ScriptedService::new(|_| Reply::never());
    let lives = Lives::default();
    let running = lives
        .observe(run(&service))
        .settings(bounds(2, 2))
        .source("numbers", ScriptedSource::new().items(0..4).hang())
        .start(pool(2))
        .unwrap();
    service.wait_until_started(2);
    drop(running);
    let told = lives.ends();
    let interrupted = End::Dropped(DropReason::Interrupted);
    assert!(told.len() >= 2, "{told:?}");
    let places: Vec<u64> = told.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, Vec::from_iter(0..told.len() as u64), "each once");
    assert!(told.iter().all(|(_, end)| *end == interrupted), "{told:?}");
}

#[test]
fn an_observer_that_panics_harms_nobody() {
    let lives = Lives::default();
    let broken = run(&echo()).observe(|_| panic!("a bug"));
    let sink = MemorySink::new();
    let running = lives
        .observe(broken)
        .source("numbers", IteratorSource::new(0..3))
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    assert_eq!(running.join().unwrap().ledger.answered, 3);
    assert_eq!(lives.told().len(), 3);
    assert_eq!(sink.items().len(), 3);
}

#[test]
fn an_observer_may_ask_the_run_where_it_stands() {
    let handle = Arc::new(creel_testkit::Watched::new(None));
    let asked = Arc::clone(&handle);
    let running = run(&echo())
        .observe(move |_| {
            asked.wait_until(Option::is_some);
            let handle = asked
                .read(|handle: &Option<creel_pipeline::RunHandle>| handle.clone())
                .unwrap();
            assert!(handle.snapshot().ledger.adds_up());
            handle.in_flight();
        })
        .source("numbers", IteratorSource::new(0..10))
        .start(pool(1))
        .unwrap();
    handle.change(|slot| *slot = Some(running.handle()));
    assert_eq!(running.join().unwrap().ledger.answered, 10);
}

#[test]
fn what_is_in_flight_is_told_with_how_far_it_is() {
    let answer = Gate::closed();
    let behind = answer.clone();
    let service = ScriptedService::new(move |number| match number {
        0 => Reply::answer(number).behind(&behind),
        _ => Reply::answer(number),
    });
    let executor = ManualExecutor::<Task>::new();
    let running = run(&service)
        .settings(bounds(8, 3))
        .source("numbers", IteratorSource::new(0..3))
        .start(Arc::new(executor.clone()))
        .unwrap();
    executor.wait_until_queued(3);
    executor.run_next();
    executor.run_next();
    let handle = running.handle();
    let told: Vec<_> = handle
        .in_flight()
        .iter()
        .map(|item| (item.place, item.stage))
        .collect();
    let expected = [
        (Place(0), Progress::Running),
        (Place(1), Progress::Answered),
        (Place(2), Progress::Queued),
    ];
    assert_eq!(told, expected);
    for item in handle.in_flight() {
        assert_eq!(&*item.source, "numbers");
        assert!(item.since <= item.age);
    }
    let levels = handle.snapshot().levels;
    assert_eq!((levels.window, levels.window_max), (3, 3));
    answer.open();
    executor.run_all();
    running.join().unwrap();
    assert_eq!(handle.in_flight(), []);
}

#[test]
fn the_stages_are_the_sums_of_what_was_told_and_the_strain_that_of_the_time() {
    let service = ScriptedService::new(|number| match number % 5 {
        4 => Reply::panic("a bug"),
        _ => Reply::answer(number),
    });
    let lives = Lives::default();
    let running = lives
        .observe(run(&service))
        .source("numbers", IteratorSource::new(0..50))
        .sink("memory", MemorySink::new())
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    let told = lives.told();
    type Time = fn(&Life) -> Option<Duration>;
    let stages = summary.stages;
    let pairs: [(_, Time, _); 5] = [
        (stages.queue, Life::queue_time, 50),
        (stages.prepare, Life::prepare_time, 40),
        (stages.service, Life::service_time, 40),
        (stages.record, Life::record_time, 40),
        (stages.write, Life::write_time, 50),
    ];
    for (stage, time, count) in pairs {
        let times: Vec<Duration> = told.iter().filter_map(time).collect();
        assert_eq!((times.len(), stage.count), (count, count as u64));
        assert_eq!(times.iter().sum::<Duration>(), stage.total);
    }
    assert_eq!(summary.strain.total(), summary.elapsed);
    assert!(stages.hands_max >= 1 && stages.running_max >= 1);
}

#[test]
fn items_of_several_sources_are_told_by_numbers_of_their_own() {
    let answer = Gate::closed();
    let service = {
        let answer = answer.clone();
        ScriptedService::new(move |number| Reply::answer(number).behind(&answer))
    };
    let lives = Lives::default();
    let running = lives
        .observe(run(&service))
        .number(|number: &u64| number % 100)
        .settings(bounds(8, 8))
        .source("front", IteratorSource::new(100..103))
        .source("back", IteratorSource::new(200..203))
        .sink("memory", MemorySink::new())
        .start(pool(2))
        .unwrap();
    service.wait_until_started(6);
    let check = |mut found: Vec<(String, u64)>| {
        found.sort();
        let of = |source: &str| (0..3).map(|number| (source.to_owned(), number)).collect();
        let expected: Vec<Vec<(String, u64)>> = vec![of("back"), of("front")];
        assert_eq!(found, expected.concat());
    };
    let in_flight = running.handle().in_flight();
    answer.open();
    running.join().unwrap();
    let named = |source: &Arc<str>, number| (source.to_string(), number);
    check(
        in_flight
            .iter()
            .map(|item| named(&item.source, item.number))
            .collect(),
    );
    check(
        lives
            .told()
            .iter()
            .map(|life| named(&life.source, life.number))
            .collect(),
    );
}

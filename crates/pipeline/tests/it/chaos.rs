//! Whatever happens, every item is accounted for and has at most one record.

use std::sync::Arc;
use std::time::Duration;

use creel_core::port::{ServiceError, SinkError, SourceError};
use creel_core::{Context, Sink};
use creel_pipeline::{DropReason, Order, Policy, Reconnect, RunHandle, Settings, Stopping};
use creel_testkit::{MemorySink, Reply, ScriptedService, ScriptedSource, Watched};
use proptest::prelude::*;

use crate::rig::{bounds, look, pool, run};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fortune {
    Answered,
    Refused,
    Panics,
    Unreadable,
    /// The source loses its connection and comes back before this item.
    Unplugged,
}

#[derive(Clone, Debug)]
struct Weather {
    settings: Settings,
    workers: usize,
    fortunes: Vec<Fortune>,
    /// The writes that the sink rejects.
    rejected: Vec<usize>,
    /// The write at which the run is stopped, and how often.
    stop: Option<(usize, u32)>,
}

fn weather() -> impl Strategy<Value = Weather> {
    let policies = [
        Policy::Block,
        Policy::DropOldest,
        Policy::DropNewest,
        Policy::Latest,
    ];
    let settings = (
        proptest::sample::select(policies.to_vec()),
        proptest::sample::select(vec![Order::InCapture, Order::AsCompleted]),
        1..5_usize,
        1..5_usize,
        0..40_usize,
    )
        .prop_map(|(policy, order, items, window, notices)| Settings {
            policy,
            order,
            notices,
            ..bounds(items, window)
        });
    let fortune = prop_oneof![
        6 => Just(Fortune::Answered),
        1 => Just(Fortune::Refused),
        1 => Just(Fortune::Panics),
        1 => Just(Fortune::Unreadable),
        1 => Just(Fortune::Unplugged),
    ];
    (
        settings,
        1..4_usize,
        proptest::collection::vec(fortune, 0..40),
        proptest::collection::vec(0..40_usize, 0..4),
        proptest::option::weighted(0.3, (0..20_usize, 1..3_u32)),
    )
        .prop_map(|(settings, workers, fortunes, rejected, stop)| Weather {
            settings,
            workers,
            fortunes,
            rejected,
            stop,
        })
}

/// A sink that rejects some records, and stops the run at one.
struct Moody {
    memory: MemorySink<String>,
    weather: Weather,
    handle: Arc<Watched<Option<RunHandle>>>,
    writes: usize,
}

impl Sink<String> for Moody {
    fn write(&mut self, line: &String, context: &Context) -> Result<(), SinkError> {
        self.handle.wait_until(Option::is_some);
        let handle = self.handle.read(Option::clone).unwrap();
        look(&handle);
        let write = self.writes;
        self.writes += 1;
        if let Some((at, times)) = self.weather.stop
            && at == write
        {
            for _ in 0..times {
                handle.stop();
                look(&handle);
            }
        }
        if self.weather.rejected.contains(&write) {
            return Err(SinkError::Rejected("a bad day".into()));
        }
        self.memory.write(line, context)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.memory.flush()
    }
}

fn check(weather: Weather) {
    let Weather {
        settings,
        workers,
        fortunes,
        ..
    } = weather.clone();
    let service = {
        let fortunes = fortunes.clone();
        ScriptedService::new(
            move |number: u64| match fortunes[usize::try_from(number).unwrap()] {
                Fortune::Refused => Reply::error(ServiceError::Rejected("no".into())),
                Fortune::Panics => Reply::panic("a bug"),
                _ => Reply::answer(number),
            },
        )
    };
    let mut source = ScriptedSource::new();
    for (number, fortune) in (0..).zip(&fortunes) {
        source = match fortune {
            Fortune::Unreadable => source.error(SourceError::Item("torn".into())),
            Fortune::Unplugged => source
                .error(SourceError::Disconnected("unplugged".into()))
                .item(number),
            _ => source.item(number),
        };
    }
    let sink = MemorySink::new();
    let handle = Arc::new(Watched::new(None));
    let moody = Moody {
        memory: sink.clone(),
        weather: weather.clone(),
        handle: Arc::clone(&handle),
        writes: 0,
    };
    let running = run(&service)
        .settings(settings)
        .reconnect(Reconnect {
            attempts: 1,
            attempts_at_first: 1,
            first: Duration::ZERO,
            longest: Duration::ZERO,
        })
        .unreadable(|failure, passage| format!("{} failed: {}", passage.place, failure.chain()))
        .source("numbers", source)
        .sink("moody", moody)
        .start(pool(workers))
        .unwrap();
    handle.change(|handle| *handle = Some(running.handle()));
    let summary = running.join().unwrap();

    let ledger = summary.ledger;
    assert!(ledger.adds_up(), "{ledger:?}");
    assert_eq!(ledger.captured, ledger.over(), "something is still inside");
    assert_eq!(ledger.notices, 0);

    let lines = sink.items();
    assert_eq!(ledger.recorded, lines.len() as u64);
    let written: Vec<u64> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap().parse().unwrap())
        .collect();
    let mut sorted = written.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), written.len(), "a record was written twice");
    if settings.order == Order::InCapture {
        assert_eq!(sorted, written, "not in capture order");
    }
    for (number, line) in written.iter().zip(&lines) {
        let told = line.split(' ').nth(1).unwrap();
        let told = told.trim_end_matches(':');
        let fortune = fortunes[usize::try_from(*number).unwrap()];
        let expected = match fortune {
            Fortune::Answered | Fortune::Unplugged => "answered",
            _ => "failed",
        };
        assert!(
            told == expected || told == "dropped",
            "{line}, but {fortune:?}"
        );
    }
    if summary.stopping == Stopping::No {
        assert_eq!(ledger.captured, fortunes.len() as u64);
        assert_eq!(ledger.dropped.of(DropReason::Interrupted), 0);
        if settings.policy == Policy::Block && weather.rejected.is_empty() {
            assert_eq!(ledger.dropped.total(), 0);
            let failed = fortunes
                .iter()
                .filter(|fortune| {
                    matches!(
                        fortune,
                        Fortune::Refused | Fortune::Panics | Fortune::Unreadable
                    )
                })
                .count();
            assert_eq!(ledger.failed, failed as u64);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_happens_every_item_is_accounted_for(weather in weather()) {
        check(weather);
    }
}

//! Items that are costly to write down, on their way to the spool.

use std::sync::Arc;
use std::thread;

use creel_core::{BoxError, Context};
use creel_pipeline::{Codec, DropReason, Ledger, Policy, Running, Settings};
use creel_runtime::ThreadPool;
use creel_testkit::{
    Gate, MemorySink, MemorySpool, Reply, ScriptedService, ScriptedSource, Watched,
};

use crate::rig::{LittleEndian, Numbers, Run, answered, bounds, pool, run};

/// A codec whose numbers are all costly.
#[derive(Clone)]
struct Costly {
    /// Holds the spool's thread before the first.
    begin: Gate,
    /// Holds whoever encodes.
    gate: Gate,
    /// The names of the threads that have encoded.
    threads: Arc<Watched<Vec<String>>>,
    /// One that cannot be encoded.
    bad: Option<u64>,
}

impl Costly {
    fn new() -> Self {
        let gate = Gate::closed();
        gate.open();
        Self::behind(gate)
    }

    fn behind(gate: Gate) -> Self {
        Self {
            begin: Gate::closed(),
            gate,
            threads: Arc::new(Watched::new(Vec::new())),
            bad: None,
        }
    }

    fn threads(&self) -> Vec<String> {
        self.threads.read(Vec::clone)
    }
}

impl Codec<u64> for Costly {
    fn encode(&self, number: &u64) -> Result<Vec<u8>, BoxError> {
        let _ = self.gate.wait(&Context::new());
        let name = thread::current().name().unwrap_or_default().to_owned();
        self.threads.change(|threads| threads.push(name));
        assert_ne!(self.bad, Some(*number), "a number that nobody can write");
        LittleEndian::default().encode(number)
    }

    fn decode(&self, entry: &[u8]) -> Result<u64, BoxError> {
        LittleEndian::default().decode(entry)
    }

    fn is_costly(&self, _: &u64) -> bool {
        let _ = self.begin.wait(&Context::new());
        true
    }
}

/// A service that suspends its calls until the gate is open.
fn held(gate: &Gate) -> Numbers {
    let gate = gate.clone();
    ScriptedService::new(move |number| Reply::answer(number).behind(&gate))
}

/// A run of twenty numbers, of which one is in flight, two wait in memory and seventeen go to the spool.
struct Spilling {
    running: Running,
    spool: MemorySpool,
    sink: MemorySink<String>,
    answer: Gate,
}

impl Spilling {
    /// Lets the first number fly, and the others come once `prepare` has returned. The spool's thread begins when all are there:
    /// else it might have written one before the next comes, and leave nothing to the workers.
    fn start(pool: &Arc<ThreadPool>, codec: &Costly, prepare: impl FnOnce()) -> Self {
        Self::start_as(|run| run, pool, codec, prepare)
    }

    fn start_as(
        set_up: impl FnOnce(Run) -> Run,
        pool: &Arc<ThreadPool>,
        codec: &Costly,
        prepare: impl FnOnce(),
    ) -> Self {
        let (answer, flying, all) = (Gate::closed(), Gate::closed(), Gate::closed());
        let (spool, sink) = (MemorySpool::new(), MemorySink::new());
        let service = held(&answer);
        let first = ScriptedSource::new().item(0).gate(&flying);
        let running = set_up(run(&service))
            .settings(Settings {
                policy: Policy::Spill,
                ..bounds(2, 1)
            })
            .spool(spool.clone(), codec.clone())
            .source(
                "numbers",
                (1..20).fold(first, ScriptedSource::item).gate(&all),
            )
            .sink("memory", sink.clone())
            .start(Arc::clone(pool))
            .unwrap();
        service.wait_until_started(1);
        prepare();
        flying.open();
        all.wait_until_reached(1);
        codec.begin.open();
        all.open();
        Self {
            running,
            spool,
            sink,
            answer,
        }
    }

    /// Lets the answers come, and gives the ledger and the records of the whole run.
    fn finish(self) -> (Ledger, Vec<String>) {
        self.answer.open();
        let ledger = self.running.join().unwrap().ledger;
        assert!(ledger.adds_up(), "{ledger}");
        (ledger, self.sink.items())
    }
}

/// Holds the only worker of a pool until the gate is open.
fn block(pool: &ThreadPool) -> Gate {
    let gate = Gate::closed();
    let hold = gate.clone();
    pool.submit_detached(move || {
        let _ = hold.wait(&Context::new());
    })
    .unwrap();
    gate.wait_until_reached(1);
    gate
}

#[test]
fn what_is_costly_to_encode_is_encoded_several_at_a_time_and_appended_in_order() {
    let encode = Gate::closed();
    let codec = Costly::behind(encode.clone());
    let spilling = Spilling::start(&pool(2), &codec, || {});
    // The spool has one thread, and waits for the worker that has begun on the first.
    encode.wait_until_reached(2);
    assert_eq!(spilling.spool.entries(), 0);
    encode.open();
    spilling.spool.wait_until_entries(17);
    assert_eq!(spilling.finish().1, answered(0..20));
    let threads = codec.threads();
    let by_workers = threads.iter().filter(|name| *name != "creel-spool");
    assert!(by_workers.count() >= 1, "{threads:?}");
}

#[test]
fn a_pool_whose_workers_are_all_blocked_keeps_nothing_out_of_the_spool() {
    let (pool, codec) = (pool(1), Costly::new());
    let mut blocked = None;
    let spilling = Spilling::start(&pool, &codec, || blocked = Some(block(&pool)));
    spilling.spool.wait_until_entries(17);
    assert_eq!(codec.threads(), vec!["creel-spool"; 17]);
    assert_eq!(
        pool.ledger().queued,
        0,
        "nothing is left behind for workers"
    );
    blocked.unwrap().open();
    assert_eq!(spilling.finish().1, answered(0..20));
}

#[test]
fn another_executor_encodes_while_the_workers_of_the_run_are_blocked() {
    let (workers, encode) = (pool(1), Gate::closed());
    let codec = Costly::behind(encode.clone());
    let mut blocked = None;
    let spilling = Spilling::start_as(
        |run| run.encode_on(pool(2)),
        &workers,
        &codec,
        || blocked = Some(block(&workers)),
    );
    // One of them there at least, since the spool has one thread.
    encode.wait_until_reached(2);
    encode.open();
    spilling.spool.wait_until_entries(17);
    assert_eq!(workers.ledger().submitted, 2, "the flight, and what blocks");
    blocked.unwrap().open();
    assert_eq!(spilling.finish().1, answered(0..20));
}

#[test]
fn an_item_that_cannot_be_encoded_is_dropped_and_the_others_go_on() {
    for is_blocked in [false, true] {
        let pool = pool(1);
        let codec = Costly {
            bad: Some(9),
            ..Costly::new()
        };
        let mut blocked = None;
        let spilling = Spilling::start(&pool, &codec, || {
            blocked = is_blocked.then(|| block(&pool));
        });
        spilling.spool.wait_until_entries(16);
        blocked.inspect(Gate::open);
        let (ledger, records) = spilling.finish();
        assert_eq!(ledger.dropped.of(DropReason::SpoolFailed), 1);
        let mut expected = answered(0..20);
        expected[9] = format!("9 dropped: {}", DropReason::SpoolFailed);
        assert_eq!(records, expected);
    }
}

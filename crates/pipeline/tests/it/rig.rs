//! What the tests share: a run of numbers whose records say what came of each.

use std::num::NonZeroUsize;
use std::sync::Arc;

use creel_core::port::SinkError;
use creel_core::{BoxError, Context, Sink};
use creel_pipeline::{Codec, Ledger, Outcome, Passage, Pipeline, RunHandle, Settings};
use creel_runtime::ThreadPool;
use creel_testkit::{Reply, ScriptedService, Watched};

pub(crate) type Numbers = ScriptedService<u64, u64>;
pub(crate) type Run = Pipeline<u64, u64, Numbers, String>;

/// A run whose requests are the items, and whose records read `0 answered`, `1 failed: why`, `2 dropped: why`.
pub(crate) fn run(service: &Numbers) -> Run {
    Pipeline::new(service.clone(), |number: &u64| Ok(*number), record)
}

pub(crate) fn record(number: &u64, outcome: Outcome<u64>, _: &Passage) -> String {
    match outcome {
        Outcome::Answered(answer) => {
            assert_eq!(answer, *number, "an answer was matched to another's item");
            format!("{number} answered")
        }
        Outcome::Failed(failure) => format!("{number} failed: {}", failure.chain()),
        Outcome::Dropped(reason) => format!("{number} dropped: {reason}"),
    }
}

/// A codec of numbers.
pub(crate) struct LittleEndian {
    pub(crate) is_known: fn(&u64) -> bool,
}

impl Default for LittleEndian {
    /// None is known.
    fn default() -> Self {
        Self {
            is_known: |_| false,
        }
    }
}

impl Codec<u64> for LittleEndian {
    fn encode(&self, number: &u64) -> Result<Vec<u8>, BoxError> {
        Ok(number.to_le_bytes().to_vec())
    }

    fn decode(&self, entry: &[u8]) -> Result<u64, BoxError> {
        Ok(u64::from_le_bytes(entry.try_into()?))
    }

    fn is_known(&self, number: &u64) -> bool {
        (self.is_known)(number)
    }
}

/// A service that answers at once.
pub(crate) fn echo() -> Numbers {
    ScriptedService::new(Reply::answer)
}

pub(crate) fn pool(workers: usize) -> Arc<ThreadPool> {
    Arc::new(ThreadPool::builder().max_workers(workers).build().unwrap())
}

/// Room for so many, and so many in flight.
pub(crate) fn bounds(items: usize, window: usize) -> Settings {
    Settings {
        items: NonZeroUsize::new(items).unwrap(),
        window: NonZeroUsize::new(window).unwrap(),
        ..Settings::default()
    }
}

/// Where every item is; checked at each look.
pub(crate) fn look(handle: &RunHandle) -> Ledger {
    let ledger = handle.snapshot().ledger;
    assert!(ledger.adds_up(), "{ledger:?}");
    ledger
}

pub(crate) fn answered(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers
        .into_iter()
        .map(|number| format!("{number} answered"))
        .collect()
}

/// A sink that looks at the run's ledger at each write, and passes on.
pub(crate) struct Auditor<S> {
    pub(crate) sink: S,
    pub(crate) handle: Arc<Watched<Option<RunHandle>>>,
}

impl<S> Auditor<S> {
    pub(crate) fn new(sink: S) -> (Self, Arc<Watched<Option<RunHandle>>>) {
        let handle = Arc::new(Watched::new(None));
        let auditor = Self {
            sink,
            handle: Arc::clone(&handle),
        };
        (auditor, handle)
    }
}

impl<R, S: Sink<R>> Sink<R> for Auditor<S> {
    fn write(&mut self, record: &R, context: &Context) -> Result<(), SinkError> {
        self.handle.wait_until(Option::is_some);
        let handle = self.handle.read(Option::clone);
        look(&handle.expect("it is there"));
        self.sink.write(record, context)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.sink.flush()
    }
}

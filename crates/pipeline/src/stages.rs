//! How long items take at each step of their way.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::life::Life;
use crate::summary::{Latency, Stopwatch};

/// How long items took at each step of their way, of all that came so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stages {
    /// From the buffer to a worker that began: the wait in the executor's queue.
    pub queue: Latency,
    /// Making the request: decoding, converting, encoding.
    pub prepare: Latency,
    /// The call of the service, with all that it waits for, also where it failed.
    pub service: Latency,
    /// Making the record out of the answer.
    pub record: Latency,
    /// Writing the record to every sink; its [`total`](Latency::total) is the time that the sink thread was busy with that.
    pub write: Latency,
    /// Workers that prepare requests or make records at this time; at the end of a run, when it gave up on them.
    pub hands: u64,
    /// The most of them at any time.
    pub hands_max: u64,
    /// Items that workers have begun on, and not finished, at this time; at the end of a run, when it gave up on them.
    pub running: u64,
    /// The most of them at any time.
    pub running_max: u64,
}

/// The stopwatches of the stages, under the lock of the run.
#[derive(Debug)]
pub(crate) struct StageTimes {
    queue: Stopwatch,
    prepare: Stopwatch,
    service: Stopwatch,
    record: Stopwatch,
    write: Stopwatch,
}

impl StageTimes {
    pub(crate) fn new() -> Self {
        Self {
            queue: Stopwatch::new(),
            prepare: Stopwatch::new(),
            service: Stopwatch::new(),
            record: Stopwatch::new(),
            write: Stopwatch::new(),
        }
    }

    /// An item is in flight no more.
    pub(crate) fn landed(&mut self, life: &Life) {
        let steps = [
            (&mut self.queue, life.queue_time()),
            (&mut self.prepare, life.prepare_time()),
            (&mut self.service, life.service_time()),
            (&mut self.record, life.record_time()),
        ];
        for (stopwatch, time) in steps {
            if let Some(time) = time {
                stopwatch.record(time);
            }
        }
    }

    /// The sinks have the record of an item in hand no more.
    pub(crate) fn written(&mut self, life: &Life) {
        if let Some(time) = life.write_time() {
            self.write.record(time);
        }
    }

    pub(crate) fn stages(&self, hands: &Peak, running: &Peak) -> Stages {
        Stages {
            queue: self.queue.latency(),
            prepare: self.prepare.latency(),
            service: self.service.latency(),
            record: self.record.latency(),
            write: self.write.latency(),
            hands: hands.here(),
            hands_max: hands.most(),
            running: running.here(),
            running_max: running.most(),
        }
    }
}

/// How many are at something at the same time; orders nothing else.
#[derive(Debug, Default)]
pub(crate) struct Peak {
    here: AtomicU64,
    most: AtomicU64,
}

/// One who is at it, until this is dropped.
pub(crate) struct Here<'a>(&'a Peak);

impl Peak {
    pub(crate) fn enter(&self) -> Here<'_> {
        let here = self.here.fetch_add(1, Ordering::Relaxed) + 1;
        if here > self.most.load(Ordering::Relaxed) {
            self.most.fetch_max(here, Ordering::Relaxed);
        }
        Here(self)
    }

    pub(crate) fn here(&self) -> u64 {
        self.here.load(Ordering::Relaxed)
    }

    fn most(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.here.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Stages {
    /// What all items took together at each step since an earlier look, and how many there were.
    pub(crate) fn since(&self, earlier: &Self) -> [Spent; 5] {
        let pairs = [
            (&self.queue, &earlier.queue),
            (&self.prepare, &earlier.prepare),
            (&self.service, &earlier.service),
            (&self.record, &earlier.record),
            (&self.write, &earlier.write),
        ];
        pairs.map(|(later, earlier)| Spent {
            count: later.count.saturating_sub(earlier.count),
            total: later.total.saturating_sub(earlier.total),
        })
    }
}

/// How many items took how long together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) count: u64,
    pub(crate) total: Duration,
}

impl Spent {
    /// `None` when there was none.
    pub(crate) fn mean(self) -> Option<Duration> {
        let count = u32::try_from(self.count).unwrap_or(u32::MAX);
        self.total.checked_div(count)
    }
}

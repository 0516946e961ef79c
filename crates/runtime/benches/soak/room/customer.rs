//! Somebody who asks for room in every way there is.

use std::future::Future;
use std::ops::{AddAssign, Range};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use creel_runtime::{Rejected, ResultError, TaskError, TaskFuture, ThreadPool};
use futures_executor::block_on;

use crate::watch::Watch;

const ROUND: u64 = 32;
const TIME_MAX_MICROS: u64 = 200;

/// What came of submits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) ran: u64,
    pub(crate) cancelled: u64,
    pub(crate) expired: u64,
    /// No room was there in time.
    pub(crate) refused: u64,
    /// By whoever waited for room.
    pub(crate) given_up: u64,
}

impl Ledger {
    pub(crate) fn sum(&self) -> u64 {
        self.ran + self.cancelled + self.expired + self.refused + self.given_up
    }
}

impl AddAssign for Ledger {
    fn add_assign(&mut self, other: Self) {
        self.ran += other.ran;
        self.cancelled += other.cancelled;
        self.expired += other.expired;
        self.refused += other.refused;
        self.given_up += other.given_up;
    }
}

pub(crate) struct Customer<'a> {
    pool: &'a ThreadPool,
    random: fastrand::Rng,
    weights: Range<u64>,
    ledger: Ledger,
    runs: Arc<AtomicU64>,
    dropped: Arc<AtomicU64>,
}

impl<'a> Customer<'a> {
    pub(crate) fn new(pool: &'a ThreadPool, random: fastrand::Rng, weights: Range<u64>) -> Self {
        Self {
            pool,
            random,
            weights,
            ledger: Ledger::default(),
            runs: Arc::default(),
            dropped: Arc::default(),
        }
    }

    /// Submits so many tasks, and says what came of them.
    pub(crate) fn submit(mut self, count: u64, watch: &Watch) -> Ledger {
        let mut left = count;
        while left > 0 {
            let size = ROUND.min(left);
            let queued: Vec<_> = (0..size).filter_map(|_| self.ask()).collect();
            for future in queued {
                if self.random.u8(..8) == 0 {
                    future.cancel();
                }
                self.end(future);
            }
            watch.advance(size);
            left -= size;
        }
        assert_eq!(self.runs.load(Ordering::Relaxed), self.ledger.ran);
        assert_eq!(
            self.dropped.load(Ordering::Relaxed),
            count,
            "each body is dropped"
        );
        self.ledger
    }

    /// Asks for room in some way; gives the future of a task that was queued.
    fn ask(&mut self) -> Option<TaskFuture<()>> {
        let time = Duration::from_micros(self.random.u64(..TIME_MAX_MICROS));
        let task = self
            .pool
            .task()
            .weight(self.random.u64(self.weights.clone()));
        let task = match self.random.u8(..4) {
            0 => task.timeout(time),
            _ => task,
        };
        let body = self.body();
        let asked = match self.random.u8(..8) {
            0..2 => task.submit(body),
            2..4 => task.submit_timeout(body, time),
            4 => task.try_submit(body),
            5..7 => block_on(task.submit_async(body)),
            _ => {
                let mut submission = pin!(task.submit_async(body));
                let mut context = Context::from_waker(Waker::noop());
                match submission.as_mut().poll(&mut context) {
                    Poll::Ready(asked) => asked,
                    Poll::Pending => {
                        self.ledger.given_up += 1;
                        return None;
                    }
                }
            }
        };
        match asked {
            Ok(future) => {
                if self.random.u8(..8) == 0 {
                    future.cancel();
                }
                Some(future)
            }
            Err(Rejected::Full(_)) => {
                self.ledger.refused += 1;
                None
            }
            Err(rejected) => panic!("{rejected:?}"),
        }
    }

    fn body(&self) -> impl FnOnce() + Send + use<> {
        let body = Dropped(Arc::clone(&self.dropped));
        let runs = Arc::clone(&self.runs);
        move || {
            let _body = body;
            runs.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn end(&mut self, future: TaskFuture<()>) {
        match future.result() {
            Ok(()) => self.ledger.ran += 1,
            Err(ResultError::Task(TaskError::Cancelled)) => self.ledger.cancelled += 1,
            Err(ResultError::Task(TaskError::Expired)) => self.ledger.expired += 1,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Counts its drop.
struct Dropped(Arc<AtomicU64>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

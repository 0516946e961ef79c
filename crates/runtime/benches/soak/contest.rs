//! One task, and what everybody did who wanted it to end or to run.

use std::future::Future;
use std::hint;
use std::ops::AddAssign;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use creel_runtime::{ResultError, TaskError, TaskFuture, ThreadPool};

/// What is raced for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Closure,
    /// An async task that wakes itself in each poll.
    Yielding,
    /// An async task that is woken by somebody else.
    Parked,
}

impl Body {
    pub(crate) const ALL: [Self; 3] = [Self::Closure, Self::Yielding, Self::Parked];
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Ran,
    /// By a call that said so.
    Cancelled,
    /// By nobody who was told so: after a request in the middle of a poll, or with its pool.
    Stopped,
    /// By its deadline.
    Expired,
}

/// How many ended how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Endings {
    pub(crate) ran: u64,
    pub(crate) cancelled: u64,
    pub(crate) stopped: u64,
    pub(crate) expired: u64,
}

impl Endings {
    pub(crate) fn add(&mut self, ending: Ending) {
        match ending {
            Ending::Ran => self.ran += 1,
            Ending::Cancelled => self.cancelled += 1,
            Ending::Stopped => self.stopped += 1,
            Ending::Expired => self.expired += 1,
        }
    }

    pub(crate) fn sum(&self) -> u64 {
        self.ran + self.cancelled + self.stopped + self.expired
    }
}

impl AddAssign for Endings {
    fn add_assign(&mut self, other: Self) {
        self.ran += other.ran;
        self.cancelled += other.cancelled;
        self.stopped += other.stopped;
        self.expired += other.expired;
    }
}

/// A task that somebody races for.
pub(crate) struct Contest {
    future: TaskFuture<()>,
    mark: Arc<Mark>,
}

/// What happened to a task.
#[derive(Default)]
struct Mark {
    /// Polls, or the start of the closure.
    steps: AtomicU32,
    /// The body came to its own end.
    ended: AtomicBool,
    /// The body was dropped, by a worker or by whoever cancelled.
    dropped: AtomicBool,
    told: AtomicBool,
    /// The calls that said that they cancelled it, and the steps there were by then.
    cancels: AtomicU32,
    steps_before: AtomicU32,
    waker: Mutex<Option<Waker>>,
    /// How long after the deadline it was told that it had expired.
    late_micros: AtomicU64,
}

const EARLY: u64 = u64::MAX;

impl Contest {
    /// Submits a task, which may have to start in time.
    pub(crate) fn enter(
        pool: &ThreadPool,
        body: Body,
        timeout: Option<Duration>,
        random: &mut fastrand::Rng,
    ) -> Self {
        let mark = Arc::new(Mark::default());
        let traces = Traces(Arc::clone(&mark));
        let spins = random.u32(..100);
        let due = timeout.map(|timeout| Instant::now() + timeout);
        let task = match timeout {
            Some(timeout) => pool.task().timeout(timeout),
            None => pool.task(),
        };
        let future = match body {
            Body::Closure => task
                .submit(move || {
                    traces.step();
                    (0..spins).for_each(|_| hint::spin_loop());
                    traces.end();
                })
                .unwrap(),
            Body::Yielding | Body::Parked => {
                let steps = Steps {
                    left: random.u32(..3),
                    parks: body == Body::Parked,
                    traces,
                };
                task.spawn(steps).unwrap()
            }
        };
        let told = Arc::clone(&mark);
        future.add_done_callback(move |outcome| {
            told.told.store(true, Ordering::Relaxed);
            if let (Err(TaskError::Expired), Some(due)) = (outcome, due) {
                // It counts from a little later.
                let late = Instant::now().checked_duration_since(due);
                let micros = late.map_or(EARLY, |late| late.as_micros() as u64);
                told.late_micros.store(micros, Ordering::Relaxed);
            }
        });
        Self { future, mark }
    }

    /// Cancels the task; if that was it, looks at what must be so by then.
    pub(crate) fn cancel(&self) {
        if self.future.cancel() {
            self.mark.cancelled();
        }
    }

    /// Cancels the task, or asks it to stop.
    pub(crate) fn request_cancel(&self) {
        if self.future.request_cancel() {
            self.mark.cancelled();
        }
    }

    /// Wakes the task, if it waits to be woken.
    pub(crate) fn wake(&self) {
        let waker = self.mark.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits for the outcome, and checks that it is the only one.
    pub(crate) fn end(self) -> Ending {
        let Self { future, mark } = self;
        let outcome = future.result();
        let ended = mark.ended.load(Ordering::Relaxed);
        let steps = mark.steps.load(Ordering::Relaxed);
        assert!(mark.dropped.load(Ordering::Relaxed), "the body was dropped");
        assert!(mark.told.load(Ordering::Relaxed), "the callback was called");
        match (outcome, mark.cancels.load(Ordering::Relaxed)) {
            (Ok(()), 0) => {
                assert!(ended);
                Ending::Ran
            }
            (Err(ResultError::Task(TaskError::Cancelled)), 0) => {
                assert!(!ended, "what ran to its end has its value");
                Ending::Stopped
            }
            (Err(ResultError::Task(TaskError::Cancelled)), 1) => {
                assert!(!ended);
                let before = mark.steps_before.load(Ordering::Relaxed);
                assert_eq!(steps, before, "what was cancelled takes no step");
                Ending::Cancelled
            }
            (Err(ResultError::Task(TaskError::Expired)), 0) => {
                assert_eq!(steps, 0, "what expired never starts");
                let late = mark.late_micros.load(Ordering::Relaxed);
                assert_ne!(late, EARLY, "it expired before its time");
                Ending::Expired
            }
            (outcome, cancels) => panic!("{outcome:?} after {cancels} cancels that were true"),
        }
    }
}

impl Mark {
    /// The call that did it is about to return.
    fn cancelled(&self) {
        assert!(self.dropped.load(Ordering::Relaxed), "the body was dropped");
        assert!(self.told.load(Ordering::Relaxed), "the callback was called");
        let steps = self.steps.load(Ordering::Relaxed);
        self.steps_before.store(steps, Ordering::Relaxed);
        self.cancels.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the body leaves behind.
struct Traces(Arc<Mark>);

impl Traces {
    fn step(&self) {
        self.0.steps.fetch_add(1, Ordering::Relaxed);
    }

    fn end(&self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        let twice = self.0.dropped.swap(true, Ordering::Relaxed);
        assert!(!twice, "a body is dropped once");
    }
}

/// A body that suspends some times.
struct Steps {
    left: u32,
    parks: bool,
    traces: Traces,
}

impl Future for Steps {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.traces.step();
        if self.left == 0 {
            self.traces.end();
            return Poll::Ready(());
        }
        self.left -= 1;
        let waker = context.waker().clone();
        if self.parks {
            *self.traces.0.waker.lock().unwrap() = Some(waker);
        } else {
            waker.wake();
        }
        Poll::Pending
    }
}

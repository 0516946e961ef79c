//! What can go wrong: one type per decision that a caller takes.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use crate::future::TaskFuture;
use crate::guard;
use crate::waits::Cycle;

/// Why a future has no value.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum TaskError {
    /// It was cancelled before its body could end; a closure never started.
    #[error("the task was cancelled")]
    Cancelled,
    /// Its body panicked.
    #[error("the task panicked: {0}")]
    Panicked(Panic),
    /// Its deadline passed before it could start.
    #[error("the task's deadline passed before it could start")]
    Expired,
    /// Its executor gave it up before it could start.
    #[error("the task was abandoned")]
    Abandoned(#[source] Abandoned),
}

/// Why a wait has no value to give: the task has none, or waiting for it would never end.
#[derive(Error)]
#[non_exhaustive]
pub enum ResultError<T> {
    /// The task is done, and has no value.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The wait failed, the task did not: here is its future back.
    #[error("waiting for the task would never end")]
    Wait(#[source] WaitError, TaskFuture<T>),
}

impl<T> ResultError<T> {
    /// The task's outcome, if this is one.
    pub fn task(&self) -> Option<&TaskError> {
        match self {
            Self::Task(error) => Some(error),
            Self::Wait(..) => None,
        }
    }
}

impl<T> fmt::Debug for ResultError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(error) => f.debug_tuple("Task").field(error).finish(),
            Self::Wait(error, future) => f.debug_tuple("Wait").field(error).field(future).finish(),
        }
    }
}

/// Why a wait on a worker failed before it blocked; it says nothing of the task.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The waits from the awaited task lead back to this one.
    #[error("a cycle of waits: {0}")]
    Deadlock(Cycle),
    /// Every worker of the pool would wait, and no further one may be started; or tasks of a [`Seeded`](crate::Seeded)
    /// executor, which has one thread, wait inside one another too deep.
    #[error(
        "every worker of the pool would wait; let the pool start more by `max_spares`, or wait for fewer tasks at a time"
    )]
    Exhausted,
    /// Nothing is left on the awaited task's [`Seeded`](crate::Seeded) executor that could go on: no task is ready, and no
    /// alarm is set. Only another thread could wake one.
    #[error("nothing is ready, and no alarm is set")]
    Stalled,
}

/// Why one of many tasks has no value to give.
///
/// It stands for a task's own error, or for the first error of all where that ends the others.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum JoinError<E = Infallible> {
    /// The task returned this error.
    #[error("{0}")]
    Returned(E),
    /// The task is done, and has no value.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The wait failed, the tasks did not: waiting for them would never end.
    #[error("waiting for the tasks would never end")]
    Wait(#[source] WaitError),
}

impl JoinError {
    /// The same error, where tasks could have returned one.
    pub(crate) fn widen<E>(self) -> JoinError<E> {
        match self {
            Self::Returned(never) => match never {},
            Self::Task(error) => JoinError::Task(error),
            Self::Wait(error) => JoinError::Wait(error),
        }
    }
}

/// Nothing was done when the time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no task was done in time")]
pub struct TimedOut;

/// Why an executor gave a task up before it could start.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum Abandoned {
    /// No thread could be started to run it.
    #[error(
        "no worker thread could be started; the process may have reached its limit of threads or memory"
    )]
    NoWorker(#[source] Arc<io::Error>),
    /// The start hook of the worker that was to run it failed, and no other was left.
    #[error("the start hook of the pool's last worker failed")]
    StartHook(#[source] Arc<dyn StdError + Send + Sync>),
    /// The executor ended, or was dropped, while the task was on its way in.
    #[error("the executor was shut down")]
    ShutDown,
}

/// A panic that ended a task's body: its message, and the payload for whoever takes it first.
#[derive(Clone)]
pub struct Panic {
    message: Arc<str>,
    payload: Arc<Payload>,
}

struct Payload(Mutex<Option<Box<dyn Any + Send>>>);

impl Panic {
    /// The panic of a payload; one that was caught before and goes on stays the same.
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        match payload.downcast::<Self>() {
            Ok(same) => *same,
            Err(payload) => Self {
                message: Arc::from(guard::message(&*payload)),
                payload: Arc::new(Payload(Mutex::new(Some(payload)))),
            },
        }
    }

    /// Whether they are one and the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.payload, &other.payload)
    }

    /// The text that the body panicked with.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The payload, to look at or to resume unwinding with; `None` if it was taken before.
    pub fn take_payload(&self) -> Option<Box<dyn Any + Send>> {
        self.payload.take()
    }
}

impl Payload {
    fn take(&self) -> Option<Box<dyn Any + Send>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        // The payload's own `Drop` may panic; whoever drops the last error must not pay for that.
        guard::drop_quietly("a panic's payload", self.take());
    }
}

impl StdError for Panic {}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message).finish()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why a pool could not be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// `max_workers` is zero or too large.
    #[error("max_workers is {0}; a pool has from 1 to {max} workers", max = crate::pool::MAX_WORKERS)]
    MaxWorkers(usize),
    /// `min_workers` is above `max_workers`.
    #[error("min_workers is {min}, above max_workers, which is {max}")]
    MinWorkers {
        /// What was asked for as the minimum.
        min: usize,
        /// What was asked for as the maximum.
        max: usize,
    },
    /// `max_tasks_per_worker` is zero.
    #[error("max_tasks_per_worker is 0; a worker runs at least one task")]
    MaxTasksPerWorker,
    /// `thread_name` holds a NUL character.
    #[error("thread_name holds a NUL character, which no thread's name can")]
    ThreadName,
    /// `queue_capacity` is zero.
    #[error("queue_capacity is 0; a bounded queue holds at least one task")]
    QueueCapacity,
    /// `queue_weight` is zero.
    #[error("queue_weight is 0; a queue that is bounded by weight holds something")]
    QueueWeight,
    /// One of the first workers could not be started.
    #[error("a worker thread cannot be started")]
    Start(#[source] io::Error),
    /// The start hook of one of the first workers failed.
    #[error("the start hook of a worker failed")]
    StartHook(#[source] Arc<dyn StdError + Send + Sync>),
}

/// A shutdown whose threads were not joined by this call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The call came from a worker of the pool, which cannot wait for itself: the pool closes, and its last
    /// worker finishes the rest.
    #[error("a pool cannot be joined from one of its own workers")]
    NotJoined,
    /// Tasks were still running when the time was over: the pool stays closed, and goes on to its end.
    #[error("tasks were still running when the time was over")]
    TimedOut,
    /// Tasks are suspended on a [`Seeded`](crate::Seeded) executor that nothing there will wake; it stays closed.
    #[error("tasks are suspended, nothing is ready, and no alarm is set")]
    Stalled,
}

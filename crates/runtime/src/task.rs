//! Tasks: what executors run, and what a future's handle sees of them.

mod body;
pub(crate) mod builder;
mod burst;
pub(crate) mod cell;
pub(crate) mod continuation;
pub(crate) mod current;
mod deadline;
pub(crate) mod detached;
pub(crate) mod ending;
mod header;
pub(crate) mod home;
pub(crate) mod label;
mod memory;
mod observers;
pub(crate) mod options;
mod reference;
mod stage;
mod state;
mod stopwatch;
mod waker;

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::task::Waker;

use creel_core::future::{Body as Kind, Observe, State};
use creel_core::{CancelSignal, Context, Run};

use crate::error::{Abandoned, TaskError};
use crate::future::TaskFuture;
use crate::pool::Pen;

pub(crate) use body::{Body, Closure, Unwatched};
pub(crate) use builder::TaskBuilder;
pub(crate) use burst::Burst;
pub(crate) use cell::Cell;
pub(crate) use current::Waiting;
pub(crate) use home::{Home, Residence};
pub(crate) use observers::{Callback, Waiter};
pub(crate) use reference::{HandleRef, LentTask, TaskRef, Voucher, WeakTask};

/// Work for an executor; what comes of it is told to the [`TaskFuture`] that was made with it.
///
/// Tasks are made by hand only to be given to an [`Executor`](creel_core::Executor) through the port;
/// [`ThreadPool::submit`](crate::ThreadPool::submit) and [`spawn`](crate::ThreadPool::spawn) make their own. A
/// task that is dropped before it has started ends as [`TaskError::Abandoned`].
///
/// ```
/// use creel_core::Executor;
/// use creel_runtime::{Inline, Task};
///
/// let (task, future) = Task::from_closure(|| 6 * 7);
/// Inline.execute(task)?;
/// assert_eq!(future.result()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Task(Option<TaskRef>);

/// What came of a task that was taken from a queue to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It was done already, or is run elsewhere.
    Skipped,
    /// It has run, and goes on later.
    Unfinished,
    /// It has run to its end.
    Ended,
}

impl Task {
    /// A task that calls a closure, and the future of what it returns.
    #[track_caller]
    pub fn from_closure<T, F>(closure: F) -> (Self, TaskFuture<T>)
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        Self::builder().closure(closure)
    }

    /// A task that polls a future until it is ready, and the handle on what it resolves to.
    ///
    /// Each time it is woken it goes back to the executor that took it; one that no executor took is polled by
    /// the thread that wakes it.
    #[track_caller]
    pub fn from_future<F>(future: F) -> (Self, TaskFuture<F::Output>)
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        Self::builder().future(future)
    }

    /// A task that carries more than its body.
    #[track_caller]
    pub fn builder() -> TaskBuilder<()> {
        TaskBuilder::new(())
    }

    pub(crate) fn new(cell: TaskRef) -> Self {
        Self(Some(cell))
    }

    pub(crate) fn cell(&self) -> &TaskRef {
        self.0.as_ref().expect("what empties a task consumes it")
    }

    /// The hold on the task, for a queue.
    #[inline]
    pub(crate) fn into_hold(mut self) -> TaskRef {
        let hold = self.0.take();
        std::mem::forget(self);
        hold.expect("what empties a task consumes it")
    }

    /// Names the executor that takes the task, before it is queued.
    pub(crate) fn bind(&self, home: Home) {
        self.cell().bind(home);
        self.arm();
    }

    /// Sets the alarm for the deadline, if there is one.
    pub(crate) fn arm(&self) {
        let cell = self.cell();
        if cell.is_timed() {
            cell.arm(cell);
        }
    }

    /// Takes the task's entry out of the queue, and leaves it to others to end the task.
    pub(crate) fn withdraw(mut self) {
        if let Some(cell) = self.0.take() {
            cell.entry_left();
        }
    }

    /// Runs the task on a worker of the pool that has it.
    #[inline]
    pub(crate) fn run_on_worker(self, pen: &Pen) -> Turn {
        self.into_hold().run(Some(pen))
    }

    /// Gives the task up with a reason.
    pub(crate) fn abandon(mut self, why: Abandoned) {
        if let Some(cell) = self.0.take() {
            give_up(&*cell, why);
        }
    }
}

impl Run for Task {
    fn run(mut self) {
        if let Some(cell) = self.0.take() {
            cell.run(None);
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(cell) = self.0.take() {
            give_up(&*cell, Abandoned::ShutDown);
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}

/// A task that has not started is abandoned; an async one that waits to be polled again can only be cancelled.
fn give_up(cell: &dyn Runnable, why: Abandoned) {
    if !cell.abandon(why) && cell.kind() == Kind::Future {
        cell.cancel();
    }
    cell.entry_left();
}

/// A task as its executor sees it, and whoever waits for it; `me` is a hold on the task itself.
pub(crate) trait Runnable: CancelSignal {
    /// See [`TaskRef::run_in_place`]; gives the hold back.
    fn run_in_place(&self, me: TaskRef, pool: usize, pen: &Pen) -> TaskRef;
    /// Somebody wakes an async task.
    fn wake(&self, me: &TaskRef);
    /// The same, and leaves it to the caller to queue the task; whether that is to be done.
    fn is_queued_by_wake(&self) -> bool;

    /// Whether this call cancelled the task.
    fn cancel(&self) -> bool;
    /// Whether this call cancelled the task; a body that runs is asked to stop.
    fn request_cancel(&self) -> bool;
    /// Ends an async task now, or when it would be suspended; whether this call ended it.
    fn end_at_suspension(&self) -> bool;
    /// Whether this call ended the task, which had not started.
    fn abandon(&self, why: Abandoned) -> bool;
    /// The task that this one continues has ended without a value, and so does this one.
    fn inherit(&self, outcome: State, error: TaskError);
    /// The alarm for the deadline went off.
    fn expire(&self);
    /// The handle is gone.
    fn detach(&self);
    /// Asks the task to stop when its handle is dropped.
    fn cancel_on_drop(&self);

    /// See [`Task::bind`].
    fn bind(&self, home: Home);
    /// Measures how long the task waits and runs from here on, if it has room for that.
    fn measure(&self);
    /// Whether there is a deadline.
    fn is_timed(&self) -> bool;
    /// Sets the alarm for the deadline.
    fn arm(&self, me: &TaskRef);
    /// Whether a worker that takes the entry out of the queue has something to run.
    fn would_run(&self) -> bool;
    /// The entry was taken out of the queue, and its task was not run.
    fn entry_left(&self);
    /// Its poll waits for another task.
    fn await_task(&self, awaited: &dyn Runnable);

    fn kind(&self) -> Kind;
    /// Where it was made, if it carries that.
    fn location(&self) -> Option<&'static Location<'static>>;
    /// The name that it was given.
    fn name(&self) -> Option<&str>;
    /// What it counts for in a queue that is bounded by weight.
    fn weight(&self) -> u64;
    /// Where the task is in its life.
    fn state(&self) -> State;
    /// The error of a settled future.
    fn error(&self) -> Option<TaskError>;
    /// Under which its executor keeps it.
    fn ticket(&self) -> Option<usize>;
    /// Where the task is at home, once an executor took it.
    fn home(&self) -> Option<Residence<'_>>;
    /// The task as the graph of waits knows it.
    fn waiting(&self) -> Waiting;
    /// The task that this one continues, and waits for.
    fn before(&self) -> Option<TaskRef>;
    /// What the body hands to the ports that it calls.
    fn context(&self, me: TaskRef) -> Context;

    /// Enters a waker; the answer says whether it will be woken.
    fn wait_with(&self, waker: &Waker, who: Waiter) -> Observe;
    /// Takes a waker out that need not be woken any more.
    fn wait_no_longer(&self, who: Waiter);
}

/// A task as its future sees it, beside what is the same for every outcome.
pub(crate) trait Handle<T> {
    fn add_callback(&self, callback: Callback<T>);
    /// Moves the outcome out of a settled future; panics when it was taken before.
    fn take(&self) -> Option<Result<T, TaskError>>;
    /// Shows the outcome of a settled future by reference.
    fn show(&self, see: &mut dyn FnMut(Result<&T, &TaskError>));
}

//! The executor that runs tasks one at a time, in an order that a seed stands for.

mod clock;
mod random;
mod shared;
mod trace;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use creel_core::ledger::Ledger;
use creel_core::port::Rejected;
use creel_core::{Clock, Executor};

use crate::driver::{self, Driver};
use crate::error::{ShutdownError, WaitError};
use crate::future::TaskFuture;
use crate::park::Unparker;
use crate::task::options::Options;
use crate::task::{Cell, Closure, Task, TaskBuilder, cell};
use crate::waits;

pub use clock::VirtualClock;
pub(crate) use shared::{Shared, Turn};
pub use trace::Trace;

/// Runs tasks one at a time on the thread that drives it, in an order that its seed stands for, and in virtual time.
///
/// For tests of concurrent code: another seed is another order, the same seed the same one. A test that fails with some seed
/// fails with it each time, step by step, until the reason is found; the [`trace`](Self::trace) tells the steps.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use creel_runtime::Seeded;
///
/// /// Two clerks look at an account, ask the bank, and pay; while one asks, the other may pay as well.
/// fn balance_after_two_payments(seeded: &Seeded) -> i32 {
///     let account = Arc::new(Mutex::new(100));
///     for payment in [70, 50] {
///         let account = account.clone();
///         let approval = seeded.task().name("the bank").submit(|| ()).unwrap();
///         let clerk = async move {
///             if *account.lock().unwrap() >= payment {
///                 approval.await.unwrap();
///                 *account.lock().unwrap() -= payment;
///             }
///         };
///         let _paid = seeded.task().name(format!("pay {payment}")).spawn(clerk).unwrap();
///     }
///     seeded.run();
///     *account.lock().unwrap()
/// }
///
/// // In half of the orders all goes well, and a test that has tried one of those says so. Some seed shows the others.
/// let is_overdrawn = |seed: &u64| balance_after_two_payments(&Seeded::new(*seed)) < 0;
/// let seed = (0..100).find(is_overdrawn).unwrap();
///
/// // With that seed it always happens, step by step as before.
/// let (first, again) = (Seeded::new(seed), Seeded::new(seed));
/// assert_eq!(balance_after_two_payments(&first), -20);
/// assert_eq!(balance_after_two_payments(&again), -20);
/// assert_eq!(first.trace(), again.trace());
///
/// let trace = first.trace().to_string();
/// assert!(trace.contains("`pay 50` suspended"), "{trace}");
/// assert!(trace.contains("`pay 70` suspended"), "{trace}");
/// ```
///
/// # Who drives it
///
/// The thread that made it, and no other: by [`run`](Self::run), [`step`](Self::step), [`advance`](Self::advance) and
/// [`block_on`](Self::block_on), and whenever it waits for the future of one of its tasks. Such a wait makes steps until the
/// future is settled. When nothing is ready and no alarm is set it fails with [`WaitError::Stalled`], and gives the future
/// back; it never hangs. Other threads can submit, cancel and wake, which makes the order theirs as well; one that waits
/// for a future blocks until the driving thread has come so far, and so does a future that is polled by another runtime.
///
/// # Waiting inside a task
///
/// There is one stack. A task that waits for one that has not started runs it in place; otherwise others are run from within
/// it until the awaited one is settled, and it goes on only when the last of them has returned. So a task that was started
/// from within another one's wait and waits for that gets [`WaitError::Deadlock`] where on a pool it would be served, and one
/// that is nested 128 deep gets [`WaitError::Exhausted`]. Tasks that await instead of waiting are in nobody's way.
///
/// # Time
///
/// The tasks' [current clock](crate::clock::current) is the executor's [`clock`](Self::clock), and deadlines, timers and
/// timed waits go by it. It stands still while a task is ready, and jumps to the next alarm when none is: an hour costs
/// nothing. A task that yields for ever, waiting for a time, therefore never sees it. One that takes its time says so by
/// [`elapse`](Self::elapse).
///
/// # The end
///
/// Dropping it ends what is left: tasks that have not started are abandoned, suspended ones cancelled.
pub struct Seeded {
    shared: Arc<Shared>,
    /// Another handle is the owner, whose drop ends the executor.
    is_guest: bool,
}

impl Seeded {
    /// An executor without tasks, which this thread drives.
    pub fn new(seed: u64) -> Self {
        Self {
            shared: Arc::new(Shared::new(seed)),
            is_guest: false,
        }
    }

    /// Another handle, whose drop ends nothing.
    pub(crate) fn another(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            is_guest: true,
        }
    }

    /// Makes a closure ready, and hands back the future of what it returns.
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the closure back.
    pub fn submit<T, F>(&self, closure: F) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit_with(Options::default(), closure)
    }

    /// Makes a future ready to be polled, and hands back the handle on its output.
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the future back.
    pub fn spawn<F>(&self, future: F) -> Result<TaskFuture<F::Output>, Rejected<F>>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.spawn_with(Options::default(), future)
    }

    /// A task to be made ready here, which may carry a name and more.
    pub fn task(&self) -> TaskBuilder<&Self> {
        TaskBuilder::new(self)
    }

    pub(crate) fn submit_with<T, F>(
        &self,
        options: Options,
        closure: F,
    ) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        if !self.shared.admits() {
            return Err(Rejected::ShutDown(closure));
        }
        let (cell, task) = Cell::with_options(Closure(closure), options);
        self.shared.take(Task::new(task));
        Ok(TaskFuture::new(cell.into_handle()))
    }

    pub(crate) fn spawn_with<F>(
        &self,
        options: Options,
        future: F,
    ) -> Result<TaskFuture<F::Output>, Rejected<F>>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        if !self.shared.admits() {
            return Err(Rejected::ShutDown(future));
        }
        let (handle, task) = cell::of_future(future, options.into_extras());
        self.shared.take(Task::new(task));
        Ok(TaskFuture::new(handle))
    }

    /// Makes one step: runs a task that is ready, or, when none is, lets time pass until the next alarm. False when there
    /// is neither.
    ///
    /// # Panics
    /// On a thread other than the one that made the executor.
    pub fn step(&self) -> bool {
        self.check_thread();
        self.shared.turn(None) == Turn::Step
    }

    /// Makes steps until nothing is ready and no alarm is set, and says how many.
    ///
    /// With a task that never ends, this does not either.
    ///
    /// # Panics
    /// As for [`step`](Self::step).
    pub fn run(&self) -> usize {
        std::iter::repeat_with(|| self.step())
            .take_while(|stepped| *stepped)
            .count()
    }

    /// Lets so much time pass, with every step that there is on the way, and says how many.
    ///
    /// # Panics
    /// As for [`step`](Self::step), and when the time would pass the end of the clock.
    pub fn advance(&self, time: Duration) -> usize {
        self.check_thread();
        let end = self.now() + time;
        std::iter::repeat_with(|| self.shared.turn(Some(end)))
            .take_while(|turn| *turn == Turn::Step)
            .count()
    }

    /// Lets so much time pass without a step, as if whoever calls this had worked or slept so long.
    ///
    /// Alarms go off, deadlines pass, and what they wake waits for its turn.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use creel_runtime::{ResultError, Seeded, TaskError};
    ///
    /// let seeded = Arc::new(Seeded::new(1));
    /// let late = seeded.task().timeout(Duration::from_secs(1)).submit(|| "in time")?;
    /// seeded.elapse(Duration::from_secs(2));
    /// assert!(matches!(late.result(), Err(ResultError::Task(TaskError::Expired))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// As for [`advance`](Self::advance).
    pub fn elapse(&self, time: Duration) {
        self.check_thread();
        self.shared.pass_time(self.now() + time);
    }

    /// Polls a future on this thread until it is ready, and makes steps meanwhile.
    ///
    /// It is polled each time it was woken, before the next step. It need not be `Send`, and may borrow.
    ///
    /// # Errors
    /// [`WaitError::Stalled`] when it waits for something that nothing here will bring about.
    ///
    /// # Panics
    /// As for [`step`](Self::step); a panic of the future passes through.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, WaitError> {
        self.check_thread();
        let bell = Arc::new(Bell(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&bell));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        let mut output = None;
        let ready = || {
            if bell.0.swap(false, Ordering::AcqRel) {
                let _entered = driver::enter(&self.shared);
                if let Poll::Ready(ready) = future.as_mut().poll(&mut context) {
                    output = Some(ready);
                }
            }
            output.is_some()
        };
        let driver = Driver::new(Arc::clone(&self.shared));
        let enter = || Ok(waits::Entered::for_no_task());
        driver.drive_until(&Unparker::current(), None, enter, ready)?;
        Ok(output.expect("without a deadline the wait ends with the output"))
    }

    /// The time by the executor's clock.
    pub fn now(&self) -> Instant {
        self.shared.clock().now()
    }

    /// The executor's clock: the current one of every task that runs here.
    pub fn clock(&self) -> VirtualClock {
        self.shared.clock().clone()
    }

    /// The seed, by which a run can be had again.
    pub fn seed(&self) -> u64 {
        self.shared.seed()
    }

    /// How many tasks are where, as [`ThreadPool::ledger`](crate::ThreadPool::ledger) tells it; it adds up after every step.
    pub fn ledger(&self) -> Ledger {
        self.shared.ledger()
    }

    /// The steps that were made.
    pub fn trace(&self) -> Trace {
        self.shared.trace()
    }

    /// Takes nothing more from outside, and makes steps until every task is done.
    ///
    /// # Errors
    /// [`ShutdownError::NotJoined`] from within one of its tasks: whoever drives it finishes the rest.
    /// [`ShutdownError::Stalled`] when tasks are suspended that nothing here will wake; [`shutdown_now`](Self::shutdown_now)
    /// or the drop ends them.
    ///
    /// # Panics
    /// As for [`step`](Self::step).
    pub fn shutdown(&self) -> Result<(), ShutdownError> {
        self.check_thread();
        self.shared.drain();
        self.finish()
    }

    /// Takes nothing more, cancels every task that is not done, and says how many.
    ///
    /// # Errors
    /// [`ShutdownError::NotJoined`] from within one of its tasks; the others are cancelled all the same.
    ///
    /// # Panics
    /// As for [`step`](Self::step).
    pub fn shutdown_now(&self) -> Result<usize, ShutdownError> {
        self.check_thread();
        let (ready, tasks) = self.shared.stop();
        let ready = ready.iter().map(Task::cell);
        let cancelled = ready.chain(&tasks).filter(|task| task.cancel()).count();
        self.finish()?;
        Ok(cancelled)
    }

    fn finish(&self) -> Result<(), ShutdownError> {
        if self.shared.depth() > 0 {
            return Err(ShutdownError::NotJoined);
        }
        self.run();
        if self.shared.terminate() {
            Ok(())
        } else {
            Err(ShutdownError::Stalled)
        }
    }

    fn check_thread(&self) {
        assert!(
            self.shared.is_driven_here(),
            "a seeded executor is driven by the thread that made it"
        );
    }
}

impl Executor for Seeded {
    type Task = Task;

    /// Like [`Seeded::submit`]: the task runs once somebody drives the executor.
    fn execute(&self, task: Task) -> Result<(), Rejected<Task>> {
        if !self.shared.admits() {
            return Err(Rejected::ShutDown(task));
        }
        self.shared.take(task);
        Ok(())
    }
}

impl Drop for Seeded {
    fn drop(&mut self) {
        if self.is_guest {
            return;
        }
        let (ready, tasks) = self.shared.stop();
        drop(ready);
        for task in tasks {
            task.end_at_suspension();
        }
        self.shared.terminate();
    }
}

impl fmt::Debug for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ready, unfinished) = self.shared.counts();
        f.debug_struct("Seeded")
            .field("seed", &self.seed())
            .field("life", &self.shared.life())
            .field("ready", &ready)
            .field("async tasks", &unfinished)
            .finish()
    }
}

/// Says that a future that is polled by hand was woken.
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

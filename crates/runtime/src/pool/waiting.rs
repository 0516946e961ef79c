//! Waiting on a worker: the pool must not stand still for it.

use std::cell::Cell;

use creel_core::executor::Block;

use super::awake::Asleep;
use super::here;
use super::worker::Worker;
use crate::driver;
use crate::error::WaitError;
use crate::patience::Patience;
use crate::sync::thread_local;
use crate::task::TaskRef;

/// So many tasks may run inside one another on one stack; a wait that is nested deeper leaves the task to others.
const DEPTH_MAX: usize = 64;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

thread_local! {
    /// With tasks that others run.
    static PATIENCE: Patience = const { Patience::new() };
}

/// Runs the task that is waited for on this worker, if it waits in the queue of the same pool; of one that continues
/// others, those first.
pub(crate) fn run_in_place(awaited: &TaskRef) {
    if let Some(driver) = driver::of([awaited.clone()]) {
        return driver.run_in_place(awaited);
    }
    // Another worker has the place of one that is blocked, and one is enough.
    here::with(|worker| {
        let depth = DEPTH.with(Cell::get);
        if !worker.is_blocked() && depth < DEPTH_MAX {
            DEPTH.with(|own| own.set(depth + 1));
            for task in chain(awaited).into_iter().rev() {
                // It catches what the body throws, so the depth is always taken back.
                task.run_in_place(worker.shared().id(), worker.pen());
            }
            DEPTH.with(|own| own.set(depth));
            worker.entry_stays();
        }
    });
}

/// A task, the one that it continues, and so on, as far as they are not done.
pub(crate) fn chain(awaited: &TaskRef) -> Vec<TaskRef> {
    std::iter::successors(Some(awaited.clone()), |task| task.before())
        .take_while(|task| !task.life().is_settled())
        .collect()
}

/// Whether tasks that are waited for on this thread may run in place.
pub(crate) fn may_run_in_place() -> bool {
    let is_free = || here::with(Worker::is_blocked) == Some(false);
    driver::is_inside() || DEPTH.with(Cell::get) < DEPTH_MAX && is_free()
}

/// Whether this thread has no part in running tasks: nothing that it waits for is left to it.
pub(crate) fn is_outside() -> bool {
    !driver::drives() && here::with(|_| ()).is_none()
}

/// Looks on for a moment until `ready`, before this thread goes to the expense of a sleep; whether it came.
pub(crate) fn outlasts(ready: impl FnMut() -> bool) -> bool {
    // Nothing comes to whoever drives the tasks by waiting.
    !driver::drives()
        && PATIENCE
            .try_with(|patience| patience.outlasts(ready))
            .unwrap_or(false)
}

/// Blocks this thread by `park`, in a wait; on a worker, another one takes its place meanwhile, or the wait is refused.
pub(crate) fn block<R>(park: impl FnOnce() -> R) -> Result<R, WaitError> {
    match Blocked::enter() {
        Ok(_blocked) => Ok(park()),
        Err(Exhausted) => Err(WaitError::Exhausted),
    }
}

/// Runs code that blocks, after telling the pool that it will: another worker takes this one's place meanwhile.
///
/// A pool has as many workers as may run at the same time; one that waits for a disk or a lock is counted all the same,
/// unless it says so here. Other workers go on with what is queued, also behind this one, until the code has ended; for
/// the rest of its task this worker then is one too many. The place is taken if there is work for it and
/// [`max_spares`](crate::Builder::max_spares) allows it; otherwise, and on a thread that is no worker, this only runs the
/// code. A panic passes through.
///
/// Waiting for a future does this by itself. In here, its task is left to the other workers rather than run in place.
///
/// ```
/// use std::sync::mpsc;
/// use creel_runtime::{ThreadPool, blocking};
///
/// let pool = ThreadPool::builder().max_workers(1).build()?;
/// let (sends, receives) = mpsc::channel();
/// let waiting = pool.submit(move || blocking(|| receives.recv()))?;
/// // The only worker waits, and this task runs.
/// pool.submit(move || sends.send(5))?.result()??;
/// assert_eq!(waiting.result()??, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn blocking<R>(code: impl FnOnce() -> R) -> R {
    let _blocked = Blocked::enter();
    code()
}

/// Every worker would be blocked, and none may be started.
struct Exhausted;

/// The worker that this thread is, if it is one, and is counted as blocked by this until it is dropped.
struct Blocked(Option<Asleep>);

impl Blocked {
    fn enter() -> Result<Self, Exhausted> {
        let blocked = here::with(|worker| (!worker.is_blocked()).then(|| worker.block()));
        match blocked.flatten() {
            None => Ok(Self(None)),
            Some(Block::Wait) => Ok(Self(Some(Asleep::new()))),
            Some(Block::Exhausted) => Err(Exhausted),
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        if self.0.take().is_some() {
            here::with(Worker::unblock);
        }
    }
}

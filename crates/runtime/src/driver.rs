//! Threads that drive an executor while they wait: nobody else would go on with its tasks.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Instant;

use crate::clock;
use crate::error::WaitError;
use crate::park::Unparker;
use crate::pool::waiting;
use crate::seeded::{Shared, Turn};
use crate::task::TaskRef;
use crate::waits;

/// So many steps may be made from within one another on one stack.
const DEPTH_MAX: usize = 128;

thread_local! {
    /// Whether this thread has ever had an executor to drive; most threads never have.
    static DRIVES: Cell<bool> = const { Cell::new(false) };
    /// The executors that this thread makes a step of, the innermost last.
    static ENTERED: RefCell<Vec<Arc<Shared>>> = const { RefCell::new(Vec::new()) };
}

/// An executor that this thread drives, for a wait.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    /// Some task that is waited for is with another executor, which goes on by itself.
    has_foreign: bool,
}

/// The executor that this thread must drive while it waits for these tasks, if there is one: theirs, or the one in
/// whose task it waits.
pub(crate) fn of(tasks: impl IntoIterator<Item = TaskRef>) -> Option<Driver> {
    if !drives() {
        return None;
    }
    let (mut theirs, mut has_foreign) = (None, false);
    for task in tasks {
        let root = waiting::chain(&task).pop().unwrap_or(task);
        match root.home().map(|home| home.driver()) {
            Some(Some(driver)) => theirs = theirs.or(Some(driver)),
            Some(None) => has_foreign = true,
            None => {}
        }
    }
    Some(Driver {
        shared: theirs.or_else(innermost)?,
        has_foreign,
    })
}

impl Driver {
    /// An executor, driven for what is none of its tasks.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            has_foreign: false,
        }
    }

    /// The time by the executor's clock.
    pub(crate) fn now(&self) -> Instant {
        creel_core::Clock::now(self.shared.clock())
    }

    /// Runs the task that is waited for, if it is ready; of one that continues others, those first. Only within a task:
    /// outside, it is drawn among the others.
    pub(crate) fn run_in_place(&self, awaited: &TaskRef) {
        let depth = self.shared.depth();
        if (1..DEPTH_MAX).contains(&depth) {
            for task in waiting::chain(awaited).into_iter().rev() {
                self.shared.run_in_place(task);
            }
        }
    }

    /// Goes on with the executor's tasks until `ready` says so, or its time has come to the deadline; whether `ready` did.
    ///
    /// `thread` must be among those who are woken when `ready` may say so. `enter` enters the wait into the graph of waits,
    /// and refuses it when it would never end; with a deadline, every wait ends.
    pub(crate) fn drive_until(
        &self,
        thread: &Unparker,
        deadline: Option<Instant>,
        enter: impl Fn() -> Result<waits::Entered, WaitError>,
        mut ready: impl FnMut() -> bool,
    ) -> Result<bool, WaitError> {
        if self.shared.depth() >= DEPTH_MAX {
            return Err(WaitError::Exhausted);
        }
        if deadline.is_none() {
            // Whoever waits below on the same stack goes on after this one: it is no part of the graph meanwhile.
            drop(enter()?);
        }
        if deadline.is_some_and(|deadline| deadline <= self.now()) {
            return Ok(ready());
        }
        loop {
            if ready() {
                return Ok(true);
            }
            match self.shared.turn(deadline) {
                Turn::Step => {}
                Turn::Limit => return Ok(false),
                Turn::Idle if self.has_foreign => {
                    let _wait = enter()?;
                    thread.park();
                }
                Turn::Idle => return Err(WaitError::Stalled),
            }
        }
    }
}

/// Makes this thread work on the executor until the guard is dropped: it goes by its clock, and drives it when it waits.
pub(crate) fn enter(shared: &Arc<Shared>) -> Entered {
    let entered = ENTERED.try_with(|entered| entered.borrow_mut().push(Arc::clone(shared)));
    Entered {
        entered: entered.is_ok(),
        _clock: clock::enter(Arc::new(shared.clock().clone())),
    }
}

/// Whether this thread works on the executor.
pub(crate) fn is_entered(shared: &Arc<Shared>) -> bool {
    ENTERED
        .try_with(|entered| {
            let entered = entered.borrow();
            entered.iter().any(|known| Arc::ptr_eq(known, shared))
        })
        .unwrap_or(false)
}

/// Whether this thread waits inside a task of an executor that it drives.
pub(crate) fn is_inside() -> bool {
    innermost().is_some()
}

/// Says that this thread has an executor to drive.
pub(crate) fn announce() {
    // Without the thread-local the thread is ending, and drives nothing.
    let _announced = DRIVES.try_with(|drives| drives.set(true));
}

/// Whether this thread may have an executor to drive: if not, nothing else here need be asked.
pub(crate) fn drives() -> bool {
    DRIVES.try_with(Cell::get).unwrap_or(false)
}

fn innermost() -> Option<Arc<Shared>> {
    ENTERED
        .try_with(|entered| entered.borrow().last().cloned())
        .ok()
        .flatten()
}

pub(crate) struct Entered {
    entered: bool,
    _clock: clock::Entered,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.entered {
            // Without the thread-local there is nothing left to take out: the thread is ending.
            let left = ENTERED.try_with(|entered| entered.borrow_mut().pop());
            drop(left);
        }
    }
}

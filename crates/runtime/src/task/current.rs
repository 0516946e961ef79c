//! The tasks that this thread works on, the innermost last.

use std::cell::RefCell;
use std::sync::Arc;

use creel_core::Context;
use creel_core::future::Body as Kind;

use super::label::Label;
use super::{Awaited, Runnable};
use crate::sync::thread_local;

thread_local! {
    static WORK: RefCell<Vec<Work>> = const { RefCell::new(Vec::new()) };
}

/// What this thread is in the middle of.
enum Work {
    /// The body of this task runs.
    Body(Arc<dyn Runnable>),
    /// The callbacks of this task run.
    Callbacks(Waiting),
}

/// A task as the graph of waits knows it.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    /// The address of its cell, which names it as long as somebody works on it or waits for it.
    pub(crate) id: usize,
    pub(crate) label: Label,
}

/// The context of the task that runs on this thread: cancelled once somebody asks the task to stop.
///
/// Outside of a task it is never cancelled. A body that runs for long looks at it between steps, and hands it
/// to the ports that it calls.
///
/// ```
/// let pool = creel_runtime::ThreadPool::builder().max_workers(1).build()?;
/// let (started, start) = std::sync::mpsc::channel();
/// let endless = pool.submit(move || {
///     let context = creel_runtime::context();
///     started.send(()).unwrap();
///     let mut steps = 0_u64;
///     while !context.is_cancelled() {
///         steps += 1;
///     }
///     steps
/// })?;
/// start.recv()?;
/// endless.request_cancel();
/// endless.result()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn context() -> Context {
    match running() {
        Some(task) => task.context(),
        None => Context::new(),
    }
}

/// The innermost task whose body runs on this thread.
pub(crate) fn running() -> Option<Arc<dyn Runnable>> {
    WORK.try_with(|work| {
        work.borrow().iter().rev().find_map(|work| match work {
            Work::Body(task) => Some(Arc::clone(task)),
            Work::Callbacks(_) => None,
        })
    })
    .ok()
    .flatten()
}

/// Whether this thread polls an async task, and nothing else inside of that.
pub(crate) fn is_polling() -> bool {
    WORK.try_with(|work| match work.borrow().last() {
        Some(Work::Body(task)) => task.kind() == Kind::Future,
        Some(Work::Callbacks(_)) | None => false,
    })
    .unwrap_or(false)
}

/// Tells the task that this thread polls, if it polls one, that it waits for another.
pub(crate) fn await_task(awaited: &dyn Awaited) {
    let _thread_ends = WORK.try_with(|work| {
        if let Some(Work::Body(task)) = work.borrow().last() {
            task.await_task(awaited);
        }
    });
}

/// The tasks that cannot go on before this thread does, the innermost last.
pub(crate) fn held_up() -> Vec<Waiting> {
    WORK.try_with(|work| {
        work.borrow()
            .iter()
            .map(|work| match work {
                Work::Body(task) => task.waiting(),
                Work::Callbacks(waiting) => waiting.clone(),
            })
            .collect()
    })
    .unwrap_or_default()
}

/// Names the task whose body runs on this thread until the guard is dropped.
pub(crate) fn enter(task: Arc<dyn Runnable>) -> Entered {
    Entered::push(Work::Body(task))
}

/// Names the task whose callbacks run on this thread until the guard is dropped.
pub(crate) fn enter_callbacks(of: Waiting) -> Entered {
    Entered::push(Work::Callbacks(of))
}

/// Ends the innermost work when it is dropped.
pub(crate) struct Entered {
    /// Without the thread-local nothing was entered: the thread is ending.
    entered: bool,
}

impl Entered {
    fn push(work: Work) -> Self {
        Self {
            entered: WORK.try_with(|stack| stack.borrow_mut().push(work)).is_ok(),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.entered {
            let ended = WORK.try_with(|stack| stack.borrow_mut().pop());
            drop(ended);
        }
    }
}

//! The tasks that this thread works on, the innermost last.

use std::cell::RefCell;

use creel_core::Context;
use creel_core::future::Body as Kind;

use super::label::Label;
use super::{Runnable, TaskRef};
use crate::sync::thread_local;

thread_local! {
    static WORK: RefCell<Vec<Work>> = const { RefCell::new(Vec::new()) };
}

/// What this thread is in the middle of.
enum Work {
    /// The body of this task runs.
    Body(TaskRef),
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
        Some(task) => task.context(task.clone()),
        None => Context::new(),
    }
}

/// The innermost task whose body runs on this thread.
pub(crate) fn running() -> Option<TaskRef> {
    WORK.try_with(|work| {
        work.borrow().iter().rev().find_map(|work| match work {
            Work::Body(task) => Some(task.clone()),
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
pub(crate) fn await_task(awaited: &dyn Runnable) {
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

/// Names the task whose body runs on this thread until its guard is dropped, and keeps its hold for so long.
pub(crate) fn enter(task: TaskRef) -> Entered {
    Entered::push(Work::Body(task))
}

/// Names the task whose callbacks run on this thread until the guard is dropped.
pub(crate) fn enter_callbacks(of: Waiting) -> Entered {
    Entered::push(Work::Callbacks(of))
}

/// Ends the innermost work when it is dropped.
pub(crate) struct Entered {
    /// Without the thread-local the work is kept here: the thread is ending.
    kept: Option<Work>,
    left: bool,
}

impl Entered {
    fn push(work: Work) -> Self {
        let mut work = Some(work);
        let _thread_ends = WORK.try_with(|stack| stack.borrow_mut().extend(work.take()));
        Self {
            kept: work,
            left: false,
        }
    }

    /// Ends the work on a body, and gives its hold back.
    pub(crate) fn leave(mut self) -> TaskRef {
        match self.pop() {
            Some(Work::Body(task)) => task,
            Some(Work::Callbacks(_)) | None => unreachable!("what was entered last is left first"),
        }
    }

    fn pop(&mut self) -> Option<Work> {
        if std::mem::replace(&mut self.left, true) {
            return None;
        }
        match self.kept.take() {
            None => WORK
                .try_with(|stack| stack.borrow_mut().pop())
                .ok()
                .flatten(),
            kept => kept,
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let ended = self.pop();
        drop(ended);
    }
}

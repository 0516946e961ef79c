//! The tasks that this thread works on, the innermost last.

use std::cell::{Cell, RefCell};

use creel_core::Context;
use creel_core::future::Body as Kind;

use super::label::Label;
use super::{LentTask, Runnable, TaskRef};
use crate::sync::thread_local;

thread_local! {
    static WORK: Stack = const { Stack::new() };
}

/// What this thread is in the middle of. Mostly that is one body, and nothing else has to be looked at.
struct Stack {
    /// The innermost work, if it is a body that has not become an outer one meanwhile.
    body: Cell<Option<TaskRef>>,
    /// All other work, the innermost last.
    outer: RefCell<Vec<Work>>,
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
    find_body(TaskRef::clone)
}

/// The same task, lent for as long as its body runs.
#[inline]
pub(crate) fn lend() -> Option<LentTask> {
    find_body(TaskRef::lend)
}

/// Shows the innermost task whose body runs on this thread.
#[inline]
fn find_body<R>(see: impl Fn(&TaskRef) -> R) -> Option<R> {
    WORK.try_with(|stack| {
        stack
            .with_body(|task| task.map(&see))
            .or_else(|| stack.find_outer_body(&see))
    })
    .ok()
    .flatten()
}

/// Whether this thread polls an async task, and nothing else inside of that.
pub(crate) fn is_polling() -> bool {
    let mut is_polling = false;
    with_innermost_body(|task| is_polling = task.kind() == Kind::Future);
    is_polling
}

/// Tells the task that this thread polls, if it polls one, that it waits for another.
pub(crate) fn await_task(awaited: &dyn Runnable) {
    with_innermost_body(|task| task.await_task(awaited));
}

/// Shows the innermost work, if it is a body.
fn with_innermost_body(see: impl FnOnce(&TaskRef)) {
    let _thread_ends = WORK.try_with(|stack| {
        stack.with_body(|task| match task {
            Some(task) => see(task),
            None => {
                if let Some(Work::Body(task)) = stack.outer.borrow().last() {
                    see(task);
                }
            }
        });
    });
}

/// The tasks that cannot go on before this thread does, the innermost last.
pub(crate) fn held_up() -> Vec<Waiting> {
    let waiting = |work: &Work| match work {
        Work::Body(task) => task.waiting(),
        Work::Callbacks(waiting) => waiting.clone(),
    };
    WORK.try_with(|stack| {
        let mut held_up: Vec<_> = stack.outer.borrow().iter().map(waiting).collect();
        held_up.extend(stack.with_body(|task| Some(task?.waiting())));
        held_up
    })
    .unwrap_or_default()
}

/// Names the task whose body runs on this thread until its guard is dropped, and keeps its hold for so long.
#[inline]
pub(crate) fn enter(task: TaskRef) -> EnteredBody {
    let mut task = Some(task);
    let _thread_ends = WORK.try_with(|stack| {
        if let Some(before) = stack.body.replace(task.take()) {
            stack.put_below(before);
        }
    });
    EnteredBody { kept: task }
}

/// Names the task whose callbacks run on this thread until the guard is dropped.
pub(crate) fn enter_callbacks(of: Waiting) -> EnteredCallbacks {
    let entered = WORK.try_with(|stack| {
        let mut outer = stack.outer.borrow_mut();
        outer.extend(stack.body.take().map(Work::Body));
        outer.push(Work::Callbacks(of));
    });
    EnteredCallbacks {
        entered: entered.is_ok(),
    }
}

/// Ends the work on a body when it is dropped.
pub(crate) struct EnteredBody {
    /// Without the thread-local the hold is kept here: the thread is ending.
    kept: Option<TaskRef>,
}

impl EnteredBody {
    /// Ends the work on the body, and gives its hold back.
    #[inline]
    pub(crate) fn leave(mut self) -> TaskRef {
        let task = self.take();
        std::mem::forget(self);
        task.expect("what was entered last is left first")
    }

    #[inline]
    fn take(&mut self) -> Option<TaskRef> {
        if self.kept.is_some() {
            return self.kept.take();
        }
        let body = WORK.try_with(|stack| stack.body.take().or_else(|| stack.take_from_below()));
        body.ok().flatten()
    }
}

impl Drop for EnteredBody {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// Ends the work on callbacks when it is dropped.
pub(crate) struct EnteredCallbacks {
    entered: bool,
}

impl Drop for EnteredCallbacks {
    fn drop(&mut self) {
        if self.entered {
            let ended = WORK.try_with(|stack| stack.outer.borrow_mut().pop());
            drop(ended);
        }
    }
}

impl Stack {
    const fn new() -> Self {
        Self {
            body: Cell::new(None),
            outer: RefCell::new(Vec::new()),
        }
    }

    /// A body has become an outer one.
    #[cold]
    fn put_below(&self, body: TaskRef) {
        self.outer.borrow_mut().push(Work::Body(body));
    }

    /// Takes a body that became an outer one, and is the innermost again.
    #[cold]
    fn take_from_below(&self) -> Option<TaskRef> {
        match self.outer.borrow_mut().pop() {
            Some(Work::Body(task)) => Some(task),
            Some(Work::Callbacks(_)) | None => None,
        }
    }

    #[cold]
    fn find_outer_body<R>(&self, see: impl Fn(&TaskRef) -> R) -> Option<R> {
        self.outer
            .borrow()
            .iter()
            .rev()
            .find_map(|work| match work {
                Work::Body(task) => Some(see(task)),
                Work::Callbacks(_) => None,
            })
    }

    /// Shows what is in the place of the innermost body; nothing is entered or left meanwhile.
    fn with_body<R>(&self, see: impl FnOnce(Option<&TaskRef>) -> R) -> R {
        let task = self.body.take();
        let seen = see(task.as_ref());
        self.body.set(task);
        seen
    }
}

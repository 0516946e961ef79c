//! The task that runs on this thread.

use std::cell::RefCell;
use std::sync::Arc;

use creel_core::{CancelSignal, Context};

thread_local! {
    static CURRENT: RefCell<Option<Arc<dyn CancelSignal>>> = const { RefCell::new(None) };
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
    let current = CURRENT
        .try_with(|current| current.borrow().clone())
        .ok()
        .flatten();
    match current {
        Some(signal) => Context::new().with_signal(signal),
        None => Context::new(),
    }
}

/// Names the task that runs on this thread until the guard is dropped.
pub(crate) fn enter<S: CancelSignal + 'static>(task: &Arc<S>) -> Entered {
    let task: Arc<dyn CancelSignal> = task.clone();
    Entered(
        CURRENT
            .try_with(|current| current.replace(Some(task)))
            .ok()
            .flatten(),
    )
}

/// Puts back the task that ran on this thread before.
pub(crate) struct Entered(Option<Arc<dyn CancelSignal>>);

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.0.take();
        // Without the thread-local there is nothing to put it back into: the thread is ending.
        let replaced = CURRENT.try_with(|current| current.replace(before));
        drop(replaced);
    }
}

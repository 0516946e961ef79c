//! Foreign code that must not harm the thread it runs on.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

/// The payload of a panic may panic when it is dropped, with a payload that does so, too; so many are dropped.
const PAYLOADS_MAX: usize = 8;

/// Runs foreign code and reports a panic of it through `tracing`; `what` names the code.
pub(crate) fn run_quietly(what: &'static str, code: impl FnOnce()) {
    let _returned = run_reported(what, code);
}

/// The same, and says whether the code returned.
#[inline]
pub(crate) fn run_reported(what: &'static str, code: impl FnOnce()) -> bool {
    match panic::catch_unwind(AssertUnwindSafe(code)) {
        Ok(()) => true,
        Err(payload) => {
            report(what, payload);
            false
        }
    }
}

/// Reports a panic through `tracing`, and disposes of its payload.
#[cold]
pub(crate) fn report(what: &'static str, payload: Box<dyn Any + Send>) {
    // Whoever listens to the report is foreign, too.
    let report = panic::catch_unwind(AssertUnwindSafe(|| {
        tracing::error!(what, message = message(&*payload), "foreign code panicked");
    }));
    dispose(payload);
    if let Err(payload) = report {
        dispose(payload);
    }
}

/// Drops a foreign value and reports a panic of its `Drop` through `tracing`.
pub(crate) fn drop_quietly<T>(what: &'static str, value: T) {
    run_quietly(what, move || drop(value));
}

/// The text that somebody panicked with.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a payload that is no string"
    }
}

/// Drops the payload of a panic, and those that its own drop panics with.
fn dispose(mut payload: Box<dyn Any + Send>) {
    for _ in 0..PAYLOADS_MAX {
        match panic::catch_unwind(AssertUnwindSafe(move || drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    // It could go on like this for ever.
    std::mem::forget(payload);
}

/// Ends the process when it is dropped: by a panic where the frame must not be left, since others use what stands on it.
pub(crate) struct Abort;

impl Drop for Abort {
    fn drop(&mut self) {
        std::process::abort();
    }
}

#[cfg(test)]
pub(crate) mod tests;

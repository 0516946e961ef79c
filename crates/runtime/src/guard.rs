//! Foreign code that must not harm the thread it runs on.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

/// Runs foreign code and reports a panic of it through `tracing`; `what` names the code.
pub(crate) fn run_quietly(what: &'static str, code: impl FnOnce()) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(code)) {
        tracing::error!(what, message = message(&*payload), "foreign code panicked");
        // A payload whose `Drop` panics as well could go on like this for ever: the second one is leaked.
        if let Err(again) = panic::catch_unwind(AssertUnwindSafe(move || drop(payload))) {
            std::mem::forget(again);
        }
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

//! Foreign code that must not harm the thread it runs on.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

/// The payload of a panic may panic when it is dropped, with a payload that does so, too; so many are dropped.
const PAYLOADS_MAX: usize = 8;

/// Runs foreign code and reports a panic of it through `tracing`; `what` names the code.
pub(crate) fn run_quietly(what: &'static str, code: impl FnOnce()) {
    let Err(mut payload) = panic::catch_unwind(AssertUnwindSafe(code)) else {
        return;
    };
    tracing::error!(what, message = message(&*payload), "foreign code panicked");
    for _ in 0..PAYLOADS_MAX {
        match panic::catch_unwind(AssertUnwindSafe(move || drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    // It could go on like this for ever.
    std::mem::forget(payload);
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

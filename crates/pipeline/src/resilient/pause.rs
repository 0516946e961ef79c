//! Waiting that ends when the caller asks to stop, or not to wait.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use creel_core::Context;
use creel_runtime::sleep_until;

/// Waits until a time; false at once if that is not before the end, or when the caller asks to stop or
/// [not to wait](Context::fails_fast).
pub(super) async fn pause_until(when: Instant, end: Option<Instant>, context: &Context) -> bool {
    if end.is_some_and(|end| when >= end) {
        return false;
    }
    let mut sleep = sleep_until(when);
    poll_fn(move |task| {
        if context.is_cancelled() || context.fails_fast() {
            return Poll::Ready(false);
        }
        context.on_cancel(task.waker());
        context.on_fail_fast(task.waker());
        Pin::new(&mut sleep).poll(task).map(|()| true)
    })
    .await
}

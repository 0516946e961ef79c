//! An async task that gives its worker back.

use std::future;
use std::task::Poll;

/// Suspends an async task, which is queued again at once.
pub(crate) async fn suspend() {
    let mut suspended = false;
    future::poll_fn(|context| {
        if suspended {
            return Poll::Ready(());
        }
        suspended = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

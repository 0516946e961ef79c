//! A future that may not take for ever.

use std::future::{Future, IntoFuture, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::sleep::sleep;

/// Awaits a future for so long at most, and drops it when the time is over.
///
/// The time counts from the first poll, by the clock that is [current](crate::clock::current) there. A future that
/// is ready when it is polled gives its value, however late that is; one that blocks its thread cannot be given
/// up meanwhile. Dropping a [`TaskFuture`](crate::TaskFuture) lets its task run on.
///
/// ```
/// use std::time::Duration;
/// use creel_runtime::{Elapsed, timeout};
///
/// futures_executor::block_on(async {
///     assert_eq!(timeout(Duration::from_secs(60), async { 5 }).await, Ok(5));
///     let never = std::future::pending::<()>();
///     assert_eq!(timeout(Duration::from_millis(1), never).await, Err(Elapsed));
/// });
/// ```
///
/// # Errors
/// [`Elapsed`] when the time was over first.
pub async fn timeout<F: IntoFuture>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future.into_future());
    let mut limit = sleep(limit);
    poll_fn(|context| {
        // The first poll of the future may take its time, and that counts.
        limit.begin();
        match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Ok(value)),
            Poll::Pending => Pin::new(&mut limit).poll(context).map(|()| Err(Elapsed)),
        }
    })
    .await
}

/// The time was over before the future was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time was over before the future was ready")]
pub struct Elapsed;

//! Two attempts at once.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use creel_core::port::ServiceError;
use creel_runtime::sleep;

/// The first answer of two attempts, of which the second begins after a delay, if `second` gives one.
///
/// When both fail, the error is the first one's: it had more time.
pub(super) async fn race<R, F>(
    first: impl Future<Output = Result<R, ServiceError>>,
    delay: Duration,
    second: impl FnOnce() -> Option<F>,
) -> Result<R, ServiceError>
where
    F: Future<Output = Result<R, ServiceError>>,
{
    let mut first = pin!(first);
    let mut delay = sleep(delay);
    let mut second = Some(second);
    let mut hedge: Option<Pin<Box<F>>> = None;
    let mut failed: [Option<ServiceError>; 2] = [None, None];
    poll_fn(move |task| {
        if failed[0].is_none()
            && let Poll::Ready(outcome) = first.as_mut().poll(task)
        {
            match outcome {
                Ok(response) => return Poll::Ready(Ok(response)),
                Err(error) => failed[0] = Some(error),
            }
        }
        if second.is_some()
            && failed[0].is_none()
            && Pin::new(&mut delay).poll(task).is_ready()
            && let Some(second) = second.take()
        {
            hedge = second().map(Box::pin);
        }
        if let Some(attempt) = &mut hedge
            && let Poll::Ready(outcome) = attempt.as_mut().poll(task)
        {
            hedge = None;
            match outcome {
                Ok(response) => return Poll::Ready(Ok(response)),
                Err(error) => failed[1] = Some(error),
            }
        }
        match failed[0].take() {
            Some(error) if hedge.is_none() => Poll::Ready(Err(error)),
            kept => {
                failed[0] = kept;
                Poll::Pending
            }
        }
    })
    .await
}

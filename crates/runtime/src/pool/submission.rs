//! A submit that waits for room without blocking its thread.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use creel_core::port::Rejected;

use super::Refused;
use super::permits::{Entered, Waiter};
use super::shared::Shared;
use crate::future::TaskFuture;
use crate::task::options::{Extras, Options};

/// A closure on its way into a pool; [`ThreadPool::submit_async`](crate::ThreadPool::submit_async) makes it.
///
/// It resolves to the future of the task once that is queued. It takes its place in line at the first poll, keeps it
/// until it is polled again with room, and loses it when it is dropped: then the closure is dropped, and nothing was
/// queued. It holds on to nothing of the async runtime that polls it.
#[must_use = "nothing is queued before it is awaited"]
pub struct Submission<F> {
    shared: Arc<Shared>,
    /// `None` once it was queued or given back.
    closure: Option<F>,
    extras: Option<Box<Extras>>,
    location: &'static Location<'static>,
    weight: u64,
    waiter: Option<Arc<Waiter>>,
}

impl<F> Submission<F> {
    pub(super) fn new(shared: Arc<Shared>, options: Options, closure: F) -> Self {
        Self {
            shared,
            closure: Some(closure),
            weight: options.weight,
            location: options.location,
            extras: options.into_extras_if_any().map(Box::new),
            waiter: None,
        }
    }

    /// Whether there is room; `None` if the waker will be woken for the answer.
    fn poll_room(&mut self, waker: &Waker) -> Option<Result<(), Refused>> {
        let Self { shared, waiter, .. } = self;
        if let Some(waiting) = waiter.as_ref()
            && let Some(permits) = shared.permits()
        {
            let left = shared.holds_itself_up() && permits.leave(waiting);
            if !left {
                return permits.poll(waiting, waker);
            }
            *waiter = None;
        }
        match shared.ask(self.weight, waker) {
            Ok(Entered::Granted) => Some(Ok(())),
            Ok(Entered::Waits(waiting)) => {
                *waiter = Some(waiting);
                None
            }
            Err(refused) => Some(Err(refused)),
        }
    }
}

impl<T, F> Future for Submission<F>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    type Output = Result<TaskFuture<T>, Rejected<F>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(answer) = self.poll_room(context.waker()) else {
            return Poll::Pending;
        };
        self.waiter = None;
        let extras = self.extras.take().map(|extras| *extras);
        let closure = self
            .closure
            .take()
            .expect("a future is not polled after it was ready");
        Poll::Ready(match answer {
            Ok(()) => self.shared.queue_closure(closure, extras, self.location),
            Err(refused) => Err(refused.with(closure)),
        })
    }
}

/// The closure is moved, never pinned.
impl<F> Unpin for Submission<F> {}

impl<F> Drop for Submission<F> {
    fn drop(&mut self) {
        if let Some(waiter) = &self.waiter
            && let Some(permits) = self.shared.permits()
        {
            permits.give_up(waiter);
        }
    }
}

impl<F> fmt::Debug for Submission<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission")
            .field("in_line", &self.waiter.is_some())
            .finish_non_exhaustive()
    }
}

//! What a task runs: a closure once, or a future until it is ready.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use creel_core::future::Body as Kind;

/// A task's body, one step at a time.
pub(crate) trait Body: Send + 'static {
    /// What it ends with.
    type Output: Send + 'static;
    /// Which of core's two kinds it is.
    const KIND: Kind;

    /// The type that somebody wrote, which tells where it was written.
    fn type_name() -> &'static str;

    /// Runs until the end or the next suspension; `waker` is called only where there may be one.
    fn step(&mut self, waker: impl FnOnce() -> Waker) -> Poll<Self::Output>;
}

/// A closure; `None` once it was called.
pub(crate) struct Closure<F>(pub(crate) Option<F>);

impl<T, F> Body for Closure<F>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    type Output = T;
    const KIND: Kind = Kind::Closure;

    fn type_name() -> &'static str {
        std::any::type_name::<F>()
    }

    fn step(&mut self, _waker: impl FnOnce() -> Waker) -> Poll<T> {
        let call = self.0.take().expect("core starts a closure once");
        Poll::Ready(call())
    }
}

/// A future, pinned on the heap.
pub(crate) struct Polled<F>(pub(crate) Pin<Box<F>>);

impl<F> Body for Polled<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    type Output = F::Output;
    const KIND: Kind = Kind::Future;

    fn type_name() -> &'static str {
        std::any::type_name::<F>()
    }

    fn step(&mut self, waker: impl FnOnce() -> Waker) -> Poll<F::Output> {
        self.0.as_mut().poll(&mut Context::from_waker(&waker()))
    }
}

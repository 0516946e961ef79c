//! What a task runs: a closure once, or a future until it is ready.

use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use creel_core::future::Body as Kind;

use super::stage;
use crate::guard;

/// A task's body: [`KIND`](Self::KIND) says which of its two methods is called.
pub(crate) trait Body: Send + Sized + 'static {
    /// What it ends with.
    type Output: Send + 'static;
    /// Which of core's two kinds it is.
    const KIND: Kind;

    /// The type that somebody wrote, which tells where it was written.
    fn type_name() -> &'static str;

    /// Runs a closure.
    fn call(self) -> Self::Output {
        unreachable!("only a closure is called")
    }

    /// Polls a future.
    fn poll(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        unreachable!("only a future is polled")
    }
}

/// A closure.
pub(crate) struct Closure<F>(pub(crate) F);

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

    fn call(self) -> T {
        self.0()
    }
}

/// A closure that nobody waits for: a panic is reported.
pub(crate) struct Unwatched<F>(pub(crate) F);

impl<F: FnOnce() + Send + 'static> Body for Unwatched<F> {
    type Output = ();
    const KIND: Kind = Kind::Closure;

    fn type_name() -> &'static str {
        std::any::type_name::<F>()
    }

    fn call(self) {
        if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(self.0)) {
            // The task ends with a panic, and nobody has its payload.
            let message = guard::message(&*payload).to_owned();
            guard::report("a detached task", payload);
            panic::resume_unwind(Box::new(message));
        }
    }
}

/// A future, pinned where its task has its stage.
pub(crate) struct Polled<F>(pub(crate) F);

impl<F> Body for Polled<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    type Output = F::Output;
    const KIND: Kind = Kind::Future;

    fn type_name() -> &'static str {
        std::any::type_name::<F>()
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        stage::pinned(self).poll(context)
    }
}

/// A future that is too large for that, pinned in memory that goes with it: what is left of a task may be kept for long.
pub(crate) struct Boxed<F>(pub(crate) Pin<Box<F>>);

/// So large is a future that has memory of its own.
pub(crate) const LARGE: usize = 1024;

impl<F> Body for Boxed<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    type Output = F::Output;
    const KIND: Kind = Kind::Future;

    fn type_name() -> &'static str {
        std::any::type_name::<F>()
    }

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.0.as_mut().poll(context)
    }
}

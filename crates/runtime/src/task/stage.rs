//! A task's body, and later its outcome, in one place without a lock.
//!
//! The task's life says whose the stage is, and what stands on it; nobody else touches it:
//!
//! | state | the stage is | and holds |
//! |---|---|---|
//! | pending, suspended, queued | nobody's | the body |
//! | running | the worker's whose `start` said `Run` | the body, or of a closure that was called nothing |
//! | done, not settled | of whoever made the outcome | the value; or the error, if that is more than its state |
//! | settled | the handle's, or of the one who drops the value when there is no handle | as well, until it is taken |
//!
//! So there is no mark for what it holds: a queue of a million tasks has room for bodies and values only.

#![expect(
    unsafe_code,
    reason = "the stage is guarded by the state machine, which no lock could be faster than"
)]

use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::body::{Body, Polled};
use crate::error::TaskError;
use crate::guard;
use crate::sync::UnsafeCell;

pub(super) struct Stage<B: Body>(UnsafeCell<Content<B>>);

union Content<B: Body> {
    body: ManuallyDrop<B>,
    value: ManuallyDrop<B::Output>,
    error: ManuallyDrop<Box<TaskError>>,
}

// SAFETY: the state machine gives the stage to one thread at a time, with acquire and release in between; what moves
// from thread to thread that way is `Send`.
unsafe impl<B: Body> Sync for Stage<B> {}

// Every method is only for whom the table above says, and only for what it says is there.
impl<B: Body> Stage<B> {
    pub(super) fn new(body: B) -> Self {
        Self(UnsafeCell::new(Content {
            body: ManuallyDrop::new(body),
        }))
    }

    /// Runs a closure, which is gone after it.
    pub(super) fn call(&self) -> std::thread::Result<Poll<B::Output>> {
        let body = self.take_body();
        panic::catch_unwind(AssertUnwindSafe(|| Poll::Ready(body.call())))
    }

    /// Polls a future, which stays.
    pub(super) fn poll(&self, waker: &Waker) -> std::thread::Result<Poll<B::Output>> {
        self.0.with_mut(|place| {
            // SAFETY: the caller owns the stage by the state machine, so this is the only reference to it.
            let content = unsafe { &mut *place };
            // SAFETY: a future that is to be polled stands there.
            let body = unsafe { &mut *content.body };
            // SAFETY: a cell stays where it was made until the body has been dropped there. Moved out is only the body of a
            // task that has not started, which was never polled.
            let body = unsafe { Pin::new_unchecked(body) };
            panic::catch_unwind(AssertUnwindSafe(|| {
                body.poll(&mut Context::from_waker(waker))
            }))
        })
    }

    /// Moves the body out of a task that is not polled, or has not been yet.
    pub(super) fn take_body(&self) -> B {
        self.0.with_mut(|place| {
            // SAFETY: the caller owns the stage by the state machine, so this is the only reference to it.
            let content = unsafe { &mut *place };
            // SAFETY: the body stands there, and whatever is put there next does not read it.
            unsafe { ManuallyDrop::take(&mut content.body) }
        })
    }

    /// Drops the body where it stands.
    pub(super) fn drop_body(&self, what: &'static str) {
        self.0.with_mut(|place| {
            // SAFETY: the caller owns the stage by the state machine, so this is the only reference to it.
            let content = unsafe { &mut *place };
            guard::run_quietly(what, || {
                // SAFETY: the body stands there, and whatever is put there next does not read it.
                unsafe { ManuallyDrop::drop(&mut content.body) }
            });
        });
    }

    pub(super) fn put_value(&self, value: B::Output) {
        self.put(Content {
            value: ManuallyDrop::new(value),
        });
    }

    pub(super) fn put_error(&self, error: Box<TaskError>) {
        self.put(Content {
            error: ManuallyDrop::new(error),
        });
    }

    fn put(&self, content: Content<B>) {
        self.0.with_mut(|place| {
            // SAFETY: the caller owns the stage by the state machine, so nobody else reads or writes it. What stood there
            // was moved out or dropped before.
            unsafe { place.write(content) }
        });
    }

    pub(super) fn take_value(&self) -> B::Output {
        self.0.with_mut(|place| {
            // SAFETY: the caller owns the stage by the state machine, so this is the only reference to it.
            let content = unsafe { &mut *place };
            // SAFETY: the value stands there, and the state says from here on that it was taken.
            unsafe { ManuallyDrop::take(&mut content.value) }
        })
    }

    pub(super) fn take_error(&self) -> Box<TaskError> {
        self.0.with_mut(|place| {
            // SAFETY: the caller owns the stage by the state machine, so this is the only reference to it.
            let content = unsafe { &mut *place };
            // SAFETY: the error stands there, and the state says from here on that it was taken.
            unsafe { ManuallyDrop::take(&mut content.error) }
        })
    }

    pub(super) fn with_value<R>(&self, see: impl FnOnce(&B::Output) -> R) -> R {
        self.0.with(|place| {
            // SAFETY: the caller owns the stage by the state machine, so nobody writes it meanwhile.
            let content = unsafe { &*place };
            // SAFETY: the value stands there.
            see(unsafe { &content.value })
        })
    }

    pub(super) fn with_error<R>(&self, see: impl FnOnce(&TaskError) -> R) -> R {
        self.0.with(|place| {
            // SAFETY: the caller owns the stage by the state machine, so nobody writes it meanwhile.
            let content = unsafe { &*place };
            // SAFETY: the error stands there.
            see(unsafe { &content.error })
        })
    }
}

/// The future of a body that is pinned.
pub(super) fn pinned<F>(polled: Pin<&mut Polled<F>>) -> Pin<&mut F> {
    // SAFETY: the future is a part of the body, which has no `Drop` that would move it, and nobody takes it out.
    unsafe { polled.map_unchecked_mut(|polled| &mut polled.0) }
}

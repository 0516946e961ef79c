//! A task's body, and later its outcome, in one place without a lock.
//!
//! The task's state says whose the stage is; nobody else touches it:
//!
//! | state | the stage is |
//! |---|---|
//! | pending, suspended, queued | nobody's |
//! | running | the worker's whose `start` said `Run` |
//! | done, not settled | of whoever made the outcome |
//! | settled | the handle's, or of the one who drops the value when there is no handle |

#![expect(
    unsafe_code,
    reason = "the stage is guarded by the state machine, which no lock could be faster than"
)]

use std::panic::{self, AssertUnwindSafe};
use std::task::{Poll, Waker};

use super::body::Body;
use crate::error::TaskError;
use crate::sync::UnsafeCell;

pub(super) struct Stage<B: Body>(UnsafeCell<Content<B>>);

/// What stands on the stage.
pub(super) enum Content<B: Body> {
    Body(B),
    Value(B::Output),
    Failed(TaskError),
    Empty,
}

// SAFETY: the state machine gives the stage to one thread at a time, with acquire and release in between; what moves
// from thread to thread that way is `Send`.
unsafe impl<B: Body> Sync for Stage<B> {}

impl<B: Body> Stage<B> {
    pub(super) fn new(body: B) -> Self {
        Self(UnsafeCell::new(Content::Body(body)))
    }

    /// Swaps what stands there; only for whom the table above says.
    pub(super) fn replace(&self, content: Content<B>) -> Content<B> {
        self.0.with_mut(|place| {
            // SAFETY: the caller owns the stage by the state machine, so nobody else reads or writes it.
            unsafe { std::mem::replace(&mut *place, content) }
        })
    }

    /// Runs one step of the body; only for the worker that started it.
    pub(super) fn step(
        &self,
        waker: impl FnOnce() -> Waker,
    ) -> std::thread::Result<Poll<B::Output>> {
        self.0.with_mut(|place| {
            // SAFETY: the caller owns the stage by the state machine, so this is the only reference.
            let content = unsafe { &mut *place };
            let Content::Body(body) = content else {
                unreachable!("a task that may start has its body")
            };
            panic::catch_unwind(AssertUnwindSafe(|| body.step(waker)))
        })
    }

    /// Shows the outcome; only for whom the table above says, once the future is done.
    pub(super) fn with_outcome<R>(
        &self,
        show: impl FnOnce(Result<&B::Output, &TaskError>) -> R,
    ) -> R {
        self.0.with(|place| {
            // SAFETY: the caller owns the stage by the state machine, so nobody writes it meanwhile.
            let content = unsafe { &*place };
            match content {
                Content::Value(value) => show(Ok(value)),
                Content::Failed(error) => show(Err(error)),
                Content::Body(_) => unreachable!("a done task has no body"),
                Content::Empty => panic!("the outcome of this future was already taken"),
            }
        })
    }
}

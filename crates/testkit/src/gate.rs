//! A gate that a test opens.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use creel_core::Context;

use crate::Watched;

/// A gate that holds whoever comes to it until the test opens it.
///
/// Clones are the same gate. Blocking code goes through with [`wait`](Gate::wait), asynchronous code with
/// [`pass`](Gate::pass). A gate that nobody opens makes a fake that hangs until it is cancelled.
#[derive(Clone, Debug)]
pub struct Gate {
    state: Arc<Watched<State>>,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    reached: usize,
    waiting: usize,
    wakers: Vec<Waker>,
}

/// How somebody left a [`Gate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Passage {
    /// The gate is open.
    Opened,
    /// The gate is shut and the caller asked to stop.
    Cancelled,
}

impl Gate {
    /// A gate that is shut.
    pub fn closed() -> Self {
        Self {
            state: Arc::default(),
        }
    }

    /// Opens the gate for good and lets everyone through.
    pub fn open(&self) {
        let wakers = self.state.change(|state| {
            state.is_open = true;
            std::mem::take(&mut state.wakers)
        });
        for waker in wakers {
            waker.wake();
        }
    }

    /// Resolves once the gate is open, or once `context` is cancelled.
    pub fn pass(&self, context: &Context) -> Passing {
        Passing {
            gate: self.clone(),
            context: context.clone(),
            has_come: false,
        }
    }

    /// Blocks until the gate is open, or until `context` is cancelled.
    pub fn wait(&self, context: &Context) -> Passage {
        pollster::block_on(self.pass(context))
    }

    /// Blocks until so many have come to this gate since it was made, whether they are through or not.
    pub fn wait_until_reached(&self, count: usize) {
        self.state.wait_until(|state| state.reached >= count);
    }

    /// How many are held right now.
    pub fn waiting(&self) -> usize {
        self.state.read(|state| state.waiting)
    }
}

/// The way through a [`Gate`], as a future.
#[derive(Debug)]
#[must_use = "nobody goes through unless this is awaited"]
pub struct Passing {
    gate: Gate,
    context: Context,
    has_come: bool,
}

impl Future for Passing {
    type Output = Passage;

    fn poll(mut self: Pin<&mut Self>, task: &mut std::task::Context<'_>) -> Poll<Passage> {
        let first = !std::mem::replace(&mut self.has_come, true);
        let is_open = self.gate.state.change(|state| {
            if first {
                state.reached += 1;
                state.waiting += 1;
            }
            if !state.is_open && !state.wakers.iter().any(|w| w.will_wake(task.waker())) {
                state.wakers.push(task.waker().clone());
            }
            state.is_open
        });
        if is_open {
            return Poll::Ready(Passage::Opened);
        }
        if self.context.is_cancelled() {
            return Poll::Ready(Passage::Cancelled);
        }
        self.context.on_cancel(task.waker());
        Poll::Pending
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if self.has_come {
            self.gate.state.change(|state| state.waiting -= 1);
        }
    }
}

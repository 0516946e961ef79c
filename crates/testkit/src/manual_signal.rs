//! A request to stop that a test raises.

use std::sync::Arc;
use std::task::Waker;

use creel_core::{CancelSignal, Context};

use crate::Watched;

/// A request to stop that a test raises, and that knows whether anybody looked at it.
///
/// Clones are the same signal.
#[derive(Clone, Debug, Default)]
pub struct ManualSignal {
    state: Arc<Watched<State>>,
}

#[derive(Debug, Default)]
struct State {
    is_cancelled: bool,
    looks: usize,
    wakers: Vec<Waker>,
}

impl ManualSignal {
    /// A signal that was not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the signal and wakes whoever registered; once raised it stays so.
    pub fn cancel(&self) {
        let wakers = self.state.change(|state| {
            state.is_cancelled = true;
            std::mem::take(&mut state.wakers)
        });
        for waker in wakers {
            waker.wake();
        }
    }

    /// A context that carries this signal.
    pub fn context(&self) -> Context {
        Context::new().with_signal(Arc::new(self.clone()))
    }

    /// Blocks until somebody asked whether the signal is raised, or registered a waker.
    pub fn wait_until_looked_at(&self) {
        self.state.wait_until(|state| state.looks > 0);
    }
}

impl CancelSignal for ManualSignal {
    fn is_cancelled(&self) -> bool {
        self.state.change(|state| {
            state.looks += 1;
            state.is_cancelled
        })
    }

    fn register(&self, waker: &Waker) {
        let wakes_now = self.state.change(|state| {
            state.looks += 1;
            if !state.is_cancelled && !state.wakers.iter().any(|known| known.will_wake(waker)) {
                state.wakers.push(waker.clone());
            }
            state.is_cancelled
        });
        if wakes_now {
            waker.wake_by_ref();
        }
    }
}

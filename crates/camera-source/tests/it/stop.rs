//! A signal that tells when somebody waits for it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use creel_core::CancelSignal;

/// A request to stop that the test makes.
pub(crate) struct Stop {
    state: Mutex<State>,
    registered: Sender<()>,
}

#[derive(Default)]
struct State {
    is_cancelled: bool,
    wakers: Vec<Waker>,
}

impl Stop {
    /// The signal, and what receives something for each waker that is registered.
    pub(crate) fn new() -> (Arc<Self>, Receiver<()>) {
        let (registered, receiver) = channel();
        let stop = Self {
            state: Mutex::default(),
            registered,
        };
        (Arc::new(stop), receiver)
    }

    pub(crate) fn cancel(&self) {
        let wakers = {
            let mut state = self.state.lock().unwrap();
            state.is_cancelled = true;
            std::mem::take(&mut state.wakers)
        };
        wakers.iter().for_each(Waker::wake_by_ref);
    }
}

impl CancelSignal for Stop {
    fn is_cancelled(&self) -> bool {
        self.state.lock().unwrap().is_cancelled
    }

    fn register(&self, waker: &Waker) {
        let mut state = self.state.lock().unwrap();
        if state.is_cancelled {
            waker.wake_by_ref();
        } else {
            state.wakers.push(waker.clone());
        }
        drop(state);
        // A test that does not ask has dropped the receiver.
        self.registered.send(()).ok();
    }
}

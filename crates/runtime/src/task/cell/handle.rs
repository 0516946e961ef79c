//! A task as those see it who hold its future, or watch for a request to stop it.

use std::task::Waker;

use creel_core::CancelSignal;
use creel_core::future::{Observe, Snapshot, State as Life, Take};

use super::Cell;
use crate::error::TaskError;
use crate::guard;
use crate::task::Handle;
use crate::task::body::Body;
use crate::task::observers::Callback;
use crate::task::options::Side;

impl<B: Body, S: Side> Handle<B::Output> for Cell<B, S> {
    fn add_callback(&self, callback: Callback<B::Output>) {
        let mut observers = self.observers.lock();
        observers.add_callback(callback);
        let too_late = match Cell::state(self).advance(Snapshot::observe).0 {
            Observe::Registered => None,
            Observe::Settled => observers.remove_last_callback(),
        };
        drop(observers);
        if let Some(callback) = too_late {
            guard::run_quietly("a done callback", || self.with_outcome(callback));
        }
    }

    fn take(&self) -> Option<Result<B::Output, TaskError>> {
        let (action, before) = Cell::state(self).advance(Snapshot::take);
        match action {
            Take::NotYet => None,
            Take::Gone => panic!("the outcome of this future was already taken"),
            Take::Outcome => Some(self.take_outcome(before.state())),
        }
    }

    fn show(&self, see: &mut dyn FnMut(Result<&B::Output, &TaskError>)) {
        self.with_outcome(see);
    }
}

impl<B: Body, S: Side> Cell<B, S> {
    /// Moves the value out, if it is there, for whoever alone holds the task and lets go of it, without telling anybody.
    #[inline]
    pub(in crate::task) fn take_alone(&self) -> Option<B::Output> {
        let life = Cell::state(self).load();
        life.has_value().then(|| self.stage.take_value())
    }
}

impl<B: Body, S: Side> CancelSignal for Cell<B, S> {
    fn is_cancelled(&self) -> bool {
        let life = Cell::state(self).load();
        life.is_cancel_requested()
            || life.state() == Life::Cancelled
            || self.parent().is_some_and(|parent| parent.is_cancelled())
    }

    fn register(&self, waker: &Waker) {
        let own = waker.clone();
        let mut observers = self.observers.lock();
        // The mark lets whoever settles the task drop the waker, which may hold the task itself.
        let observe = Cell::state(self).advance(Snapshot::observe).0;
        if observe == Observe::Registered {
            observers.add_cancel_waker(own);
        }
        drop(observers);
        if let Some(parent) = self.parent() {
            parent.register(waker);
        }
        // In before the look: a request that comes in between finds the waker in the list.
        if self.is_cancelled() {
            waker.wake_by_ref();
        }
    }
}

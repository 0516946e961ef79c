//! A task as those see it who hold its future, wait for it, or watch for a request to stop it.

use std::sync::Arc;
use std::task::Waker;

use creel_core::CancelSignal;
use creel_core::future::{Detach, Observe, Snapshot, State as Life, Take};

use super::Cell;
use crate::error::TaskError;
use crate::guard;
use crate::pool::Pen;
use crate::task::body::Body;
use crate::task::home::{Home, Left};
use crate::task::observers::{Callback, Waiter};
use crate::task::stage::Content;
use crate::task::{Awaited, Handle, Runnable, Waiting};

impl<B: Body> Handle<B::Output> for Cell<B> {
    fn request_cancel(&self) -> bool {
        self.end(Snapshot::request_cancel, TaskError::Cancelled)
    }

    fn add_callback(&self, callback: Callback<B::Output>) {
        let mut observers = self.observers.lock();
        observers.add_callback(callback);
        let too_late = match self.state.advance(Snapshot::observe).0 {
            Observe::Registered => None,
            Observe::Settled => observers.remove_last_callback(),
        };
        drop(observers);
        if let Some(callback) = too_late {
            guard::run_quietly("a done callback", || self.stage.with_outcome(callback));
        }
    }

    fn name(&self) -> Option<&str> {
        self.extras.as_ref()?.name.as_deref()
    }

    fn error(&self) -> Option<TaskError> {
        self.stage.with_outcome(|outcome| outcome.err().cloned())
    }

    fn take(&self) -> Option<Result<B::Output, TaskError>> {
        match self.state.advance(Snapshot::take).0 {
            Take::NotYet => None,
            Take::Gone => panic!("the outcome of this future was already taken"),
            Take::Outcome => match self.stage.replace(Content::Empty) {
                Content::Value(value) => Some(Ok(value)),
                Content::Failed(error) => Some(Err(error)),
                Content::Body(_) | Content::Empty => unreachable!("a settled task has its outcome"),
            },
        }
    }

    fn detach(&self) {
        if let (Detach::DropValue, _) = self.state.advance(Snapshot::detach) {
            let value = self.stage.replace(Content::Empty);
            guard::drop_quietly("the value of a future that was dropped", value);
        }
    }

    fn cancel(&self) -> bool {
        Runnable::cancel(self)
    }

    fn show(&self, see: &mut dyn FnMut(Result<&B::Output, &TaskError>)) {
        self.stage.with_outcome(see);
    }
}

impl<B: Body> Awaited for Cell<B> {
    fn life(&self) -> Snapshot {
        self.state.load()
    }

    fn wait_with(&self, waker: &Waker, who: Waiter) -> Observe {
        let waker = waker.clone();
        let mut observers = self.observers.lock();
        let replaced = observers.add_waiter(waker, who);
        let observe = self.state.advance(Snapshot::observe).0;
        drop(observers);
        drop(replaced);
        observe
    }

    fn wait_no_longer(&self, who: Waiter) {
        let removed = self.observers.lock().remove_waiter(who);
        drop(removed);
    }

    fn waiting(&self) -> Waiting {
        Cell::waiting(self)
    }

    fn before(&self) -> Option<Arc<dyn Awaited>> {
        self.extras.as_ref()?.before.as_ref()?.upgrade()
    }

    fn home(&self) -> Option<&Home> {
        self.home.get()
    }

    fn run_in_place(self: Arc<Self>, pool: usize, pen: &Pen) {
        if self.home.get().is_some_and(|home| home.pool() == pool) {
            self.run_steps(Left::Task, Some(pen));
        }
    }
}

impl<B: Body> CancelSignal for Cell<B> {
    fn is_cancelled(&self) -> bool {
        let life = self.state.load();
        life.is_cancel_requested()
            || life.state() == Life::Cancelled
            || self.parent().is_some_and(|parent| parent.is_cancelled())
    }

    fn register(&self, waker: &Waker) {
        let own = waker.clone();
        let mut observers = self.observers.lock();
        // The mark lets whoever settles the task drop the waker, which may hold the task itself.
        let observe = self.state.advance(Snapshot::observe).0;
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

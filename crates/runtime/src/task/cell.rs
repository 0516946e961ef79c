//! Where a task lives: its state, its body, and later its outcome, in one allocation.

mod handle;
mod layout;
mod runnable;
mod running;

use std::future::Future;

use creel_core::future::{Body as Kind, End, Settle, Snapshot, State as Life};
use creel_core::ledger::Event;

use super::body::{Body, Boxed, LARGE, Polled};
use super::current;
use super::deadline::Deadline;
use super::ending;
use super::header::{Address, Header};
use super::home::{Home, Left, Residence};
use super::label::Label;
use super::observers::{Callback, Observers};
use super::options::{Extras, Options, Side};
use super::reference::{CellRef, HandleRef, TaskRef};
use super::stage::Stage;
use super::state::State;
use super::{Runnable, Waiting};
use crate::error::{Abandoned, TaskError};
use crate::guard;
use crate::scope::Member;

/// A task, shared by its handle, the queue that holds it and the wakers of its body.
#[repr(C)]
pub(crate) struct Cell<B: Body, S: Side> {
    header: Header,
    observers: Observers<B::Output>,
    /// Whose it is, and what stands there, the life in the header says.
    stage: Stage<B>,
    side: S,
}

impl<B: Body> Cell<B, Extras> {
    pub(crate) fn with_options(body: B, options: Options) -> (CellRef<B, Extras>, TaskRef) {
        Self::with_side(body, options.into_extras())
    }
}

/// A task that polls a future, and carries this.
pub(crate) fn of_future<F, S>(future: F, side: S) -> (HandleRef<F::Output>, TaskRef)
where
    F: Future<Output: Send + 'static> + Send + 'static,
    S: Side,
{
    fn split<B: Body, S: Side>(pair: (CellRef<B, S>, TaskRef)) -> (HandleRef<B::Output>, TaskRef) {
        let (cell, task) = pair;
        (cell.into_handle(), task)
    }
    if size_of::<F>() < LARGE {
        split(Cell::with_side(Polled(future), side))
    } else {
        split(Cell::with_side(Boxed(Box::pin(future)), side))
    }
}

impl<B: Body, S: Side> Cell<B, S> {
    /// A task that carries this.
    pub(crate) fn with_side(body: B, side: S) -> (CellRef<B, S>, TaskRef) {
        Self::pair(Snapshot::new(B::KIND), body, side, None)
    }

    /// A task that its pool makes itself, so that nobody can end it before it is bound.
    pub(crate) fn at_home(body: B, side: S, home: Home) -> (CellRef<B, S>, TaskRef) {
        Self::pair(Snapshot::new(B::KIND).bind(), body, side, Some(home))
    }

    /// Two holds, one for the handle and one for the queue.
    fn pair(life: Snapshot, body: B, side: S, home: Option<Home>) -> (CellRef<B, S>, TaskRef) {
        let address = home.map_or_else(Address::default, |home| home.enter(&side));
        CellRef::pair(|| Self {
            header: Header::new::<B, S>(life, address),
            observers: Observers::new(),
            stage: Stage::new(body),
            side,
        })
    }

    fn state(&self) -> &State {
        &self.header.state
    }

    fn extras(&self) -> Option<&Extras> {
        self.side.extras()
    }

    /// Where the task is at home, once an executor took it.
    fn home(&self) -> Option<Residence<'_>> {
        Residence::of(&self.header, self.side.lodging())
    }

    /// The task as the graph of waits knows it.
    fn waiting(&self) -> Waiting {
        let label = match self.extras().and_then(|extras| extras.name.clone()) {
            Some(name) => Label::Name(name),
            None => Label::Body(self.member().map_or_else(B::type_name, Member::type_name)),
        };
        Waiting {
            id: self.id(),
            label,
        }
    }

    /// What names the task for as long as it lives.
    fn id(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn deadline(&self) -> Option<&Deadline> {
        self.extras()?.deadline.as_ref()
    }

    fn member(&self) -> Option<&Member> {
        self.extras()?.member.as_ref()
    }

    fn parent(&self) -> Option<&TaskRef> {
        self.extras()?.parent.as_ref()
    }

    /// Takes the body back from a task that has not started; `None` if it has, or was cancelled.
    pub(crate) fn reclaim(&self) -> Option<B> {
        let (End::Settle, _) = Cell::state(self).advance(Snapshot::abandon) else {
            return None;
        };
        self.count_here(Event::Reclaimed);
        let body = self.stage.take_body();
        self.put_error(TaskError::Abandoned(Abandoned::ShutDown));
        self.leave_queue(Left::Task);
        self.settle();
        Some(body)
    }

    /// Drops the body, and stores the outcome that ends the task without it.
    fn end_with(&self, error: TaskError) {
        self.stage.drop_body("the body of a task that will not run");
        self.put_error(error);
    }

    /// Stores an error, as far as the state does not say all of it.
    fn put_error(&self, error: TaskError) {
        match error {
            TaskError::Cancelled | TaskError::Expired => {}
            TaskError::Panicked(_) | TaskError::Abandoned(_) => {
                self.stage.put_error(Box::new(error));
            }
        }
    }

    /// Ends the task without its body, if the transition says so; whether it did.
    fn end(&self, transition: impl Fn(Snapshot) -> (End, Snapshot), error: TaskError) -> bool {
        let (action, before) = Cell::state(self).advance(&transition);
        if action == End::Nothing {
            return false;
        }
        // An executor that takes the task from here on finds it done.
        let home = Cell::home(self).filter(|_| before.is_bound());
        if let (End::Settle, Some(home)) = (action, &home) {
            self.count_step(home, before, transition(before).1);
        }
        let wakers = self.observers.lock().take_cancel_wakers();
        for waker in wakers {
            guard::run_quietly("a waker", || waker.wake());
        }
        if action == End::Requested {
            return false;
        }
        let _ending = home.as_ref().map(|home| ending::enter(home.pool()));
        self.end_with(error);
        if before.state() == Life::Pending {
            self.disarm();
            if let Some(home) = home {
                home.left_queue(Left::Task, Runnable::weight(self));
            }
        }
        self.settle();
        true
    }

    /// Counts a step that led from one life to another.
    fn count_step(&self, home: &Residence<'_>, before: Snapshot, after: Snapshot) {
        if let Some(event) = Event::between(before.state(), after.state()) {
            home.count(self.id(), event);
        }
    }

    /// Counts what happened away from the worker that runs the task.
    fn count_here(&self, event: Event) {
        if let Some(home) = Cell::home(self) {
            home.count(self.id(), event);
        }
    }

    /// The task or its entry has left its executor's queue, if it was not said before.
    fn leave_queue(&self, left: Left) {
        if left != Left::Entry {
            self.disarm();
        }
        if let Some(home) = Cell::home(self) {
            home.left_queue(left, Runnable::weight(self));
        }
    }

    /// Nobody has to watch over the deadline any more.
    fn disarm(&self) {
        if let Some(deadline) = self.deadline() {
            deadline.disarm();
        }
    }

    /// Runs the callbacks, opens the outcome to the handle, and wakes whoever waits.
    fn settle(&self) {
        let (action, before) = Cell::state(self).advance(Snapshot::settle);
        self.go_on_to_settle(action, before);
    }

    /// Ends a task whose body has run, by a transition to its outcome.
    fn end_run(&self, transition: impl Fn(Snapshot) -> Snapshot) {
        // Mostly nobody waits yet, and one step is enough.
        let (action, before) = Cell::state(self).advance(|life| transition(life).settle());
        self.go_on_to_settle(action, before);
    }

    /// Does what the first try to settle the future has answered.
    fn go_on_to_settle(&self, mut action: Settle, mut before: Snapshot) {
        let mut observed = false;
        loop {
            match action {
                Settle::Deliver => {
                    observed = true;
                    let callbacks = self.observers.lock().take_callbacks();
                    self.call(callbacks);
                }
                Settle::Keep => break,
                Settle::DropValue => {
                    let value = self.stage.take_value();
                    guard::drop_quietly("the value of a task that was detached", value);
                    break;
                }
            }
            (action, before) = Cell::state(self).advance(Snapshot::settle);
        }
        let is_bound = before.is_bound();
        if observed {
            let mut leftovers = self.observers.lock().take_leftovers();
            for waiter in leftovers.take_waiters() {
                guard::run_quietly("a waker", || waiter.wake());
            }
            guard::drop_quietly("a waker", leftovers);
        }
        if is_bound {
            self.leave();
        }
        // The last step: what the body borrowed may be gone after it.
        if let Some(member) = self.member() {
            member.leave();
        }
    }

    fn call(&self, callbacks: Vec<Callback<B::Output>>) {
        if callbacks.is_empty() {
            return;
        }
        // A callback that waits for this very future waits for itself.
        let _entered = current::enter_callbacks(self.waiting());
        for callback in callbacks {
            guard::run_quietly("a done callback", || self.with_outcome(callback));
        }
    }

    /// An async task is done and settled: its executor forgets it.
    fn leave(&self) {
        if B::KIND == Kind::Future
            && let Some(home) = Cell::home(self)
        {
            home.ended();
        }
    }

    /// Shows the outcome; only for whom the state says, once the future is done.
    fn with_outcome<R>(&self, see: impl FnOnce(Result<&B::Output, &TaskError>) -> R) -> R {
        /// Those that the state tells all of.
        static CANCELLED: TaskError = TaskError::Cancelled;
        static EXPIRED: TaskError = TaskError::Expired;
        let life = Cell::state(self).load();
        assert!(
            !life.is_taken(),
            "the outcome of this future was already taken"
        );
        match life.state() {
            Life::Succeeded => self.stage.with_value(|value| see(Ok(value))),
            Life::Cancelled => see(Err(&CANCELLED)),
            Life::Expired => see(Err(&EXPIRED)),
            Life::Panicked | Life::Abandoned => self.stage.with_error(|error| see(Err(error))),
            Life::Pending | Life::Running | Life::Suspended | Life::Queued => {
                unreachable!("a future that is not done has no outcome")
            }
        }
    }

    /// Moves the outcome out; only for whom the state says, once.
    fn take_outcome(&self, outcome: Life) -> Result<B::Output, TaskError> {
        match outcome {
            Life::Succeeded => Ok(self.stage.take_value()),
            Life::Cancelled => Err(TaskError::Cancelled),
            Life::Expired => Err(TaskError::Expired),
            Life::Panicked | Life::Abandoned => Err(*self.stage.take_error()),
            Life::Pending | Life::Running | Life::Suspended | Life::Queued => {
                unreachable!("a future that is not done has no outcome")
            }
        }
    }

    /// Nobody holds the task any more. One that is suspended can be woken by nobody, and ends here; whoever waits for its
    /// end is told. The outcome goes, if it was not taken.
    fn end_unheld(&self) {
        if !Cell::state(self).load().state().is_done() {
            self.end(Snapshot::cancel, TaskError::Cancelled);
        }
        let life = Cell::state(self).load();
        if !life.is_taken() {
            let outcome = self.take_outcome(life.state());
            guard::drop_quietly("the outcome of a task", outcome);
        }
    }
}

/// Why an async task is queued again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requeue {
    /// It was woken between two polls.
    Woken,
    /// It was woken during its poll; others go first.
    Yielded,
}

#[cfg(all(test, creel_loom))]
mod interleavings;

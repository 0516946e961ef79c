//! Where a task lives: its state, its body, and later its outcome, in one allocation.

mod handle;
mod runnable;

use std::sync::Arc;
use std::task::{Poll, Waker};

use creel_core::CancelSignal;
use creel_core::future::{Body as Kind, End, Settle, Snapshot, Start, State as Life, Suspend};
use creel_core::ledger::Event;

use super::body::Body;
use super::current;
use super::deadline::Deadline;
use super::ending;
use super::home::{Home, Left};
use super::label::Label;
use super::observers::{Callback, Observers};
use super::options::{Extras, Options};
use super::stage::{Content, Stage};
use super::state::State;
use super::stopwatch::{Step, Stopwatch};
use super::{Runnable, Task, Waiting};
use crate::error::{Abandoned, Panic, TaskError};
use crate::guard;
use crate::pool::Pen;
use crate::scope::Member;
use crate::sync::{Mutex, OnceCell};

/// A task, shared by its handle, the queue that holds it and the wakers of its body.
pub(crate) struct Cell<B: Body> {
    state: State,
    /// Whose it is, the state says.
    stage: Stage<B>,
    observers: Mutex<Observers<B::Output>>,
    home: OnceCell<Home>,
    stopwatch: Stopwatch,
    extras: Option<Box<Extras>>,
}

impl<B: Body> Cell<B> {
    pub(crate) fn with_options(body: B, options: Options) -> Self {
        Self::with_extras(body, options.into_extras())
    }

    /// A task that carries this, if anything.
    pub(crate) fn with_extras(body: B, extras: Option<Box<Extras>>) -> Self {
        Self::new(Snapshot::new(B::KIND), body, OnceCell::new(), extras)
    }

    /// A task that its executor makes itself, so that nobody can end it before it is bound.
    pub(crate) fn at_home(body: B, extras: Option<Box<Extras>>, home: Home) -> Self {
        let home = OnceCell::with_value(home);
        Self::new(Snapshot::new(B::KIND).bind(), body, home, extras)
    }

    fn new(life: Snapshot, body: B, home: OnceCell<Home>, extras: Option<Box<Extras>>) -> Self {
        Self {
            state: State::new(life),
            stage: Stage::new(body),
            observers: Mutex::new(Observers::new()),
            home,
            stopwatch: Stopwatch::stopped(),
            extras,
        }
    }

    /// The task that this one continues has ended without a value, and so does this one.
    pub(crate) fn inherit(&self, outcome: Life, error: TaskError) {
        self.end(|life| life.inherit(outcome), error);
    }

    /// Names the task to this thread while its body runs, and enters its span.
    fn enter(self: &Arc<Self>) -> (current::Entered, Option<tracing::span::Entered<'_>>) {
        let task: Arc<dyn Runnable> = self.clone();
        let span = self.extras.as_ref().and_then(|extras| extras.span.as_ref());
        (current::enter(task), span.map(tracing::Span::enter))
    }

    /// The task as the graph of waits knows it.
    fn waiting(&self) -> Waiting {
        let label = match self.extras.as_ref().and_then(|extras| extras.name.clone()) {
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
        self.extras.as_ref()?.deadline.as_ref()
    }

    fn member(&self) -> Option<&Member> {
        self.extras.as_ref()?.member.as_ref()
    }

    fn parent(&self) -> Option<&Arc<dyn CancelSignal>> {
        self.extras.as_ref()?.parent.as_ref()
    }

    /// Takes the body back from a task that has not started; `None` if it has, or was cancelled.
    pub(crate) fn reclaim(&self) -> Option<B> {
        let (End::Settle, _) = self.state.advance(Snapshot::abandon) else {
            return None;
        };
        self.count_here(Event::Reclaimed);
        let stage = self
            .stage
            .replace(Content::Failed(TaskError::Abandoned(Abandoned::ShutDown)));
        self.leave_queue(Left::Task);
        self.settle();
        match stage {
            Content::Body(body) => Some(body),
            _ => None,
        }
    }

    /// Stores the outcome that ends a task without its body, and drops the body.
    fn end_with(&self, error: TaskError) {
        let body = self.stage.replace(Content::Failed(error));
        guard::drop_quietly("the body of a task that will not run", body);
    }

    /// Ends the task without its body, if the transition says so; whether it did.
    fn end(&self, transition: impl Fn(Snapshot) -> (End, Snapshot), error: TaskError) -> bool {
        let (action, before) = self.state.advance(&transition);
        if action == End::Nothing {
            return false;
        }
        // An executor that takes the task from here on finds it done.
        let home = self.home.get().filter(|_| before.is_bound());
        if let (End::Settle, Some(home)) = (action, home) {
            self.count_step(home, before, transition(before).1);
        }
        let wakers = self.observers.lock().take_cancel_wakers();
        for waker in wakers {
            guard::run_quietly("a waker", || waker.wake());
        }
        if action == End::Requested {
            return false;
        }
        let _ending = home.map(|home| ending::enter(home.pool()));
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
    fn count_step(&self, home: &Home, before: Snapshot, after: Snapshot) {
        if let Some(event) = Event::between(before.state(), after.state()) {
            home.count(self.id(), event);
        }
    }

    /// Counts what happened away from the worker that runs the task.
    fn count_here(&self, event: Event) {
        if let Some(home) = self.home.get() {
            home.count(self.id(), event);
        }
    }

    /// The task or its entry has left its executor's queue, if it was not said before.
    fn leave_queue(&self, left: Left) {
        if left != Left::Entry {
            self.disarm();
        }
        if let Some(home) = self.home.get() {
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
        let mut observed = false;
        let is_bound = loop {
            let (action, before) = self.state.advance(Snapshot::settle);
            match action {
                Settle::Deliver => {
                    observed = true;
                    let callbacks = self.observers.lock().take_callbacks();
                    self.call(callbacks);
                }
                Settle::Keep => break before.is_bound(),
                Settle::DropValue => {
                    let value = self.stage.replace(Content::Empty);
                    guard::drop_quietly("the value of a task that was detached", value);
                    break before.is_bound();
                }
            }
        };
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
            guard::run_quietly("a done callback", || self.stage.with_outcome(callback));
        }
    }

    /// An async task is done and settled: its executor forgets it.
    fn leave(&self) {
        if B::KIND == Kind::Future
            && let Some(home) = self.home.get()
        {
            home.ended();
        }
    }

    /// Queues the task again where it is at home; a task that no executor took comes back, to be run here.
    fn requeue(self: Arc<Self>, how: Requeue) -> Option<Arc<Self>> {
        match self.home.get().and_then(Home::host) {
            Some(host) => {
                let host = Arc::clone(host);
                host.requeue(Task::new(self), how);
                None
            }
            None => Some(self),
        }
    }

    /// Measures the step of the body that is about to run.
    #[cold]
    fn begin(&self, pen: Option<&Pen>) -> Step {
        let step = self.stopwatch.begin();
        if let (Some(waited), Some(pen)) = (step.waited, pen) {
            pen.record_wait(waited);
        }
        step
    }

    /// Measures the step of the body that has run.
    #[cold]
    fn end_step<R>(&self, step: &Step, result: &std::thread::Result<Poll<R>>, pen: Option<&Pen>) {
        let ran = self.stopwatch.end(step);
        if let (Ok(Poll::Ready(_)) | Err(_), Some(pen)) = (result, pen) {
            pen.record_run(ran);
        }
    }

    /// Runs the body as far as it is to be run here, and says whether that ended the task.
    fn run_steps(self: Arc<Self>, left: Left, pen: Option<&Pen>) -> bool {
        let mut cell = self;
        loop {
            match cell.run_once(left, pen) {
                Ran::Again(same) => cell = same,
                Ran::ToTheEnd => return true,
                Ran::NoFurther => return false,
            }
        }
    }

    /// Runs the body once, or to its next suspension.
    ///
    /// `left` is what has left the queue when it starts. The steps of a task that a pool took are counted with the pen of
    /// its worker.
    fn run_once(self: Arc<Self>, left: Left, pen: Option<&Pen>) -> Ran<Self> {
        let count = |event| {
            if let Some(pen) = pen {
                pen.count(event);
                if let Some(home) = self.home.get() {
                    home.follow(self.id(), event, Some(pen.slot()));
                }
            }
        };
        if self.parent().is_some_and(|parent| parent.is_cancelled()) {
            self.end(Snapshot::cancel, TaskError::Cancelled);
        }
        // The alarm may be late, or there was none.
        if self.deadline().is_some_and(Deadline::has_passed) {
            self.end(Snapshot::expire, TaskError::Expired);
        }
        let (start, before) = self.state.advance(Snapshot::start);
        if start == Start::Run && before.state() == Life::Pending {
            self.leave_queue(left);
        } else if left == Left::Both {
            self.leave_queue(Left::Entry);
        }
        if start == Start::Skip {
            return Ran::NoFurther;
        }
        count(Event::Started);
        let watched = self.stopwatch.is_started().then(|| self.begin(pen));
        let step = {
            let _entered = self.enter();
            self.stage.step(|| Waker::from(Arc::clone(&self)))
        };
        if let Some(watched) = &watched {
            self.end_step(watched, &step, pen);
        }
        match step {
            Ok(Poll::Ready(value)) => {
                let body = self.stage.replace(Content::Value(value));
                guard::drop_quietly("the body of a task that has ended", body);
                count(Event::Succeeded);
                self.state.advance(|life| ((), life.finish()));
                self.settle();
            }
            Ok(Poll::Pending) => {
                count(Event::Announced);
                match self.state.advance(Snapshot::suspend).0 {
                    Suspend::Park => {
                        count(Event::Suspended);
                        return Ran::NoFurther;
                    }
                    Suspend::Requeue => {
                        count(Event::Yielded);
                        return match self.requeue(Requeue::Yielded) {
                            Some(same) => Ran::Again(same),
                            None => Ran::NoFurther,
                        };
                    }
                    Suspend::Cancel => {
                        count(Event::CancelledRunning);
                        self.end_with(TaskError::Cancelled);
                        self.settle();
                    }
                }
            }
            Err(payload) => {
                self.end_with(TaskError::Panicked(Panic::new(payload)));
                count(Event::Panicked);
                self.state.advance(|life| ((), life.panic()));
                self.settle();
            }
        }
        Ran::ToTheEnd
    }
}

/// How far a body ran.
enum Ran<C> {
    /// The task is done.
    ToTheEnd,
    /// It goes on later and elsewhere, or was nobody's to run.
    NoFurther,
    /// It is to go on here.
    Again(Arc<C>),
}

/// Why an async task is queued again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requeue {
    /// It was woken between two polls.
    Woken,
    /// It was woken during its poll; others go first.
    Yielded,
}

/// A suspended task that nobody can wake any more ends here, and whoever waits for its end is told.
impl<B: Body> Drop for Cell<B> {
    fn drop(&mut self) {
        if !self.state.load().state().is_done() {
            self.end(Snapshot::cancel, TaskError::Cancelled);
        }
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;

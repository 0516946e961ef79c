//! A task as its executor sees it, whoever waits for it, and whoever wakes it.

use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use creel_core::Context;
use creel_core::future::{
    Body as Kind, Detach, Observe, Snapshot, Start, State as Life, Wake as Next,
};
use creel_core::ledger::Event;

use super::{Cell, Requeue};
use crate::error::{Abandoned, TaskError};
use crate::guard;
use crate::pool::Pen;
use crate::task::body::Body;
use crate::task::deadline::Deadline;
use crate::task::header::Mark;
use crate::task::home::{Home, Left, Residence};
use crate::task::observers::Waiter;
use crate::task::options::Side;
use crate::task::reference::TaskRef;
use crate::task::{Runnable, Waiting};

impl<B: Body, S: Side> Runnable for Cell<B, S> {
    fn run_in_place(&self, me: TaskRef, pool: usize, pen: &Pen) -> TaskRef {
        if Cell::home(self).is_some_and(|home| home.pool() == pool) {
            self.run_steps(me, Left::Task, Some(pen)).1
        } else {
            me
        }
    }

    fn wake(&self, me: &TaskRef) {
        if self.is_queued_by_wake() && !self.requeue(me, Requeue::Woken) {
            me.clone().run(None);
        }
    }

    fn is_queued_by_wake(&self) -> bool {
        let mut announced = false;
        let (action, _) = Cell::state(self).advance(|life| {
            if life.state() == Life::Suspended && !announced {
                self.count_here(Event::Announced);
                announced = true;
            }
            life.wake()
        });
        match action {
            Next::Schedule => {
                self.count_here(Event::Woken);
                true
            }
            Next::Nothing => {
                if announced {
                    // Somebody else was quicker.
                    self.count_here(Event::Unchanged);
                }
                false
            }
        }
    }

    fn cancel(&self) -> bool {
        self.end(Snapshot::cancel, TaskError::Cancelled)
    }

    fn end_at_suspension(&self) -> bool {
        self.end(Snapshot::end_at_suspension, TaskError::Cancelled)
    }

    fn abandon(&self, why: Abandoned) -> bool {
        self.end(Snapshot::abandon, TaskError::Abandoned(why))
    }

    fn inherit(&self, outcome: Life, error: TaskError) {
        self.end(|life| life.inherit(outcome), error);
    }

    fn request_cancel(&self) -> bool {
        self.end(Snapshot::request_cancel, TaskError::Cancelled)
    }

    fn detach(&self) {
        if Cell::state(self).load().is_taken() {
            // There is nothing left that somebody would have to drop, or to stop.
            return;
        }
        if self.header.has(Mark::CancelsOnDrop) {
            self.request_cancel();
        }
        if let (Detach::DropValue, _) = Cell::state(self).advance(Snapshot::detach) {
            let value = self.stage.take_value();
            guard::drop_quietly("the value of a future that was dropped", value);
        }
    }

    fn cancel_on_drop(&self) {
        self.header.mark(Mark::CancelsOnDrop as u32);
    }

    fn bind(&self, home: Home) {
        self.header.enter(home.enter(&self.side));
        // Whoever ended it before this step had nobody to tell; whoever does so after it sees the home.
        let (_, life) = Cell::state(self).advance(|life| ((), life.bind()));
        if life.state().is_done() {
            if let Some(home) = Cell::home(self) {
                self.count_step(&home, Snapshot::new(B::KIND), life);
            }
            self.leave_queue(Left::Task);
        }
        if life.is_settled() {
            self.leave();
        }
    }

    fn location(&self) -> Option<&'static Location<'static>> {
        Some(self.extras()?.location)
    }

    fn await_task(&self, awaited: &dyn Runnable) {
        if let Some(host) = Cell::home(self).and_then(|home| home.lister()) {
            host.await_task(self.id(), awaited.waiting().label);
        }
    }

    fn measure(&self) {
        if let Some(extras) = self.extras() {
            extras.stopwatch.start();
        }
    }

    fn is_timed(&self) -> bool {
        self.deadline().is_some()
    }

    fn arm(&self, me: &TaskRef) {
        if let (Some(deadline), Some(home)) = (self.deadline(), Cell::home(self)) {
            deadline.arm(home.clock(), me.downgrade());
            // It may have left the queue before the alarm was there to be called off. This step changes nothing, but comes
            // either before the one that ended the wait, which then sees the alarm, or after it.
            let (_, life) = Cell::state(self).advance(|life| ((), life));
            if life.state() != Life::Pending {
                deadline.disarm();
            }
        }
    }

    fn expire(&self) {
        if self.deadline().is_some_and(Deadline::has_passed) {
            self.end(Snapshot::expire, TaskError::Expired);
        }
    }

    fn would_run(&self) -> bool {
        Cell::state(self).load().start().0 == Start::Run
    }

    fn entry_left(&self) {
        self.leave_queue(Left::Entry);
    }

    fn kind(&self) -> Kind {
        B::KIND
    }

    fn weight(&self) -> u64 {
        self.extras().map_or(0, |extras| extras.weight)
    }

    fn state(&self) -> Life {
        Cell::state(self).load().state()
    }

    fn ticket(&self) -> Option<usize> {
        Cell::home(self)?.ticket()
    }

    fn waiting(&self) -> Waiting {
        Cell::waiting(self)
    }

    fn context(&self, me: TaskRef) -> Context {
        let deadline = self.deadline().and_then(Deadline::at);
        let context = Context::new().with_signal(Arc::new(me));
        match deadline {
            Some(deadline) => context.with_deadline(deadline),
            None => context,
        }
    }

    fn name(&self) -> Option<&str> {
        self.extras()?.name.as_deref()
    }

    fn error(&self) -> Option<TaskError> {
        self.with_outcome(|outcome| outcome.err().cloned())
    }

    fn wait_with(&self, waker: &Waker, who: Waiter) -> Observe {
        let waker = waker.clone();
        let mut observers = self.observers.lock();
        let replaced = observers.add_waiter(waker, who);
        let observe = Cell::state(self).advance(Snapshot::observe).0;
        drop(observers);
        drop(replaced);
        observe
    }

    fn wait_no_longer(&self, who: Waiter) {
        let removed = self.observers.lock().remove_waiter(who);
        drop(removed);
    }

    fn before(&self) -> Option<TaskRef> {
        self.extras()?.before.as_ref()?.upgrade()
    }

    fn home(&self) -> Option<Residence<'_>> {
        Cell::home(self)
    }
}

//! A task as its executor sees it, and whoever wakes it.

use std::panic::Location;
use std::sync::{Arc, Weak};
use std::task::Wake;

use creel_core::Context;
use creel_core::future::{Body as Kind, Snapshot, Start, State as Life, Wake as Next};
use creel_core::ledger::Event;

use super::{Cell, Requeue};
use crate::error::{Abandoned, TaskError};
use crate::pool::Pen;
use crate::task::body::Body;
use crate::task::deadline::Deadline;
use crate::task::home::{Home, Left};
use crate::task::{Awaited, Runnable, Waiting};

impl<B: Body> Runnable for Cell<B> {
    fn run(self: Arc<Self>, pen: Option<&Pen>) -> bool {
        self.run_steps(Left::Both, pen)
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

    fn bind(&self, home: Home) {
        let Ok(()) = self.home.set(home) else {
            unreachable!("a task is taken by one executor, once");
        };
        // Whoever ended it before this step had nobody to tell; whoever does so after it sees the home.
        let (_, life) = self.state.advance(|life| ((), life.bind()));
        if life.state().is_done() {
            if let Some(home) = self.home.get() {
                self.count_step(home, Snapshot::new(B::KIND), life);
            }
            self.leave_queue(Left::Task);
        }
        if life.is_settled() {
            self.leave();
        }
    }

    fn location(&self) -> Option<&'static Location<'static>> {
        Some(self.extras.as_ref()?.location)
    }

    fn await_task(&self, awaited: &dyn Awaited) {
        if let Some(host) = self.home.get().and_then(Home::lister) {
            host.await_task(self.id(), awaited.waiting().label);
        }
    }

    fn measure(&self) {
        self.stopwatch.start();
    }

    fn is_timed(&self) -> bool {
        self.deadline().is_some()
    }

    fn arm(self: Arc<Self>) {
        let task: Weak<Self> = Arc::downgrade(&self);
        if let (Some(deadline), Some(home)) = (self.deadline(), self.home.get()) {
            deadline.arm(home.clock(), task);
            // It may have left the queue before the alarm was there to be called off. This step changes nothing, but comes
            // either before the one that ended the wait, which then sees the alarm, or after it.
            let (_, life) = self.state.advance(|life| ((), life));
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
        self.state.load().start().0 == Start::Run
    }

    fn entry_left(&self) {
        self.leave_queue(Left::Entry);
    }

    fn kind(&self) -> Kind {
        B::KIND
    }

    fn weight(&self) -> u64 {
        self.extras.as_ref().map_or(0, |extras| extras.weight)
    }

    fn state(&self) -> Life {
        self.state.load().state()
    }

    fn ticket(&self) -> Option<usize> {
        self.home.get()?.ticket()
    }

    fn waiting(&self) -> Waiting {
        Cell::waiting(self)
    }

    fn context(self: Arc<Self>) -> Context {
        let deadline = self.deadline().and_then(Deadline::at);
        let context = Context::new().with_signal(self);
        match deadline {
            Some(deadline) => context.with_deadline(deadline),
            None => context,
        }
    }
}

impl<B: Body> Wake for Cell<B> {
    fn wake(self: Arc<Self>) {
        let mut announced = false;
        let (action, _) = self.state.advance(|life| {
            if life.state() == Life::Suspended && !announced {
                self.count_here(Event::Announced);
                announced = true;
            }
            life.wake()
        });
        match action {
            Next::Schedule => {
                self.count_here(Event::Woken);
                if let Some(cell) = self.requeue(Requeue::Woken) {
                    cell.run(None);
                }
            }
            // Somebody else was quicker.
            Next::Nothing if announced => self.count_here(Event::Unchanged),
            Next::Nothing => {}
        }
    }
}

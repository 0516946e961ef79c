//! Running a task's body: once, or from one suspension to the next.

use std::task::Poll;

use creel_core::future::{Body as Kind, Snapshot, Start, State as Life, Suspend};
use creel_core::ledger::Event;

use super::{Cell, Requeue};
use crate::error::{Panic, TaskError};
use crate::pool::Pen;
use crate::task::body::Body;
use crate::task::deadline::Deadline;
use crate::task::home::Left;
use crate::task::options::Side;
use crate::task::reference::TaskRef;
use crate::task::stopwatch::{Step, Stopwatch};
use crate::task::{Task, Turn, current};

/// What a step of a body leads to.
enum Next {
    /// The turn is over.
    Over(Turn),
    /// It is to go on here.
    Again,
}

impl<B: Body, S: Side> Cell<B, S> {
    /// Runs the body as far as it is to be run here; gives its hold back, and says what came of it.
    pub(in crate::task) fn run_steps(
        &self,
        mut me: TaskRef,
        left: Left,
        pen: Option<&Pen>,
    ) -> (Turn, TaskRef) {
        loop {
            let (next, same) = self.run_once(me, left, pen);
            me = same;
            if let Next::Over(turn) = next {
                return (turn, me);
            }
        }
    }

    /// Runs the body once, or to its next suspension.
    ///
    /// `left` is what has left the queue when it starts. The steps of a task that a pool took are counted with the pen of
    /// its worker.
    fn run_once(&self, me: TaskRef, left: Left, pen: Option<&Pen>) -> (Next, TaskRef) {
        let count = |event| {
            if let Some(pen) = pen {
                pen.count(event);
                if let Some(home) = Cell::home(self) {
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
        let (start, before) = Cell::state(self).advance(Snapshot::start);
        if start == Start::Run && before.state() == Life::Pending {
            self.leave_queue(left);
        } else if left == Left::Both {
            self.leave_queue(Left::Entry);
        }
        if start == Start::Skip {
            return (Next::Over(Turn::Skipped), me);
        }
        count(Event::Started);
        let stopwatch = self.extras().map(|extras| &extras.stopwatch);
        let watched = stopwatch
            .filter(|stopwatch| stopwatch.is_started())
            .map(|stopwatch| (stopwatch, begin(stopwatch, pen)));
        let (step, me) = {
            let span = self.extras().and_then(|extras| extras.span.as_ref());
            let _span = span.map(tracing::Span::enter);
            let waker = (B::KIND == Kind::Future).then(|| me.clone().into_waker());
            let entered = current::enter(me);
            let step = match &waker {
                Some(waker) => self.stage.poll(waker),
                None => self.stage.call(),
            };
            (step, entered.leave())
        };
        if let Some((stopwatch, watched)) = &watched {
            let ended = !matches!(step, Ok(Poll::Pending));
            end_step(stopwatch, watched, ended, pen);
        }
        match step {
            Ok(Poll::Ready(value)) => {
                if B::KIND == Kind::Future {
                    self.stage.drop_body("the body of a task that has ended");
                }
                self.stage.put_value(value);
                count(Event::Succeeded);
                self.end_run(Snapshot::finish);
            }
            Ok(Poll::Pending) => {
                count(Event::Announced);
                match Cell::state(self).advance(Snapshot::suspend).0 {
                    Suspend::Park => {
                        count(Event::Suspended);
                        return (Next::Over(Turn::Unfinished), me);
                    }
                    Suspend::Requeue => {
                        count(Event::Yielded);
                        let next = match self.requeue(&me, Requeue::Yielded) {
                            true => Next::Over(Turn::Unfinished),
                            false => Next::Again,
                        };
                        return (next, me);
                    }
                    Suspend::Cancel => {
                        count(Event::CancelledRunning);
                        self.end_with(TaskError::Cancelled);
                        self.settle();
                    }
                }
            }
            Err(payload) => {
                if B::KIND == Kind::Future {
                    self.stage.drop_body("the body of a task that has panicked");
                }
                self.put_error(TaskError::Panicked(Panic::new(payload)));
                count(Event::Panicked);
                self.end_run(Snapshot::panic);
            }
        }
        (Next::Over(Turn::Ended), me)
    }

    /// Queues the task again where it is at home; whether there is such a place.
    pub(super) fn requeue(&self, me: &TaskRef, how: Requeue) -> bool {
        let Some(host) = Cell::home(self).and_then(|home| home.host()) else {
            return false;
        };
        // The hold of whoever calls keeps the task, and that its executor, whatever becomes of the one that is queued.
        host.requeue(Task::new(me.clone()), how);
        true
    }
}

/// Measures the step of the body that is about to run.
#[cold]
fn begin(stopwatch: &Stopwatch, pen: Option<&Pen>) -> Step {
    let step = stopwatch.begin();
    if let (Some(waited), Some(pen)) = (step.waited, pen) {
        pen.record_wait(waited);
    }
    step
}

/// Measures the step of the body that has run.
#[cold]
fn end_step(stopwatch: &Stopwatch, step: &Step, ended: bool, pen: Option<&Pen>) {
    let ran = stopwatch.end(step);
    if let (true, Some(pen)) = (ended, pen) {
        pen.record_run(ran);
    }
}

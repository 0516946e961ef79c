//! The time past which a task need not start.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;

use super::WeakTask;
use crate::clock;
use crate::sync::OnceCell;

/// When a task is due, as it was said: by an executor's clock once one has taken it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    At(Instant),
    After(Duration),
}

/// A task's deadline, and the alarm that is set for it while the task waits in a queue.
pub(crate) struct Deadline {
    due: Due,
    armed: OnceCell<Armed>,
}

struct Armed {
    at: Instant,
    clock: Arc<dyn Clock>,
    alarm: OnceCell<Alarm>,
}

impl Deadline {
    pub(crate) fn new(due: Due) -> Self {
        Self {
            due,
            armed: OnceCell::new(),
        }
    }

    /// Has the task told when it is due, by the clock of the executor that took it. Whoever calls this looks afterwards
    /// whether the task has ended meanwhile, and disarms it then.
    pub(crate) fn arm(&self, clock: Arc<dyn Clock>, task: WeakTask) {
        let at = match self.due {
            Due::At(at) => at,
            Due::After(time) => match clock.now().checked_add(time) {
                Some(at) => at,
                // Past the end of the clock: it never comes.
                None => return,
            },
        };
        let armed = self.armed.get_or_init(|| Armed {
            at,
            clock,
            alarm: OnceCell::new(),
        });
        let waker = Waker::from(Arc::new(Expiry(task)));
        if let Some(alarm) = armed.clock.wake_at(at, waker) {
            armed
                .alarm
                .set(alarm)
                .expect("a task is taken by one executor, once");
        }
    }

    /// Calls the alarm off, if there is one.
    pub(crate) fn disarm(&self) {
        if let Some(armed) = self.armed.get()
            && let Some(alarm) = armed.alarm.get()
        {
            armed.clock.forget(*alarm);
        }
    }

    /// The deadline, if it is known: a time that counts from the submission is not before that.
    pub(crate) fn at(&self) -> Option<Instant> {
        match (self.armed.get(), self.due) {
            (Some(armed), _) => Some(armed.at),
            (None, Due::At(at)) => Some(at),
            (None, Due::After(_)) => None,
        }
    }

    pub(crate) fn has_passed(&self) -> bool {
        let Some(at) = self.at() else {
            return false;
        };
        let now = match self.armed.get() {
            Some(armed) => armed.clock.now(),
            None => clock::current().now(),
        };
        now >= at
    }
}

/// What a clock wakes when a task is due. It does not keep a task that has ended.
struct Expiry(WeakTask);

impl Wake for Expiry {
    fn wake(self: Arc<Self>) {
        if let Some(task) = self.0.upgrade() {
            task.expire();
        }
    }
}

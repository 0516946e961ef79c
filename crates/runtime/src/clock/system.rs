//! The system's time.

use std::io;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;

use super::timer::{Body, Timer};

/// The clock of the system.
///
/// All of them share one thread, `creel-timer`: it is started by the first alarm, sleeps until the next is due, and
/// ends a tenth of a second after there has been nothing left to wait for. It wakes the wakers, one after another,
/// so that one that blocks holds up the others; one that panics is reported through `tracing`. Those that are due when
/// it looks are taken out some at a time, and those woken in the order of their times. If the thread cannot be started,
/// that is reported, and the waker is woken at once.
///
/// ```
/// use std::sync::mpsc;
/// use std::sync::Arc;
/// use std::task::{Wake, Waker};
/// use std::time::Duration;
/// use creel_core::Clock;
/// use creel_runtime::SystemClock;
///
/// struct Bell(mpsc::Sender<()>);
///
/// impl Wake for Bell {
///     fn wake(self: Arc<Self>) {
///         self.0.send(()).unwrap();
///     }
/// }
///
/// let (rings, rung) = mpsc::channel();
/// let when = SystemClock.now() + Duration::from_millis(1);
/// SystemClock.wake_at(when, Waker::from(Arc::new(Bell(rings))));
/// rung.recv().unwrap();
/// assert!(SystemClock.now() >= when);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wake_at(&self, when: Instant, waker: Waker) -> Option<Alarm> {
        wake_at(Instant::now(), when, waker)
    }

    fn forget(&self, alarm: Alarm) {
        TIMER.forget(alarm);
    }
}

/// As [`Clock::wake_at`] of [`SystemClock`], for whoever has looked at the time.
pub(super) fn wake_at(now: Instant, when: Instant, waker: Waker) -> Option<Alarm> {
    TIMER.wake_at(now, when, waker)
}

/// Whether an alarm of [`SystemClock`] is known to have gone off, so that there is nothing to forget.
pub(super) fn has_gone_off(alarm: Alarm) -> bool {
    TIMER.has_gone_off(alarm)
}

static TIMER: Timer = Timer::new(LINGER, &start);

/// Long enough that a program with a timer now and then does not start a thread for each.
const LINGER: Duration = Duration::from_millis(100);

fn start(body: Body) -> io::Result<()> {
    let builder = thread::Builder::new().name(String::from("creel-timer"));
    // Nobody joins it: it leaves when nobody needs it, and the process's exit does not wait for it.
    builder.spawn(body).map(drop)
}

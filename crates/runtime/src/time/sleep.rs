//! A future that is ready at a time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, RawWakerVTable, Waker};
use std::time::{Duration, Instant};

use creel_core::port::Alarm;

use crate::clock::{self, InUse};

/// Waits for so long, without holding a thread.
///
/// Like every future it does nothing before it is polled: the time counts from the first poll, by the clock that
/// is [current](clock::current) there. A duration past the end of the clock never passes.
///
/// ```
/// use std::time::Duration;
/// use creel_runtime::{ThreadPool, sleep};
///
/// let pool = ThreadPool::builder().max_workers(1).build()?;
/// let naps: Vec<_> = (0..100_u64)
///     .map(|n| pool.spawn(async move {
///         sleep(Duration::from_millis(5)).await;
///         n
///     }))
///     .collect::<Result<_, _>>()?;
/// for (n, nap) in (0..100).zip(naps) {
///     assert_eq!(nap.result()?, n);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::new(Due::After(duration))
}

/// Waits until a time, without holding a thread; a time that has passed is ready at the first poll.
///
/// The time is one of the clock that is [current](clock::current) at the first poll.
///
/// ```
/// use std::time::Duration;
/// use creel_runtime::{clock, sleep_until};
///
/// let start = clock::current().now();
/// futures_executor::block_on(async {
///     for step in 1..=3 {
///         sleep_until(start + Duration::from_millis(step)).await;
///     }
/// });
/// assert!(clock::current().now() >= start + Duration::from_millis(3));
/// ```
pub fn sleep_until(when: Instant) -> Sleep {
    Sleep::new(Due::At(when))
}

/// Is ready once a time has come, and stays so; see [`sleep`] and [`sleep_until`].
///
/// It wakes the task that polled it last. Dropping it leaves nothing behind with the clock.
#[must_use = "nobody waits unless this is awaited"]
pub struct Sleep {
    due: Due,
    armed: Option<Armed>,
}

enum Due {
    /// So long after the first poll.
    After(Duration),
    At(Instant),
    /// Since the first poll, by the clock that was current there; never, if that is past the clock's end.
    By(Option<Instant>, InUse),
}

/// The alarm that the clock was asked for, and the waker that the clock has for it, as what tells it from others.
///
/// The clock keeps the waker until the time has come, and then it is not asked for: as long as it is, no other waker can
/// look like it.
struct Armed {
    number: u64,
    data: usize,
    table: &'static RawWakerVTable,
}

impl Sleep {
    fn new(due: Due) -> Self {
        Self { due, armed: None }
    }

    /// Lets the time count from here on, if it does not yet.
    pub(super) fn begin(&mut self) {
        if !matches!(self.due, Due::By(..)) {
            let _now = self.now();
        }
    }

    /// The time by the clock that it goes by, and counts from here on if it does not yet.
    pub(super) fn now(&mut self) -> Instant {
        if let Due::By(_, clock) = &self.due {
            return clock.now();
        }
        let clock = clock::in_use();
        let now = clock.now();
        let when = match self.due {
            Due::After(duration) => now.checked_add(duration),
            Due::At(when) => Some(when),
            Due::By(when, _) => when,
        };
        self.due = Due::By(when, clock);
        now
    }

    /// When it was due, once that has come.
    pub(super) fn poll_due(&mut self, waker: &Waker) -> Poll<Instant> {
        if let (Some(armed), Due::By(Some(when), clock)) = (&self.armed, &self.due)
            && clock.has_gone_off(Alarm::new(*when, armed.number))
        {
            let when = *when;
            self.armed = None;
            return Poll::Ready(when);
        }
        let now = self.now();
        let Due::By(Some(when), clock) = &self.due else {
            return Poll::Pending;
        };
        let when = *when;
        if now >= when {
            self.disarm();
            return Poll::Ready(when);
        }
        if !self.armed.as_ref().is_some_and(|armed| armed.is_for(waker)) {
            let clock = clock.clone();
            self.disarm();
            // Without an alarm the waker was woken already, and polls again.
            let waker = waker.clone();
            let (data, table) = (waker.data().addr(), waker.vtable());
            let alarm = clock.wake_at(now, when, waker);
            self.armed = alarm.map(|alarm| Armed {
                number: alarm.number(),
                data,
                table,
            });
        }
        Poll::Pending
    }

    /// Makes it wait for another time, or for ever.
    pub(super) fn restart(&mut self, when: Option<Instant>) {
        self.begin();
        self.disarm();
        if let Due::By(due, _) = &mut self.due {
            *due = when;
        }
    }

    fn disarm(&mut self) {
        if let Some(armed) = self.armed.take()
            && let Due::By(Some(when), clock) = &self.due
        {
            clock.forget(Alarm::new(*when, armed.number));
        }
    }
}

impl Armed {
    fn is_for(&self, waker: &Waker) -> bool {
        self.data == waker.data().addr() && std::ptr::eq(self.table, waker.vtable())
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.poll_due(context.waker()).map(drop)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.disarm();
    }
}

impl std::fmt::Debug for Sleep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Sleep");
        match &self.due {
            Due::After(duration) => debug.field("after", duration),
            Due::At(when) => debug.field("at", when),
            Due::By(when, _) => debug.field("due", when),
        };
        debug.finish_non_exhaustive()
    }
}

//! A future that is ready at a time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;

use crate::clock;

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
    /// Since the first poll.
    clock: Option<Arc<dyn Clock>>,
    /// What the clock was asked for, and whom it will wake.
    alarm: Option<(Alarm, Waker)>,
}

#[derive(Clone, Copy, Debug)]
enum Due {
    /// So long after the first poll.
    After(Duration),
    At(Instant),
    Never,
}

impl Sleep {
    fn new(due: Due) -> Self {
        Self {
            due,
            clock: None,
            alarm: None,
        }
    }

    /// Lets the time count from here on, if it does not yet; the clock that it goes by.
    pub(super) fn begin(&mut self) -> Arc<dyn Clock> {
        let clock = self.clock.get_or_insert_with(clock::current);
        if let Due::After(duration) = self.due {
            self.due = Due::of(clock.now().checked_add(duration));
        }
        Arc::clone(clock)
    }

    /// When it was due, once that has come.
    pub(super) fn poll_due(&mut self, waker: &Waker) -> Poll<Instant> {
        let clock = self.begin();
        let Due::At(when) = self.due else {
            return Poll::Pending;
        };
        if clock.now() >= when {
            self.disarm();
            return Poll::Ready(when);
        }
        let is_armed = matches!(&self.alarm, Some((_, known)) if known.will_wake(waker));
        if !is_armed {
            self.disarm();
            // Without an alarm the waker was woken already, and polls again.
            let alarm = clock.wake_at(when, waker.clone());
            self.alarm = alarm.map(|alarm| (alarm, waker.clone()));
        }
        Poll::Pending
    }

    /// Makes it wait for another time, or for ever.
    pub(super) fn restart(&mut self, when: Option<Instant>) {
        self.disarm();
        self.due = Due::of(when);
    }

    fn disarm(&mut self) {
        if let (Some((alarm, _)), Some(clock)) = (self.alarm.take(), &self.clock) {
            clock.forget(alarm);
        }
    }
}

impl Due {
    fn of(when: Option<Instant>) -> Self {
        when.map_or(Self::Never, Self::At)
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
        f.debug_struct("Sleep")
            .field("due", &self.due)
            .field("alarm", &self.alarm.as_ref().map(|(alarm, _)| alarm))
            .finish_non_exhaustive()
    }
}

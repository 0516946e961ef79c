//! A time that comes again and again.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::sleep::{Sleep, sleep};

/// Ticks at once, and then once a period.
///
/// The first tick is due at the first poll, by the clock that is [current](crate::clock::current) there; the
/// others at whole periods after it, so that lateness does not add up. **Ticks that are missed are skipped**:
/// whoever takes a tick late gets that one, and the next is due at the first whole period that is still to come.
///
/// ```
/// use std::time::Duration;
///
/// let ticks = futures_executor::block_on(async {
///     let mut interval = creel_runtime::interval(Duration::from_millis(2));
///     [interval.tick().await, interval.tick().await, interval.tick().await]
/// });
/// // A machine that stood still meanwhile has missed some.
/// assert!(ticks[2] - ticks[0] >= Duration::from_millis(4));
/// ```
///
/// # Panics
/// When the period is zero.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    assert!(!period.is_zero(), "the period of an interval is zero");
    Interval {
        period,
        next: sleep(Duration::ZERO),
    }
}

/// Ticks once a period; see [`interval()`].
#[derive(Debug)]
#[must_use = "an interval ticks for whoever asks it to"]
pub struct Interval {
    period: Duration,
    next: Sleep,
}

impl Interval {
    /// Waits for the next tick; the time that it was due, which has passed when it is taken late.
    ///
    /// Dropping the future that waits loses no tick.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|context| self.poll_tick(context)).await
    }

    /// The next tick if it is due; otherwise wakes the task once it is.
    pub fn poll_tick(&mut self, context: &mut Context<'_>) -> Poll<Instant> {
        let due = ready!(self.next.poll_due(context.waker()));
        let now = self.next.now();
        self.next.restart(following(due, self.period, now));
        Poll::Ready(due)
    }
}

/// The first whole period after `due` that is still to come; `None` when it is past the end of the clock.
fn following(due: Instant, period: Duration, now: Instant) -> Option<Instant> {
    let late = now.saturating_duration_since(due);
    now.checked_add(period - remainder(late, period))
}

fn remainder(time: Duration, period: Duration) -> Duration {
    const NANOS: u128 = Duration::from_secs(1).as_nanos();
    let nanos = time.as_nanos() % period.as_nanos();
    // It is less than the period, which is a duration.
    Duration::new((nanos / NANOS) as u64, (nanos % NANOS) as u32)
}

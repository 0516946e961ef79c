use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;
use creel_runtime::{Elapsed, Interval, SystemClock, clock, interval, sleep, sleep_until, timeout};
use creel_testkit::{LiveCount, ManualClock, WakeCount};
use proptest::prelude::*;

use crate::gate::pool_of;

const SECOND: Duration = Duration::from_secs(1);

/// A clock that stands still, entered on this thread.
fn entered() -> (ManualClock, clock::Entered) {
    let manual = ManualClock::new();
    let entered = clock::enter(Arc::new(manual.clone()));
    (manual, entered)
}

fn poll<F: Future + Unpin>(future: &mut F, wakes: &WakeCount) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(&wakes.waker()))
}

fn poll_tick(interval: &mut Interval) -> Poll<Instant> {
    interval.poll_tick(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_sleep_ends_when_its_time_has_come_and_not_before() {
    let (manual, _entered) = entered();
    let wakes = WakeCount::new();
    let mut sleep = sleep(5 * SECOND);
    assert!(poll(&mut sleep, &wakes).is_pending());
    manual.advance(4 * SECOND);
    assert_eq!(wakes.count(), 0);
    assert!(poll(&mut sleep, &wakes).is_pending());
    manual.advance(SECOND);
    assert_eq!(wakes.count(), 1);
    assert!(poll(&mut sleep, &wakes).is_ready());
    assert!(poll(&mut sleep, &wakes).is_ready(), "it stays so");
    assert_eq!((manual.alarms(), wakes.wakers()), (0, 0));
}

#[test]
fn a_sleep_counts_from_its_first_poll_by_the_clock_that_is_current_there() {
    let wakes = WakeCount::new();
    let mut sleep = sleep(5 * SECOND);
    let (manual, within) = entered();
    manual.advance(60 * SECOND);
    assert!(poll(&mut sleep, &wakes).is_pending());
    drop(within);
    let due = manual.next_alarm();
    assert_eq!(due, Some(manual.now() + 5 * SECOND));
    manual.advance(5 * SECOND);
    assert!(
        poll(&mut sleep, &wakes).is_ready(),
        "it keeps the clock of its first poll"
    );
}

#[test]
fn a_sleep_until_a_time_that_has_passed_is_ready_at_once() {
    let (manual, _entered) = entered();
    let wakes = WakeCount::new();
    assert!(poll(&mut sleep_until(manual.now()), &wakes).is_ready());
    assert!(poll(&mut sleep_until(manual.now() - SECOND), &wakes).is_ready());
    assert!(poll(&mut sleep(Duration::ZERO), &wakes).is_ready());
    assert_eq!((wakes.count(), manual.alarms()), (0, 0));
}

#[test]
fn sleeps_that_end_early_leave_nothing_with_the_clock() {
    let (manual, _entered) = entered();
    let wakes = WakeCount::new();
    let mut sleeps: Vec<_> = (1..=10_000).map(|n| sleep(n * SECOND)).collect();
    for sleep in &mut sleeps {
        assert!(poll(sleep, &wakes).is_pending());
    }
    assert_eq!(manual.alarms(), 10_000);
    drop(sleeps);
    assert_eq!((manual.alarms(), wakes.wakers()), (0, 0));
}

#[test]
fn a_sleep_wakes_the_task_that_polled_it_last() {
    let (manual, _entered) = entered();
    let [first, second] = [WakeCount::new(), WakeCount::new()];
    let mut sleep = sleep(SECOND);
    assert!(poll(&mut sleep, &first).is_pending());
    assert!(poll(&mut sleep, &second).is_pending());
    assert_eq!((manual.alarms(), first.wakers()), (1, 0));
    manual.advance(SECOND);
    assert_eq!((first.count(), second.count()), (0, 1));
}

/// Counts what is asked of it; it stands still, and can be made unable to wait.
#[derive(Default)]
struct Weary {
    inner: ManualClock,
    asked: AtomicUsize,
    failures: usize,
}

impl Clock for Weary {
    fn now(&self) -> Instant {
        self.inner.now()
    }

    fn wake_at(&self, when: Instant, waker: Waker) -> Option<Alarm> {
        if self.asked.fetch_add(1, Ordering::Relaxed) < self.failures {
            waker.wake();
            return None;
        }
        self.inner.wake_at(when, waker)
    }

    fn forget(&self, alarm: Alarm) {
        self.inner.forget(alarm);
    }
}

#[test]
fn a_task_that_polls_a_sleep_again_asks_the_clock_once() {
    let weary = Arc::new(Weary::default());
    let _entered = clock::enter(weary.clone());
    let wakes = WakeCount::new();
    let mut sleep = sleep(SECOND);
    for _ in 0..10 {
        assert!(poll(&mut sleep, &wakes).is_pending());
    }
    assert_eq!(weary.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_sleep_asks_again_when_the_clock_could_not_wait() {
    let weary = Arc::new(Weary {
        failures: 2,
        ..Weary::default()
    });
    let _entered = clock::enter(weary.clone());
    let wakes = WakeCount::new();
    let mut sleep = sleep(SECOND);
    for woken in [1, 2, 2] {
        assert!(poll(&mut sleep, &wakes).is_pending());
        assert_eq!(wakes.count(), woken);
    }
    weary.inner.advance(SECOND);
    assert_eq!(wakes.count(), 3);
    assert!(poll(&mut sleep, &wakes).is_ready());
}

#[test]
fn what_lies_past_the_end_of_the_clock_never_comes() {
    let (manual, _entered) = entered();
    let wakes = WakeCount::new();
    assert!(poll(&mut sleep(Duration::MAX), &wakes).is_pending());
    let mut rare = interval(Duration::MAX);
    assert_eq!(poll_tick(&mut rare), Poll::Ready(manual.now()));
    assert!(poll_tick(&mut rare).is_pending());
    let mut endless = pin!(timeout(Duration::MAX, pending::<()>()));
    assert!(poll(&mut endless, &wakes).is_pending());
    assert_eq!((manual.alarms(), wakes.count()), (0, 0));
}

#[test]
fn an_interval_ticks_at_its_first_poll_and_then_once_a_period() {
    let mut interval = interval(SECOND);
    let (manual, _entered) = entered();
    let start = manual.now();
    for count in 0..4 {
        assert_eq!(
            poll_tick(&mut interval),
            Poll::Ready(start + count * SECOND)
        );
        assert!(poll_tick(&mut interval).is_pending());
        assert!(manual.advance_to_next_alarm());
    }
    assert_eq!(manual.now(), start + 4 * SECOND);
    assert!(poll_tick(&mut interval).is_ready());
    assert!(poll_tick(&mut interval).is_pending());
    drop(interval);
    assert_eq!(manual.alarms(), 0);
}

#[test]
fn an_interval_skips_the_ticks_that_were_missed() {
    let (manual, _entered) = entered();
    let start = manual.now();
    let mut interval = interval(SECOND);
    assert_eq!(poll_tick(&mut interval), Poll::Ready(start));
    manual.advance(SECOND * 7 / 2);
    assert_eq!(poll_tick(&mut interval), Poll::Ready(start + SECOND));
    assert!(poll_tick(&mut interval).is_pending());
    assert_eq!(manual.next_alarm(), Some(start + 4 * SECOND));
    // Late by a whole number of periods: the one that is due this moment is given away, too.
    manual.advance_to(start + 6 * SECOND);
    assert_eq!(poll_tick(&mut interval), Poll::Ready(start + 4 * SECOND));
    assert!(poll_tick(&mut interval).is_pending());
    assert_eq!(manual.next_alarm(), Some(start + 7 * SECOND));
}

#[test]
fn a_tick_is_not_lost_with_the_future_that_waits_for_it() {
    let (manual, _entered) = entered();
    let start = manual.now();
    let wakes = WakeCount::new();
    let mut interval = interval(SECOND);
    assert_eq!(poll(&mut pin!(interval.tick()), &wakes), Poll::Ready(start));
    assert!(poll(&mut pin!(interval.tick()), &wakes).is_pending());
    manual.advance(SECOND);
    assert_eq!(
        poll(&mut pin!(interval.tick()), &wakes),
        Poll::Ready(start + SECOND)
    );
}

#[test]
#[should_panic(expected = "the period of an interval is zero")]
fn an_interval_without_a_period_is_refused() {
    let _interval = interval(Duration::ZERO);
}

proptest! {
    #[test]
    fn ticks_are_whole_periods_apart_and_none_is_given_early_or_twice(
        period in 1_u64..2_000_000_000,
        steps in prop::collection::vec(0_u64..5_000_000_000, 1..40),
    ) {
        let (manual, _entered) = entered();
        let start = manual.now();
        let mut interval = interval(Duration::from_nanos(period));
        prop_assert_eq!(poll_tick(&mut interval), Poll::Ready(start));
        let (mut elapsed, mut due) = (0, period);
        for step in steps {
            elapsed += step;
            manual.advance(Duration::from_nanos(step));
            if elapsed >= due {
                prop_assert_eq!(poll_tick(&mut interval), Poll::Ready(start + Duration::from_nanos(due)));
                due = (elapsed / period + 1) * period;
            }
            prop_assert!(poll_tick(&mut interval).is_pending());
            prop_assert_eq!(manual.next_alarm(), Some(start + Duration::from_nanos(due)));
        }
    }
}

#[test]
fn a_timeout_gives_the_value_of_a_future_that_is_in_time() {
    let (manual, _entered) = entered();
    let wakes = WakeCount::new();
    let mut in_time = pin!(timeout(2 * SECOND, async {
        sleep(SECOND).await;
        7
    }));
    assert!(poll(&mut in_time, &wakes).is_pending());
    manual.advance(SECOND);
    assert_eq!(poll(&mut in_time, &wakes), Poll::Ready(Ok(7)));
    // Ready in the poll in which the time is over: the value is not thrown away.
    let mut just = pin!(timeout(SECOND, sleep(SECOND)));
    assert!(poll(&mut just, &wakes).is_pending());
    manual.advance(SECOND);
    assert_eq!(poll(&mut just, &wakes), Poll::Ready(Ok(())));
    assert_eq!((manual.alarms(), wakes.wakers()), (0, 0));
}

#[test]
fn a_timeout_drops_a_future_that_takes_too_long() {
    let (manual, _entered) = entered();
    let wakes = WakeCount::new();
    let live = LiveCount::new();
    let token = live.token();
    let mut late = pin!(timeout(SECOND, async move {
        let _token = token;
        pending::<()>().await;
    }));
    assert!(poll(&mut late, &wakes).is_pending());
    manual.advance(SECOND);
    assert_eq!((wakes.count(), live.alive()), (1, 1));
    assert_eq!(poll(&mut late, &wakes), Poll::Ready(Err(Elapsed)));
    assert_eq!((live.alive(), live.dropped()), (0, 1));
    creel_testkit::contract::error(&Elapsed);
}

#[test]
fn the_first_poll_of_a_future_counts_towards_its_timeout() {
    let (manual, _entered) = entered();
    let wakes = WakeCount::new();
    let slow = manual.clone();
    let mut late = pin!(timeout(
        SECOND,
        poll_fn(|_| {
            slow.advance(SECOND);
            Poll::<()>::Pending
        })
    ));
    assert_eq!(poll(&mut late, &wakes), Poll::Ready(Err(Elapsed)));
}

#[test]
fn timers_work_under_any_runtime_by_the_system_clock() {
    async fn naps() -> u32 {
        let start = SystemClock.now();
        let mut interval = interval(Duration::from_millis(2));
        interval.tick().await;
        interval.tick().await;
        sleep(Duration::from_millis(1)).await;
        sleep_until(start + Duration::from_millis(4)).await;
        assert!(SystemClock.now() >= start + Duration::from_millis(4));
        let never = timeout(Duration::from_millis(1), pending::<()>()).await;
        assert_eq!(never, Err(Elapsed));
        4
    }
    assert_eq!(futures_executor::block_on(naps()), 4);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    assert_eq!(runtime.block_on(naps()), 4);
    let pool = pool_of(1);
    let tasks: Vec<_> = (0..50).map(|_| pool.spawn(naps()).unwrap()).collect();
    for task in tasks {
        assert_eq!(task.result().unwrap(), 4);
    }
}

#[test]
fn a_task_that_sleeps_frees_its_worker() {
    let pool = pool_of(1);
    let (sends, receives) = mpsc::channel();
    let sleeper = pool
        .spawn(poll_fn({
            let mut sleep = sleep(Duration::from_secs(3600));
            move |context| {
                sends.send(()).unwrap();
                Pin::new(&mut sleep).poll(context)
            }
        }))
        .unwrap();
    receives.recv().unwrap();
    assert_eq!(pool.submit(|| 3).unwrap().result().unwrap(), 3);
    assert!(sleeper.running());
    sleeper.cancel();
}

#[test]
fn a_timeout_lets_a_task_of_the_pool_run_on() {
    let pool = pool_of(1);
    let (opens, gate) = mpsc::channel();
    let (ends, ended) = mpsc::channel();
    let task = pool
        .submit(move || {
            gate.recv().unwrap();
            ends.send(8).unwrap();
        })
        .unwrap();
    let outcome = futures_executor::block_on(timeout(Duration::from_millis(1), task));
    assert!(matches!(outcome, Err(Elapsed)));
    opens.send(()).unwrap();
    assert_eq!(ended.recv().unwrap(), 8);
}

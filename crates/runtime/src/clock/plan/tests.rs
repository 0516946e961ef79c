use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use creel_core::port::Alarm;
use creel_testkit::WakeCount;
use proptest::prelude::*;

use super::super::roll::{Entry, ROLLS, Roll};
use super::{Call, Next, Plan, Thread};

const LINGER: Duration = Duration::from_millis(100);

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The plan and its rolls, with what the locks make one step of.
struct Desk {
    plan: Plan,
    rolls: [Roll; ROLLS],
    thread: Life,
    now: Instant,
}

/// How far the thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Gone,
    /// It is about to look at the rolls, from the first on.
    Awake,
    /// It has looked at so many, and knows when the first alarm there is due.
    Looking(usize, Option<Instant>),
    Asleep(Instant),
}

impl Desk {
    fn new() -> Self {
        Self {
            plan: Plan::new(LINGER),
            rolls: std::array::from_fn(|_| Roll::new()),
            thread: Life::Gone,
            now: Instant::now(),
        }
    }

    /// Asks for an alarm in so many milliseconds; `None` if its time had come.
    fn add(&mut self, roll: usize, when: u64, wakes: &WakeCount) -> (Option<Alarm>, Call) {
        let when = self.now + ms(when);
        match self.rolls[roll].add(roll, when, wakes.waker()) {
            Entry::Waits(alarm) => (Some(alarm), Call::Nothing),
            Entry::News(alarm) => {
                let call = self.plan.expect(roll, when);
                self.heed(call);
                (Some(alarm), call)
            }
            Entry::Due(waker) => {
                waker.wake();
                (None, Call::Nothing)
            }
        }
    }

    fn forget(&mut self, alarm: Alarm) -> Call {
        let roll = Roll::of(alarm);
        let waker = self.rolls[roll].forget(alarm);
        if waker.is_none() || !self.rolls[roll].is_empty() {
            return Call::Nothing;
        }
        let call = self.plan.forgotten(roll, self.now);
        self.heed(call);
        call
    }

    fn heed(&mut self, call: Call) {
        match call {
            Call::Nothing => {}
            Call::Start => {
                assert_eq!(self.thread, Life::Gone, "two threads");
                self.thread = Life::Awake;
            }
            Call::Rouse => {
                // It may be woken at that moment.
                assert!(matches!(self.thread, Life::Asleep(_) | Life::Awake));
                self.thread = Life::Awake;
            }
        }
    }

    /// One step of the thread, between two of which others come by.
    fn step(&mut self) {
        self.thread = match self.thread {
            Life::Gone => Life::Gone,
            Life::Asleep(until) if until > self.now => Life::Asleep(until),
            Life::Asleep(_) | Life::Awake => {
                self.plan.look();
                Life::Looking(0, None)
            }
            Life::Looking(roll, first) if roll < ROLLS => {
                let mut due = Vec::new();
                let was_empty = self.rolls[roll].is_empty();
                let next = self.rolls[roll].take_due(self.now, 2, &mut due);
                if !was_empty && next.is_none() {
                    self.plan.emptied(roll);
                }
                due.into_iter().for_each(|(_, waker)| waker.wake());
                let firsts = first.into_iter().chain(next);
                Life::Looking(roll + 1, firsts.min())
            }
            Life::Looking(_, first) => match self.plan.next(self.now, first) {
                Next::Look => Life::Awake,
                Next::Sleep(time) => Life::Asleep(self.now + time),
                Next::Leave => Life::Gone,
            },
        };
    }

    /// Lets the thread go on until it sleeps or is gone; for how long it sleeps.
    fn work(&mut self) -> Option<Duration> {
        loop {
            self.step();
            match self.thread {
                Life::Gone => return None,
                Life::Asleep(until) if until > self.now => return Some(until - self.now),
                _ => {}
            }
        }
    }

    fn work_after(&mut self, time: u64) -> Option<Duration> {
        self.now += ms(time);
        self.work()
    }

    /// Wakes the thread for no reason.
    fn disturb(&mut self) {
        if matches!(self.thread, Life::Asleep(_)) {
            self.thread = Life::Awake;
        }
    }
}

#[test]
fn the_first_alarm_starts_the_thread_and_the_others_do_not() {
    let (mut desk, wakes) = (Desk::new(), WakeCount::new());
    let calls = [(0, 5), (1, 3), (0, 7)].map(|(roll, when)| desk.add(roll, when, &wakes).1);
    assert_eq!(calls, [Call::Start, Call::Nothing, Call::Nothing]);
    assert_eq!(desk.work(), Some(ms(3)));
    assert_eq!(desk.work_after(5), Some(ms(2)));
    assert_eq!(wakes.count(), 2);
}

#[test]
fn only_an_earlier_alarm_rouses_the_thread() {
    for roll in [0, 1] {
        let (mut desk, wakes) = (Desk::new(), WakeCount::new());
        assert_eq!(desk.add(0, 5, &wakes).1, Call::Start);
        assert_eq!(desk.work(), Some(ms(5)));
        assert_eq!(desk.add(roll, 5, &wakes).1, Call::Nothing);
        assert_eq!(desk.add(roll, 4, &wakes).1, Call::Rouse);
        // It is on its way.
        assert_eq!(desk.add(roll, 3, &wakes).1, Call::Nothing);
        assert_eq!(desk.work(), Some(ms(3)));
    }
}

#[test]
fn a_thread_with_nothing_to_wait_for_leaves_after_a_while() {
    let (mut desk, wakes) = (Desk::new(), WakeCount::new());
    assert_eq!(desk.add(0, 1, &wakes).1, Call::Start);
    desk.work();
    assert_eq!(desk.work_after(1), Some(LINGER));
    // Woken for no reason, it goes on waiting for the same time.
    desk.disturb();
    assert_eq!(desk.work_after(40), Some(ms(60)));
    // An alarm that comes and goes meanwhile starts the while anew.
    let (alarm, call) = desk.add(3, 900, &wakes);
    assert_eq!(call, Call::Nothing);
    assert_eq!(desk.forget(alarm.unwrap()), Call::Nothing);
    assert_eq!(wakes.wakers(), 0);
    assert_eq!(desk.work_after(60), Some(LINGER));
    desk.disturb();
    assert_eq!(desk.work_after(99), Some(ms(1)));
    assert_eq!(desk.work_after(1), None);
    assert_eq!(desk.add(0, 1, &wakes).1, Call::Start);
}

#[test]
fn the_last_alarm_that_is_forgotten_rouses_a_thread_that_would_sleep_on() {
    for other in [0, 1] {
        let (mut desk, wakes) = (Desk::new(), WakeCount::new());
        let [first, second] = [(0, 1_000), (other, 2_000)]
            .map(|(roll, when)| desk.add(roll, when, &wakes).0.unwrap());
        assert_eq!(desk.work(), Some(ms(1_000)));
        assert_eq!(desk.forget(first), Call::Nothing);
        assert_eq!(desk.forget(second), Call::Rouse);
        // It is on its way.
        let (alarm, call) = desk.add(0, 1, &wakes);
        assert_eq!(call, Call::Nothing);
        assert_eq!(desk.forget(alarm.unwrap()), Call::Nothing);
        assert_eq!(desk.work(), Some(LINGER));
        // One that looks soon in any case is left alone.
        let (alarm, _) = desk.add(0, 50, &wakes);
        assert_eq!(desk.work(), Some(ms(50)));
        assert_eq!(desk.forget(alarm.unwrap()), Call::Nothing);
    }
}

#[test]
fn an_alarm_without_a_thread_is_given_back() {
    let (mut desk, wakes) = (Desk::new(), WakeCount::new());
    assert!(desk.fail_to_start(2, 1, &wakes));
    assert_eq!(wakes.wakers(), 0);
    assert_eq!(desk.add(2, 1, &wakes).1, Call::Start);
}

impl Desk {
    /// Asks for an alarm, for which the thread cannot be started; whether the waker came back.
    fn fail_to_start(&mut self, roll: usize, when: u64, wakes: &WakeCount) -> bool {
        let (alarm, call) = self.add(roll, when, wakes);
        let Some(alarm) = alarm else { return true };
        assert_eq!(call, Call::Start);
        self.plan.start_failed(roll);
        self.thread = Life::Gone;
        self.rolls[roll].start_failed(alarm).is_some()
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Add { roll: usize, ms: u64 },
    Forget { index: usize },
    Thread { steps: usize },
    Disturb,
    Pass { ms: u64 },
    FailToStart { roll: usize, ms: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (roll, time) = (|| 0..3_usize, || 1..400_u64);
    prop_oneof![
        4 => (roll(), time()).prop_map(|(roll, ms)| Step::Add { roll, ms }),
        3 => (0..8_usize).prop_map(|index| Step::Forget { index }),
        6 => (1..2 * ROLLS).prop_map(|steps| Step::Thread { steps }),
        1 => Just(Step::Disturb),
        2 => (0..150_u64).prop_map(|ms| Step::Pass { ms }),
        1 => (roll(), time()).prop_map(|(roll, ms)| Step::FailToStart { roll, ms }),
    ]
}

proptest! {
    #[test]
    fn no_alarm_is_stranded_and_each_is_woken_in_its_turn(steps in prop::collection::vec(step(), 1..120)) {
        let mut desk = Desk::new();
        let mut waiting: BTreeMap<Alarm, WakeCount> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Add { roll, ms } => {
                    let wakes = WakeCount::new();
                    match desk.add(roll, ms, &wakes).0 {
                        Some(alarm) => prop_assert!(waiting.insert(alarm, wakes).is_none(), "the name is taken"),
                        None => prop_assert!(false, "it is not due"),
                    }
                }
                Step::FailToStart { roll, ms } if desk.thread == Life::Gone => {
                    prop_assert!(desk.fail_to_start(roll, ms, &WakeCount::new()));
                }
                Step::Forget { index } => {
                    let Some(alarm) = waiting.keys().nth(index).copied() else { continue };
                    let wakes = waiting.remove(&alarm).unwrap();
                    let _heeded = desk.forget(alarm);
                    prop_assert_eq!((wakes.count(), wakes.wakers()), (0, 0));
                }
                Step::Thread { steps } => (0..steps).for_each(|_| desk.step()),
                Step::Disturb => desk.disturb(),
                Step::Pass { ms: time } => desk.now += ms(time),
                Step::FailToStart { .. } => {}
            }
            let now = desk.now;
            for (alarm, wakes) in waiting.extract_if(.., |_, wakes| wakes.count() > 0) {
                prop_assert!(alarm.when() <= now, "woken early");
                prop_assert_eq!((wakes.count(), wakes.wakers()), (1, 0));
            }
            prop_assert_eq!(desk.thread == Life::Gone, desk.plan.thread == Thread::Absent);
            let first = waiting.keys().next().map(|alarm| alarm.when());
            match (desk.thread, first) {
                (Life::Asleep(until), Some(first)) => prop_assert!(until <= first, "stranded"),
                (Life::Asleep(until), None) => prop_assert!(until <= now + LINGER, "the thread stays too long"),
                (Life::Gone, first) => prop_assert_eq!(first, None, "no thread"),
                (Life::Awake | Life::Looking(..), _) => {}
            }
        }
        desk.work();
        prop_assert!(waiting.iter().all(|(alarm, wakes)| (wakes.count() == 1) == (alarm.when() <= desk.now)));
        // Nothing is left of those that are forgotten, and the thread leaves.
        for alarm in waiting.keys() {
            let _heeded = desk.forget(*alarm);
        }
        prop_assert!(waiting.values().all(|wakes| wakes.wakers() == 0));
        desk.work();
        desk.work_after(101);
        prop_assert_eq!(desk.work_after(101), None);
    }
}

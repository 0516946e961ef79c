use std::sync::Arc;
use std::task::Waker;

use creel_core::CancelSignal;
use creel_testkit::{ManualSignal, Watched, contract};

#[test]
fn the_manual_signal_keeps_the_contract() {
    contract::signal(|| {
        let signal = Arc::new(ManualSignal::new());
        let raised = Arc::clone(&signal);
        (signal, move || raised.cancel())
    });
}

/// Breaks one promise of a signal.
struct Broken {
    how: How,
    is_cancelled: Watched<bool>,
    wakers: Watched<Vec<Waker>>,
}

#[derive(PartialEq)]
enum How {
    KeepsEachRegistration,
    KeepsWakers,
    WakesAtRegistration,
    IsLowered,
}

impl Broken {
    fn raise(&self) {
        self.is_cancelled
            .change(|is| *is = !*is || self.how != How::IsLowered);
        self.wakers.change(|wakers| {
            wakers.iter().for_each(Waker::wake_by_ref);
            if self.how != How::KeepsWakers {
                wakers.clear();
            }
        });
    }
}

impl CancelSignal for Broken {
    fn is_cancelled(&self) -> bool {
        self.is_cancelled.read(|is| *is)
    }

    fn register(&self, waker: &Waker) {
        let known = self
            .wakers
            .read(|wakers| wakers.iter().any(|known| known.will_wake(waker)));
        if self.is_cancelled() || self.how == How::WakesAtRegistration {
            waker.wake_by_ref();
        } else if !known || self.how == How::KeepsEachRegistration {
            self.wakers.change(|wakers| wakers.push(waker.clone()));
        }
    }
}

fn check(how: fn() -> How) {
    contract::signal(|| {
        let signal = Arc::new(Broken {
            how: how(),
            is_cancelled: Watched::new(false),
            wakers: Watched::default(),
        });
        let raised = Arc::clone(&signal);
        (signal, move || raised.raise())
    });
}

#[test]
#[should_panic(expected = "a waker is woken more than once")]
fn a_signal_that_wakes_a_task_for_each_registration_is_found() {
    check(|| How::KeepsEachRegistration);
}

#[test]
#[should_panic(expected = "a waker is woken more than once")]
fn a_signal_that_keeps_its_wakers_is_found() {
    check(|| How::KeepsWakers);
}

#[test]
#[should_panic(expected = "a waker is woken without a request")]
fn a_signal_that_wakes_at_once_is_found() {
    check(|| How::WakesAtRegistration);
}

#[test]
#[should_panic(expected = "a signal is lowered again")]
fn a_signal_that_is_lowered_is_found() {
    check(|| How::IsLowered);
}

use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::time::Duration;

use super::{CancelSignal, Context};
use crate::port::tests::some_time;

/// A signal that was raised or not, and remembers who asked to be told.
struct Signal {
    raised: bool,
    registered: Mutex<Vec<Waker>>,
}

impl Signal {
    fn new(raised: bool) -> Arc<Self> {
        Arc::new(Self {
            raised,
            registered: Mutex::default(),
        })
    }
}

impl CancelSignal for Signal {
    fn is_cancelled(&self) -> bool {
        self.raised
    }

    fn register(&self, waker: &Waker) {
        self.registered.lock().unwrap().push(waker.clone());
    }
}

/// A waker that sends a word.
struct Told(Sender<()>);

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn a_context_is_cancelled_by_the_signal_it_was_given_last() {
    let context = Context::new().with_signal(Signal::new(false));
    assert!(!context.is_cancelled());
    assert!(context.with_signal(Signal::new(true)).is_cancelled());
}

#[test]
fn a_context_fails_fast_by_a_signal_of_its_own() {
    let context = Context::new().with_signal(Signal::new(false));
    assert!(!context.fails_fast());
    let hasty = context.with_fail_fast(Signal::new(true));
    assert!(hasty.fails_fast() && !hasty.is_cancelled());
}

#[test]
fn whoever_asks_to_be_told_is_registered_with_the_signal_it_asked_about() {
    let (stop, haste) = (Signal::new(false), Signal::new(false));
    let context = Context::new()
        .with_signal(stop.clone())
        .with_fail_fast(haste.clone());
    for (register, signal) in [
        (Context::on_cancel as fn(&Context, &Waker), stop),
        (Context::on_fail_fast, haste),
    ] {
        let (told, hears) = mpsc::channel();
        register(&context, &Waker::from(Arc::new(Told(told))));
        for waker in signal.registered.lock().unwrap().drain(..) {
            waker.wake();
        }
        assert_eq!(hears.iter().count(), 1);
    }
}

#[test]
fn the_earlier_deadline_stays() {
    let now = some_time();
    let (sooner, later) = (now + Duration::from_secs(1), now + Duration::from_secs(2));
    for (first, second) in [(sooner, later), (later, sooner)] {
        let context = Context::new().with_deadline(first).with_deadline(second);
        assert_eq!(context.deadline(), Some(sooner));
    }
    assert_eq!(Context::new().deadline(), None);
}

#[test]
fn the_time_left_shrinks_to_nothing() {
    let now = some_time();
    let second = Duration::from_secs(1);
    let context = Context::new().with_deadline(now + 2 * second);
    let left = [0, 1, 2, 3].map(|seconds| context.remaining(now + seconds * second));
    assert_eq!(
        left,
        [2 * second, second, Duration::ZERO, Duration::ZERO].map(Some)
    );
    assert_eq!(Context::new().remaining(now), None);
}

#[test]
fn debug_shows_what_a_context_carries() {
    let context = Context::new().with_signal(Signal::new(true));
    assert_eq!(
        format!("{context:?}"),
        "Context { deadline: None, is_cancelled: true, fails_fast: false }"
    );
}

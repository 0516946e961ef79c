//! What a lookout promises.

use std::sync::{Arc, mpsc};
use std::task::{Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Instant;

use creel_core::port::{Lookout, Watch, Watcher};

use crate::{WakeCount, Watched};

/// Checks that one thread at a time keeps watch, that it comes back when it is roused or has nothing to stay for, and that it
/// wakes whoever waits itself, after it has said so, whatever their wakers do.
///
/// `ready` has a waker woken by whoever keeps watch. Nothing else happens at the lookout meanwhile.
///
/// # Panics
/// When the lookout breaks its contract. It hangs when a watch does not end.
pub fn lookout<L: Lookout + ?Sized>(lookout: &L, ready: impl Fn(Waker) + Sync) {
    who_does_not_stay_is_not_held(lookout);
    a_time_that_has_come_ends_a_watch(lookout);
    a_rouse_ends_a_watch(lookout);
    one_thread_at_a_time_keeps_watch(lookout);
    what_is_found_is_told_first(lookout, &ready);
    a_waker_that_panics_harms_nobody(lookout, &ready);
}

fn who_does_not_stay_is_not_held<L: Lookout + ?Sized>(lookout: &L) {
    let mut watcher = Asked::to(|| false);
    let _kept = lookout.watch(None, &mut watcher);
    assert!(!watcher.has_found, "something is found that is not there");
}

fn a_time_that_has_come_ends_a_watch<L: Lookout + ?Sized>(lookout: &L) {
    let watch = lookout.watch(Some(Instant::now()), &mut Asked::to(|| true));
    assert_eq!(watch, Watch::Kept, "the place of nobody is taken");
}

fn a_rouse_ends_a_watch<L: Lookout + ?Sized>(lookout: &L) {
    for _ in 0..100 {
        let (tell, asked) = mpsc::channel();
        let is_roused = Watched::new(false);
        let stays = || !is_roused.read(|is_roused| *is_roused);
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut watcher = Asked::to(|| {
                    let stays = stays();
                    // Whoever rouses has heard it once, and that is enough.
                    let _heard = tell.send(());
                    stays
                });
                // It may return for no reason as well.
                while stays() {
                    assert_eq!(lookout.watch(None, &mut watcher), Watch::Kept);
                }
            });
            asked.recv().expect("the watcher is asked");
            is_roused.change(|is_roused| *is_roused = true);
            lookout.rouse();
        });
    }
}

fn one_thread_at_a_time_keeps_watch<L: Lookout + ?Sized>(lookout: &L) {
    let mut watcher = Asked::to(|| {
        let other = thread::scope(|scope| {
            let other = scope.spawn(|| lookout.watch(None, &mut Asked::to(|| false)));
            other.join().expect("the other thread looks")
        });
        assert_eq!(other, Watch::Taken, "two threads keep watch");
        false
    });
    let _kept = lookout.watch(None, &mut watcher);
}

fn what_is_found_is_told_first<L: Lookout + ?Sized>(lookout: &L, ready: impl Fn(Waker)) {
    let woken_on = Arc::new(WokenOn::default());
    ready(Waker::from(Arc::clone(&woken_on)));
    let mut watcher = Teller {
        woken_on: &woken_on,
        has_found: false,
    };
    while !watcher.has_found {
        assert_eq!(lookout.watch(None, &mut watcher), Watch::Kept);
    }
    assert_eq!(
        woken_on.0.read(|thread| *thread),
        Some(thread::current().id()),
        "whoever waits is not woken by whoever keeps watch"
    );
}

fn a_waker_that_panics_harms_nobody<L: Lookout + ?Sized>(lookout: &L, ready: impl Fn(Waker)) {
    let wakes = WakeCount::new();
    ready(Waker::from(Arc::new(Panics)));
    ready(wakes.waker());
    ready(Waker::from(Arc::new(Panics)));
    while wakes.count() == 0 {
        let watch = lookout.watch(None, &mut Asked::to(|| wakes.count() == 0));
        assert_eq!(watch, Watch::Kept, "a waker's panic keeps the place taken");
    }
    // Nothing is left of it.
    let watch = lookout.watch(Some(Instant::now()), &mut Asked::to(|| true));
    assert_eq!(watch, Watch::Kept, "a waker's panic keeps the place taken");
}

/// A waker that panics.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker panics, as the contract has it");
    }
}

/// A watcher that stays as it is asked to.
struct Asked<S> {
    stays: S,
    has_found: bool,
}

impl<S: Fn() -> bool> Asked<S> {
    fn to(stays: S) -> Self {
        Self {
            stays,
            has_found: false,
        }
    }
}

impl<S: Fn() -> bool> Watcher for Asked<S> {
    fn stays(&self) -> bool {
        (self.stays)()
    }

    fn found(&mut self) {
        self.has_found = true;
    }
}

/// A watcher that looks whether somebody was woken too early.
struct Teller<'a> {
    woken_on: &'a WokenOn,
    has_found: bool,
}

impl Watcher for Teller<'_> {
    fn stays(&self) -> bool {
        !self.has_found
    }

    fn found(&mut self) {
        assert!(!self.has_found, "what is found in a watch is told twice");
        let woken = self.woken_on.0.read(Option::is_some);
        assert!(!woken, "somebody is woken before the watcher is told");
        self.has_found = true;
    }
}

/// A waker that remembers where it was woken.
#[derive(Default)]
struct WokenOn(Watched<Option<ThreadId>>);

impl Wake for WokenOn {
    fn wake(self: Arc<Self>) {
        self.0
            .change(|thread| *thread = Some(thread::current().id()));
    }
}

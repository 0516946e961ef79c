//! Every interleaving of pushes and of one who waits, by loom.

use std::sync::Arc;
use std::task::{Wake, Waker};

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::{Place, Ready};
use crate::park::Unparker;

fn places(ready: &Arc<Ready>, count: usize) -> Vec<Arc<Place>> {
    (0..count)
        .map(|slot| Arc::new(Place::new(ready, slot)))
        .collect()
}

/// Takes what is in the list, the oldest first, and sleeps until there is something.
fn wait(ready: &Ready, places: &[Arc<Place>]) -> Vec<usize> {
    let thread = Unparker::current();
    let waker = thread.waker();
    thread.park_until(None, || ready.listen(&waker));
    ready.listen_no_longer();
    let mut slots = Vec::new();
    let mut newest = ready.take();
    while let Some(slot) = newest {
        slots.insert(0, slot);
        newest = places[slot].below();
    }
    slots
}

#[test]
fn whoever_waits_sees_every_push_in_its_order() {
    loom::model(|| {
        let ready = Arc::new(Ready::new());
        let places = places(&ready, 2);
        let pushed = places.clone();
        let pusher = thread::spawn(move || {
            for place in &pushed {
                place.wake_by_ref();
            }
        });
        let mut seen = Vec::new();
        while seen.len() < 2 {
            seen.extend(wait(&ready, &places));
        }
        assert_eq!(seen, [0, 1]);
        pusher.join().unwrap();
    });
}

#[test]
fn whoever_waits_sees_the_pushes_of_two_threads() {
    // Three threads have very many interleavings.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let ready = Arc::new(Ready::new());
        let places = places(&ready, 2);
        let pushers: Vec<_> = places
            .iter()
            .map(|place| {
                let place = Arc::clone(place);
                thread::spawn(move || place.wake())
            })
            .collect();
        let mut seen = Vec::new();
        while seen.len() < 2 {
            seen.extend(wait(&ready, &places));
        }
        seen.sort_unstable();
        assert_eq!(seen, [0, 1]);
        for pusher in pushers {
            pusher.join().unwrap();
        }
    });
}

#[test]
fn a_push_shows_what_was_written_before_it() {
    loom::model(|| {
        let ready = Arc::new(Ready::new());
        let places = places(&ready, 1);
        let place = Arc::clone(&places[0]);
        let value = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&value);
        let pusher = thread::spawn(move || {
            written.store(7, Ordering::Relaxed);
            place.wake();
        });
        assert_eq!(wait(&ready, &places), [0]);
        assert_eq!(value.load(Ordering::Relaxed), 7);
        pusher.join().unwrap();
    });
}

#[test]
fn a_place_is_pushed_or_kept_out_never_both() {
    loom::model(|| {
        let ready = Arc::new(Ready::new());
        let place = Arc::new(Place::new(&ready, 0));
        let pushed = Arc::clone(&place);
        let pusher = thread::spawn(move || pushed.wake());
        let kept_out = place.claim();
        pusher.join().unwrap();
        assert_eq!(ready.take().is_none(), kept_out);
    });
}

/// Counts its wakes, in the model's own atomics.
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_task_that_is_told_to_wait_is_woken() {
    loom::model(|| {
        let ready = Arc::new(Ready::new());
        let place = Arc::new(Place::new(&ready, 0));
        let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
        let pusher = thread::spawn(move || place.wake());
        let saw = ready.listen(&Waker::from(Arc::clone(&wakes)));
        pusher.join().unwrap();
        assert!(saw || wakes.0.load(Ordering::Relaxed) == 1);
    });
}

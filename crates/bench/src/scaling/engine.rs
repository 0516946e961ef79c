//! Virtual time: actors are futures, and what takes time moves the clock.
//!
//! Nothing here runs at the same time as anything else. Of all actors the one whose time comes first goes on, those of
//! the same time in an order that the seed stands for; so a run with the same seed is the same run.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Nanoseconds since the start of the run.
pub(super) type Nanoseconds = u64;

/// The number of an actor, which is that of its core as well: each has one to itself.
pub(super) type Actor = usize;

/// The clock, and who goes on when.
pub(super) struct Time {
    now: Cell<Nanoseconds>,
    /// When, a drawn number that decides between equals, and who.
    agenda: RefCell<BinaryHeap<Reverse<(Nanoseconds, u64, Actor)>>>,
    random: Cell<u64>,
}

impl Time {
    pub(super) fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            now: Cell::new(0),
            agenda: RefCell::default(),
            // An odd state never becomes zero.
            random: Cell::new(seed.wrapping_mul(2) | 1),
        })
    }

    pub(super) fn now(&self) -> Nanoseconds {
        self.now.get()
    }

    /// Lets an actor that waits by [`stop`](Self::stop) go on after that long.
    pub(super) fn rouse(&self, actor: Actor, after: Nanoseconds) {
        let entry = (self.now() + after, self.draw(), actor);
        self.agenda.borrow_mut().push(Reverse(entry));
    }

    /// Takes that long.
    pub(super) async fn pass(&self, actor: Actor, nanoseconds: Nanoseconds) {
        self.rouse(actor, nanoseconds);
        Self::stop().await;
    }

    /// Waits until somebody rouses this actor.
    pub(super) async fn stop() {
        let mut was_polled = false;
        poll_fn(|_| {
            if was_polled {
                return Poll::Ready(());
            }
            was_polled = true;
            Poll::Pending
        })
        .await;
    }

    /// Runs the actors until none of them has anything to come back for; those that still wait are dropped.
    pub(super) fn run(&self, mut actors: Vec<Pin<Box<dyn Future<Output = ()>>>>) {
        for actor in 0..actors.len() {
            self.rouse(actor, 0);
        }
        let mut context = Context::from_waker(Waker::noop());
        loop {
            let next = self.agenda.borrow_mut().pop();
            let Some(Reverse((when, _, actor))) = next else {
                return;
            };
            self.now.set(when);
            // An actor that has ended is not on the agenda any more.
            let _ended_or_waits = actors[actor].as_mut().poll(&mut context);
        }
    }

    /// A number by Marsaglia's xorshift64 (Journal of Statistical Software 8(14), 2003).
    fn draw(&self) -> u64 {
        let mut number = self.random.get();
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        self.random.set(number);
        number
    }
}

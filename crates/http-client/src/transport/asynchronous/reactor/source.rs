//! What is known of a socket, and who waits for it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use mio::event::Event;

/// A way in which bytes go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    In,
    Out,
}

/// What the system told of a socket.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    /// Bytes may be there, or an end.
    pub(super) inward: bool,
    /// No more bytes will come.
    pub(super) is_over: bool,
    /// There may be room for bytes, or an end.
    pub(super) outward: bool,
}

/// What is known of a socket.
#[derive(Debug, Default)]
pub(super) struct Source {
    sides: Mutex<Sides>,
}

#[derive(Debug, Default)]
struct Sides {
    inward: Side,
    outward: Side,
}

/// One way of it.
#[derive(Debug, Default)]
struct Side {
    /// It is worth a try.
    is_ready: bool,
    /// Nothing more will come, which the system does not tell again.
    is_over: bool,
    /// How often it became ready: tells news that came during a try from what was known before.
    news: u64,
    waiter: Option<Waker>,
}

impl Source {
    /// The system told of it.
    pub(super) fn happened(&self, news: News, ready: &mut Vec<Waker>) {
        let mut sides = self.lock();
        sides.inward.is_over |= news.is_over;
        if news.inward {
            ready.extend(sides.inward.tell());
        }
        if news.outward {
            ready.extend(sides.outward.tell());
        }
    }

    /// Ready with a number when a try is worth it; else the task is woken once it is.
    pub(super) fn poll_ready(&self, way: Way, task: &Context<'_>) -> Poll<u64> {
        let mut sides = self.lock();
        let side = sides.side(way);
        if side.is_ready {
            return Poll::Ready(side.news);
        }
        let is_known = side
            .waiter
            .as_ref()
            .is_some_and(|waiter| waiter.will_wake(task.waker()));
        if !is_known {
            let before = side.waiter.replace(task.waker().clone());
            drop(sides);
            // It may be the last that keeps a task.
            drop(before);
        }
        Poll::Pending
    }

    /// A try that was worth it by that number came to nothing.
    pub(super) fn exhausted(&self, way: Way, news: u64) {
        let mut sides = self.lock();
        let side = sides.side(way);
        if side.news == news {
            side.is_ready = false;
        }
    }

    /// A try that was worth it by that number has taken all the bytes there were.
    pub(super) fn drained(&self, news: u64) {
        let mut sides = self.lock();
        let side = &mut sides.inward;
        if side.news == news && !side.is_over {
            side.is_ready = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sides> {
        self.sides.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<&Event> for News {
    fn from(event: &Event) -> Self {
        // An end is seen by trying, and so is an error.
        let is_over = event.is_read_closed() || event.is_error();
        Self {
            inward: event.is_readable() || is_over,
            is_over,
            outward: event.is_writable() || event.is_write_closed() || event.is_error(),
        }
    }
}

impl Sides {
    fn side(&mut self, way: Way) -> &mut Side {
        match way {
            Way::In => &mut self.inward,
            Way::Out => &mut self.outward,
        }
    }
}

impl Side {
    fn tell(&mut self) -> Option<Waker> {
        self.is_ready = true;
        self.news += 1;
        self.waiter.take()
    }
}

#[cfg(test)]
mod tests;

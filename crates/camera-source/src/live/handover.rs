//! Where the thread that reads a stream leaves pictures for the thread that takes frames.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use creel_core::Context;

use super::Trouble;
use crate::{Moment, Patience, PixelFormat, Size};

/// A picture on its way from a stream.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) captured_at: Moment,
    pub(crate) size: Size,
    pub(crate) format: PixelFormat,
    pub(crate) bytes: Bytes,
    /// How many pictures are known to be lost between the one before and this one.
    pub(crate) lost_before: u64,
}

/// A bounded row of pictures, and how their connection stands.
///
/// The reading side never waits. When there is no room, the picture that has waited longest goes, and the one behind
/// it says so in its `lost_before`: what is left is the freshest there is, and no loss is silent.
///
/// Each connection has a number. What an old one still delivers is not taken, so that a thread which is slow to
/// notice its end does no harm.
#[derive(Debug)]
pub(crate) struct Handover {
    state: Mutex<State>,
    changed: Condvar,
    limits: Limits,
}

/// How much waits at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) pictures: usize,
    /// A single picture may be larger.
    pub(crate) bytes: usize,
}

impl Default for Limits {
    /// Half a second at 30 pictures a second, while whoever takes frames is kept from it.
    fn default() -> Self {
        Self {
            pictures: 16,
            bytes: 64 << 20,
        }
    }
}

#[derive(Default)]
struct State {
    /// The connection whose pictures are taken, counted from one; zero before the first.
    connection: u64,
    is_open: bool,
    waiting: VecDeque<Picture>,
    bytes: usize,
    /// Lost behind the last picture that waits.
    lost: u64,
    /// When the connection was opened, and when its latest picture came.
    opened_at: Option<Instant>,
    latest: Option<Instant>,
    end: Option<Result<(), Trouble>>,
    stop: Option<Stop>,
    /// Threads that read, that of an old connection too.
    readers: usize,
}

/// What ends a read that blocks.
type Stop = Box<dyn FnOnce() + Send>;

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("connection", &self.connection)
            .field("is_open", &self.is_open)
            .field("waiting", &self.waiting.len())
            .field("lost", &self.lost)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Handover {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            limits,
        })
    }

    /// Wakes whoever takes, to look at its context.
    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// Begins a connection.
    pub(crate) fn open(self: &Arc<Self>) -> Intake {
        let mut state = self.lock();
        state.connection += 1;
        state.is_open = true;
        state.opened_at = Some(Instant::now());
        state.latest = None;
        state.end = None;
        state.readers += 1;
        Intake {
            connection: state.connection,
            handover: Arc::clone(self),
            is_finished: false,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lock().is_open
    }

    /// Blocks until a picture is there, the connection has ended, its patience has, or `context` is cancelled.
    pub(crate) fn take(&self, context: &Context, patience: Patience) -> Taken {
        let mut state = self.lock();
        loop {
            if context.is_cancelled() {
                return Taken::Cancelled;
            }
            if let Some(picture) = state.waiting.pop_front() {
                state.bytes -= picture.bytes.len();
                return Taken::Picture(picture);
            }
            if let Some(end) = state.end.take() {
                return Taken::End(end);
            }
            let (since, limit) = match (state.latest, state.opened_at) {
                (Some(latest), _) => (latest, patience.stall),
                (None, Some(opened_at)) => (opened_at, patience.first),
                (None, None) => return Taken::End(Ok(())),
            };
            let left = limit.saturating_sub(since.elapsed());
            if left.is_zero() {
                return Taken::End(Err(match state.latest {
                    Some(_) => Trouble::Stalled(limit),
                    None => Trouble::Silent(limit),
                }));
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Ends the connection: a read that blocks returns soon, and nothing of it is taken any more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_open = false;
        state.end = None;
        let unseen = state
            .waiting
            .drain(..)
            .map(|picture| 1 + picture.lost_before);
        let unseen: u64 = unseen.sum();
        state.lost += unseen;
        state.bytes = 0;
        let stop = state.stop.take();
        drop(state);
        self.changed.notify_all();
        if let Some(stop) = stop {
            stop();
        }
    }

    /// Blocks until no thread reads any more, or for so long.
    pub(crate) fn wait_for_readers(&self, limit: Duration) {
        let until = Instant::now() + limit;
        let mut state = self.lock();
        while state.readers > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Handover {
    fn wake(self: Arc<Self>) {
        // Whoever takes is before its look at the context, or waits: never in between.
        drop(self.lock());
        self.changed.notify_all();
    }
}

/// What became of a wait for a picture.
#[derive(Debug)]
#[must_use]
pub(crate) enum Taken {
    Picture(Picture),
    /// There is no further picture on this connection.
    End(Result<(), Trouble>),
    Cancelled,
}

/// The reading side of one connection; when it is dropped, the connection has ended.
#[derive(Debug)]
pub(crate) struct Intake {
    handover: Arc<Handover>,
    connection: u64,
    is_finished: bool,
}

impl Intake {
    /// Leaves a picture; never waits.
    pub(crate) fn push(&self, mut picture: Picture) {
        let limits = self.handover.limits;
        let Some(mut state) = self.current() else {
            return;
        };
        let row = &mut *state;
        row.latest = Some(picture.captured_at.monotonic);
        picture.lost_before += mem::take(&mut row.lost);
        row.bytes += picture.bytes.len();
        row.waiting.push_back(picture);
        while row.waiting.len() > limits.pictures
            || (row.bytes > limits.bytes && row.waiting.len() > 1)
        {
            let Some(oldest) = row.waiting.pop_front() else {
                break;
            };
            row.bytes -= oldest.bytes.len();
            match row.waiting.front_mut() {
                Some(next) => next.lost_before += 1 + oldest.lost_before,
                None => row.lost += 1 + oldest.lost_before,
            }
        }
        drop(state);
        self.handover.changed.notify_all();
    }

    /// Counts pictures that are known to be lost behind the last one.
    pub(crate) fn lose(&self, count: u64) {
        if let Some(mut state) = self.current() {
            state.lost += count;
        }
    }

    /// Says what ends a read that blocks; it is called at once if the connection was closed meanwhile.
    pub(crate) fn on_close(&self, stop: impl FnOnce() + Send + 'static) {
        match self.current() {
            Some(mut state) => state.stop = Some(Box::new(stop)),
            None => stop(),
        }
    }

    /// Blocks for so long, or until nothing of this connection is taken any more; whether it still is.
    #[cfg(any(test, feature = "mjpeg"))]
    pub(crate) fn pause(&self, duration: Duration) -> bool {
        let until = Instant::now() + duration;
        while let Some(state) = self.current() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            // Whoever it wakes up for, it looks again.
            drop(self.handover.changed.wait_timeout(state, left));
        }
        false
    }

    /// Ends the connection, and says how.
    pub(crate) fn finish(mut self, end: Result<(), Trouble>) {
        self.end(end);
    }

    fn end(&mut self, end: Result<(), Trouble>) {
        self.is_finished = true;
        if let Some(mut state) = self.current() {
            state.end = Some(end);
            state.stop = None;
        }
        self.handover.lock().readers -= 1;
        self.handover.changed.notify_all();
    }

    fn current(&self) -> Option<MutexGuard<'_, State>> {
        let state = self.handover.lock();
        (state.is_open && state.connection == self.connection).then_some(state)
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        if !self.is_finished {
            self.end(Err(Trouble::Crashed));
        }
    }
}

#[cfg(test)]
mod tests;

//! The jobs that one thread lends, in a row: it adds and takes back at the end, and others take from the front.
//!
//! It is the deque of Chase and Lev in a ring that does not grow: whoever lends so many jobs has enough for others to take. Its
//! owner comes by twice in each join, and others once in thousands. So of the two fences that keep a job from being taken at
//! both ends, the owner's is the light one of `sync/asymmetric.rs`, and theirs the heavy one.
//!
//! # Memory ordering
//! The owner moves the end, fences, and looks at the front; others look at the front, fence, and look at the end. So at least
//! one of them sees the other, and for the last job of a row the compare-and-swap of the front decides. A move of the end
//! releases the jobs before it, and whoever takes acquires them.

#![expect(
    unsafe_code,
    reason = "what stands in a row is a word, and the right to run what it is of"
)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;

use super::JobRef;
use crate::sync::asymmetric;
use crate::sync::atomic::{AtomicIsize, AtomicPtr, Ordering};

/// So many jobs may be lent at a time. A model comes round the ring soon.
const PLACES: usize = if cfg!(creel_loom) { 2 } else { 256 };

/// A row, for its owner.
pub(crate) struct Row {
    ring: Arc<Ring>,
    /// It is on one thread at a time.
    owned: PhantomData<Cell<()>>,
}

/// A row, for the others.
pub(crate) struct Takers(Arc<Ring>);

struct Ring {
    /// The number of the oldest job. It only grows.
    front: OwnLine<AtomicIsize>,
    /// The number of the next job. Only the owner moves it.
    end: OwnLine<AtomicIsize>,
    places: [AtomicPtr<()>; PLACES],
}

/// The alignment keeps what others write off the cache line that the owner writes.
#[repr(align(128))]
struct OwnLine<V>(V);

impl Row {
    pub(crate) fn new() -> Self {
        let ring = Ring {
            front: OwnLine(AtomicIsize::new(0)),
            end: OwnLine(AtomicIsize::new(0)),
            places: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
        };
        Self {
            ring: Arc::new(ring),
            owned: PhantomData,
        }
    }

    pub(crate) fn takers(&self) -> Takers {
        Takers(Arc::clone(&self.ring))
    }

    /// Adds a job; gives it back if there is no place.
    #[inline]
    pub(crate) fn lend(&self, job: JobRef) -> Result<(), JobRef> {
        let ring = &*self.ring;
        let end = ring.end.0.load(Ordering::Relaxed);
        if end - ring.front.0.load(Ordering::Acquire) >= PLACES as isize {
            return Err(job);
        }
        ring.place(end).store(job.into_word(), Ordering::Relaxed);
        ring.end.0.store(end + 1, Ordering::Release);
        Ok(())
    }

    /// Takes the job back that was lent last, unless somebody has it.
    #[inline]
    pub(crate) fn take_back(&self) -> Option<JobRef> {
        let ring = &*self.ring;
        let last = ring.end.0.load(Ordering::Relaxed) - 1;
        ring.end.0.store(last, Ordering::Release);
        // The claim is given up before the front is looked at; others look at the front before they look for a claim.
        asymmetric::light();
        let front = ring.front.0.load(Ordering::Relaxed);
        if front >= last && !ring.take_last(front, last) {
            return None;
        }
        let word = ring.place(last).load(Ordering::Relaxed);
        // SAFETY: the word is of a job that was put there, and nobody else takes it any more.
        Some(unsafe { JobRef::from_word(word) })
    }
}

impl Takers {
    /// Takes the oldest job.
    pub(crate) fn take(&self) -> Option<JobRef> {
        let ring = &*self.0;
        loop {
            let front = ring.front.0.load(Ordering::Acquire);
            if ring.end.0.load(Ordering::Acquire) <= front {
                return None;
            }
            // The front was looked at before the end is; the owner moves the end before it looks at the front.
            asymmetric::heavy();
            if ring.end.0.load(Ordering::Acquire) <= front {
                return None;
            }
            let word = ring.place(front).load(Ordering::Relaxed);
            if ring.advance(front) {
                // SAFETY: the word is of a job that was put there, and the step has taken it.
                return Some(unsafe { JobRef::from_word(word) });
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.end.0.load(Ordering::Acquire) <= self.0.front.0.load(Ordering::Acquire)
    }
}

impl Ring {
    /// Takes the only job there may be, which has that number, for the owner; whether it is there.
    #[cold]
    fn take_last(&self, front: isize, last: isize) -> bool {
        let is_taken = front == last && self.advance(front);
        self.end.0.store(last + 1, Ordering::Release);
        is_taken
    }

    /// Takes the oldest job, which has that number; whether nobody was quicker.
    fn advance(&self, front: isize) -> bool {
        self.front
            .0
            .compare_exchange(front, front + 1, Ordering::SeqCst, Ordering::Relaxed)
            .is_ok()
    }

    #[inline]
    fn place(&self, number: isize) -> &AtomicPtr<()> {
        &self.places[number as usize % PLACES]
    }
}

//! Several places of the common queue that one worker has taken at a time, and that others may still take from.
//!
//! The worker takes the oldest by an addition to a word that is on a cache line of its own, in place of a compare-and-swap of
//! one for which all workers stand in line. The tasks stay where they are: a batch is a part of a block.
//!
//! The word tells which batch it is, its end, and its next place. Whoever moves it on has the place that was next for itself,
//! as in the queue itself. Others count each place that they empty; the worker counts all of its own when the batch is at its
//! end, and the block stays until then.
//!
//! # Memory ordering
//! The worker names the block before it publishes the word with `Release`, and others read the word with `Acquire` before they
//! read the block. They move the word on by a step that is `AcqRel`, and the worker reads it and moves it on with `Acquire`: who
//! has moved it on has read the block of that batch, and not that of a later one, which is named only after the worker has seen
//! that nothing is left, and so comes after their steps.

use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use super::{Block, Entry, Inbox, LAP, PLACES};
use crate::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// A worker's batch, for the worker.
pub(in crate::pool) struct Batch {
    range: Arc<Range>,
    /// How many places the worker has taken of it, and not counted as emptied.
    taken: Cell<usize>,
}

/// A worker's batch, for the others.
pub(in crate::pool) struct BatchTakers(Arc<Range>);

#[repr(align(128))]
struct Range {
    /// See [`Word`].
    word: AtomicU64,
    /// Valid while the word tells of a place.
    block: AtomicPtr<Block>,
    /// Whose blocks these are; they are there for as long as it is.
    inbox: Arc<Inbox>,
}

/// The number of the batch, the place after its last one, and the next one, from the upper bits to the lower.
///
/// It is never the same again: who has read it and moves it on still has read the block that belongs to it.
#[derive(Clone, Copy)]
struct Word(u64);

const PLACE_BITS: u32 = 8;
const PLACE_MASK: u64 = (1 << PLACE_BITS) - 1;
// The worker's step too many leaves the end alone.
const _: () = assert!((PLACES as u64) < PLACE_MASK);

impl Word {
    fn next(self) -> usize {
        (self.0 & PLACE_MASK) as usize
    }

    fn end(self) -> usize {
        (self.0 >> PLACE_BITS & PLACE_MASK) as usize
    }

    fn len(self) -> usize {
        self.end().saturating_sub(self.next())
    }

    /// With the next place taken.
    fn moved_on(self) -> Self {
        Self(self.0 + 1)
    }

    /// That of a batch after this one.
    fn following(self, next: usize, end: usize) -> Self {
        let number = (self.0 >> (2 * PLACE_BITS)) + 1;
        Self(number << (2 * PLACE_BITS) | (end as u64) << PLACE_BITS | next as u64)
    }
}

impl Batch {
    /// A batch of that queue, with nothing in it.
    pub(in crate::pool) fn new(inbox: &Arc<Inbox>) -> Self {
        let range = Range {
            word: AtomicU64::new(0),
            block: AtomicPtr::new(ptr::null_mut()),
            inbox: Arc::clone(inbox),
        };
        Self {
            range: Arc::new(range),
            taken: Cell::new(0),
        }
    }

    pub(in crate::pool) fn takers(&self) -> BatchTakers {
        BatchTakers(Arc::clone(&self.range))
    }

    /// Takes the oldest.
    #[inline]
    pub(in crate::pool) fn take(&self) -> Option<Entry> {
        let range = &*self.range;
        let mut word = Word(range.word.load(Ordering::Acquire));
        if word.len() > 0 {
            // It is one step too many if others were quicker, which does no harm: the next batch has a word of its own.
            word = Word(range.word.fetch_add(1, Ordering::Acquire));
        }
        if word.len() == 0 {
            if self.taken.get() > 0 {
                self.settle();
            }
            return None;
        }
        self.taken.set(self.taken.get() + 1);
        // SAFETY: this thread has a place there, which is not counted as emptied.
        let block = unsafe { &*range.block.load(Ordering::Relaxed) };
        Some(block.take(word.next()))
    }

    /// Takes the oldest of the queue, once nothing is left of the batch, and begins the next one with those after it: so many at
    /// most in all, and no more than a share of what is known to wait; none if these are few.
    ///
    /// `took_more` is called once others find them there.
    ///
    /// # Panics
    /// [`take`](Self::take) has not found the end of the batch.
    #[inline]
    pub(in crate::pool) fn refill(&self, most: usize, took_more: impl FnOnce()) -> Option<Entry> {
        let inbox = &*self.range.inbox;
        let (number, block, count) = inbox.get_several(most)?;
        if count == 1 {
            return Some(inbox.empty_place(number, block));
        }
        let first = number % LAP;
        self.begin(block, first, first + count);
        took_more();
        // SAFETY: this thread has a place there, which is not counted as emptied.
        Some(unsafe { block.as_ref() }.take(first))
    }

    /// Counts what the worker has taken as emptied.
    #[cold]
    pub(in crate::pool) fn settle(&self) {
        let taken = self.taken.take();
        let block = self.range.block.load(Ordering::Relaxed);
        if let (Some(block), 1..) = (NonNull::new(block), taken) {
            // SAFETY: this worker had so many places there.
            unsafe { Block::count_emptied(block, taken) };
        }
    }

    /// Begins the next batch, of which the first place is taken.
    fn begin(&self, block: NonNull<Block>, first: usize, end: usize) {
        let range = &*self.range;
        let word = Word(range.word.load(Ordering::Relaxed));
        assert!(
            word.len() == 0 && self.taken.get() == 0,
            "nothing is left of the batch before"
        );
        range.block.store(block.as_ptr(), Ordering::Relaxed);
        let word = word.following(first + 1, end);
        range.word.store(word.0, Ordering::Release);
        self.taken.set(1);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.settle();
    }
}

impl Range {
    /// Takes the oldest, for a thread that is not the worker.
    fn take(&self) -> Option<Entry> {
        loop {
            let word = Word(self.word.load(Ordering::Acquire));
            if word.len() == 0 {
                return None;
            }
            let block = self.block.load(Ordering::Relaxed);
            let took = self.word.compare_exchange_weak(
                word.0,
                word.moved_on().0,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if took.is_ok() {
                let block = NonNull::new(block).expect("the batch is of a block");
                // SAFETY: this thread has a place there, which is not counted as emptied.
                let entry = unsafe { block.as_ref() }.take(word.next());
                // SAFETY: it is that place.
                unsafe { Block::count_emptied(block, 1) };
                return Some(entry);
            }
        }
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        while self.take().is_some() {}
    }
}

impl BatchTakers {
    /// Takes the oldest.
    pub(in crate::pool) fn take(&self) -> Option<Entry> {
        self.0.take()
    }

    pub(in crate::pool) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much is in it.
    pub(in crate::pool) fn len(&self) -> usize {
        Word(self.0.word.load(Ordering::SeqCst)).len()
    }
}

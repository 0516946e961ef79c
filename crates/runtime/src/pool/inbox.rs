//! The common queue: threads outside put tasks in at one end, and workers take them out at the other, the oldest first.
//!
//! It is a list of blocks. A place in it is a number, and each end is the number of its next place and the block that it is
//! in. Whoever advances an end by compare-and-swap has the place for itself:
//!
//! ```text
//!        head                     tail
//!          │                        │
//!   ┌─┬─┬──▼┬───┐    ┌───┬───┬───┬──▼┐
//!   │x│x│ 2 │ 3 │───▶│ 5 │ 6 │ … │   │      x: taken      …: somebody has the place, and is about to fill it
//!   └─┴─┴───┴───┘    └───┴───┴───┴───┘
//! ```
//!
//! - Who gets the last place of a block puts the next block in place. The number after it is that of no place: who finds an
//!   end there waits for the next block.
//! - A place that was never filled is empty. Who takes finds its place filled, or waits for that: whoever has it fills it next.
//! - A worker may get several places of a block at a time, from which others take as well: its [`batch`]. The queue is there for
//!   as long as a batch is.
//! - Each block counts the places of it that were emptied. Who empties the last one frees the block: nobody else has a
//!   place there, or will.
//!
//! # Memory ordering
//! A place is filled with `Release` and taken with `Acquire`. Advancing the tail is what puts a task into the queue, as
//! others see it: the step is `SeqCst`, so that whoever has put something in need not fence before it looks whether somebody
//! sleeps; see [`sleep`](super::sleep).

#![expect(
    unsafe_code,
    reason = "blocks are freed by whoever is the last to need them, and words in them own what they stand for"
)]

use std::ptr::{self, NonNull};

use super::entry::Entry;
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use crate::sync::yield_now;
pub(super) use batch::{Batch, BatchTakers};

mod batch;

/// So many places has a block. A model goes from block to block soon.
const PLACES: usize = if cfg!(creel_loom) { 3 } else { 63 };
/// The last of them.
const LAST: usize = PLACES - 1;
/// From a place to the one above it in the next block.
const LAP: usize = PLACES + 1;
/// A batch is at most this part of what waits: the rest is for the other workers.
const SHARE: usize = if cfg!(creel_loom) { 1 } else { 4 };
/// A batch of fewer is not worth its price.
const FEWEST: usize = if cfg!(creel_loom) { 2 } else { 4 };
/// So often whoever waits for another thread looks before it offers its processor.
const LOOKS: u32 = 64;

pub(super) struct Inbox {
    head: End,
    tail: End,
}

/// The alignment keeps those who put in and those who take out off one cache line.
#[repr(align(128))]
struct End {
    next: AtomicUsize,
    /// Changed while `next` is the number of no place, by the one who brought it there.
    block: AtomicPtr<Block>,
    /// Of the head: how far the tail had come when somebody looked. It is farther by now, but who needs no more than that
    /// leaves the tail to those who put in. Who reads it has seen the tail as well, and whoever comes after by the head: none of
    /// them finds the tail behind that.
    seen: AtomicUsize,
}

struct Block {
    places: [AtomicPtr<()>; PLACES],
    next: AtomicPtr<Block>,
    emptied: AtomicUsize,
}

impl Inbox {
    pub(super) fn new() -> Self {
        let block = Box::into_raw(Block::new());
        Self {
            head: End::at(block),
            tail: End::at(block),
        }
    }

    #[inline]
    pub(super) fn put(&self, entry: Entry) {
        let (block, place) = self.get_place();
        // SAFETY: this thread has a place there, which nobody has emptied yet.
        let block = unsafe { block.as_ref() };
        block.places[place].store(entry.into_word().as_ptr(), Ordering::Release);
    }

    /// Gets the next place, for this thread alone.
    #[inline]
    fn get_place(&self) -> (NonNull<Block>, usize) {
        let number = self.tail.next.load(Ordering::Acquire);
        let got = match number % LAP {
            place if place < LAST => self.tail.advance(number, 1, Ordering::SeqCst),
            _last_or_none => None,
        };
        match got {
            Some(block) => (block, number % LAP),
            None => self.get_place_at_last(),
        }
    }

    /// The same where others are quicker, or the block comes to its end.
    #[cold]
    fn get_place_at_last(&self) -> (NonNull<Block>, usize) {
        let mut spare = None;
        let (number, block) = loop {
            let number = self.tail.next.load(Ordering::Acquire);
            if number % LAP == PLACES {
                self.tail.wait_to_leave(number);
                continue;
            }
            if number % LAP == LAST && spare.is_none() {
                // Made before others have to wait for it.
                spare = Some(Block::new());
            }
            if let Some(block) = self.tail.advance(number, 1, Ordering::SeqCst) {
                break (number, block);
            }
        };
        if number % LAP == LAST {
            let next = Box::into_raw(spare.expect("it was made for the last place"));
            self.tail.go_on(number, next);
            // SAFETY: this thread has a place there, which nobody has emptied yet.
            let block = unsafe { block.as_ref() };
            block.next.store(next, Ordering::Release);
        }
        (block, number % LAP)
    }

    /// Takes the oldest, if there is one.
    pub(super) fn take(&self) -> Option<Entry> {
        let (number, block) = loop {
            let (number, _known) = self.find_first()?;
            if let Some(block) = self.head.advance(number, 1, Ordering::AcqRel) {
                break (number, block);
            }
        };
        Some(self.empty_place(number, block))
    }

    /// Gets the place of the oldest, and those after it: so many at most in all, and no more than a share of what is known to wait;
    /// it alone if these are few. The number of the first, its block, and how many there are.
    #[inline]
    fn get_several(&self, most: usize) -> Option<(usize, NonNull<Block>, usize)> {
        loop {
            let (number, known) = self.find_first()?;
            // The last place of a block is taken alone.
            let several = most.min(known / SHARE).min(LAST - number % LAP);
            let count = if several < FEWEST { 1 } else { several };
            if let Some(block) = self.head.advance(number, count, Ordering::AcqRel) {
                return Some((number, block, count));
            }
        }
    }

    /// The number of the oldest, and how many are known to wait.
    #[inline]
    fn find_first(&self) -> Option<(usize, usize)> {
        loop {
            let number = self.head.next.load(Ordering::Acquire);
            if number % LAP == PLACES {
                self.head.wait_to_leave(number);
                continue;
            }
            let mut known = distance(number, self.head.seen.load(Ordering::Acquire));
            if known == 0 {
                let end = self.tail.next.load(Ordering::Acquire);
                known = distance(number, end);
                if known == 0 {
                    return None;
                }
                self.head.seen.store(end, Ordering::Release);
            }
            return Some((number, known));
        }
    }

    /// Takes what is in the place with this number, which this thread has.
    #[inline]
    fn empty_place(&self, number: usize, block: NonNull<Block>) -> Entry {
        // SAFETY: this thread has a place there, and the block stays until that is counted as empty.
        let current = unsafe { block.as_ref() };
        if number % LAP == LAST {
            self.head.go_on(number, wait_for(&current.next));
        }
        let entry = current.take(number % LAP);
        // SAFETY: it is that place.
        unsafe { Block::count_emptied(block, 1) };
        entry
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        // The tail is read later, and is never behind the head: if both are equal, nothing was in it at that moment.
        let head = self.head.next.load(Ordering::SeqCst);
        head == self.tail.next.load(Ordering::SeqCst)
    }

    /// How much is in it; a figure for display.
    pub(super) fn len(&self) -> usize {
        let places_before = |end: &End| {
            let number = end.next.load(Ordering::Acquire);
            number / LAP * PLACES + (number % LAP).min(PLACES)
        };
        let head = places_before(&self.head);
        places_before(&self.tail).saturating_sub(head)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        while self.take().is_some() {}
        // SAFETY: nobody else has the queue or a batch of it any more, and a block with a free place is no one's to free.
        unsafe { Block::free(self.tail.block.load(Ordering::Relaxed)) };
    }
}

impl End {
    fn at(block: *mut Block) -> Self {
        Self {
            next: AtomicUsize::new(0),
            block: AtomicPtr::new(block),
            seen: AtomicUsize::new(0),
        }
    }

    /// Goes so many places on from the one with this number, if the end is there; the block that it is in. The last place of a
    /// block is passed alone.
    #[inline]
    fn advance(&self, number: usize, count: usize, order: Ordering) -> Option<NonNull<Block>> {
        let block = self.block.load(Ordering::Acquire);
        let got = self.next.compare_exchange_weak(
            number,
            number.wrapping_add(count),
            order,
            Ordering::Relaxed,
        );
        got.is_ok()
            .then(|| NonNull::new(block).expect("an end is always in a block"))
    }

    /// Goes from the last place of a block, which has this number, to the first of the next block.
    fn go_on(&self, last: usize, next: *mut Block) {
        self.block.store(next, Ordering::Release);
        self.next.store(last.wrapping_add(2), Ordering::Release);
    }

    /// Waits for whoever got the last place of a block.
    #[cold]
    fn wait_to_leave(&self, number: usize) {
        wait(|| self.next.load(Ordering::Relaxed) != number);
    }
}

/// How far it is from one number to another, if that is ahead. Numbers of 32 bits wrap around in time.
fn distance(from: usize, to: usize) -> usize {
    usize::try_from(to.wrapping_sub(from).cast_signed()).unwrap_or(0)
}

/// Waits until a pointer is there.
#[inline]
fn wait_for<T>(pointer: &AtomicPtr<T>) -> *mut T {
    let mut value = pointer.load(Ordering::Acquire);
    if value.is_null() {
        wait(|| {
            value = pointer.load(Ordering::Acquire);
            !value.is_null()
        });
    }
    value
}

/// Waits for another thread that is in the middle of a few steps.
#[cold]
fn wait(mut ready: impl FnMut() -> bool) {
    let mut looks = 0;
    while !ready() {
        looks += 1;
        if cfg!(any(creel_loom, creel_shuttle)) || looks % LOOKS == 0 {
            yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

impl Block {
    fn new() -> Box<Self> {
        Box::new(Self {
            places: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            next: AtomicPtr::new(ptr::null_mut()),
            emptied: AtomicUsize::new(0),
        })
    }

    /// Takes what is in a place, which the caller has for itself; waits for whoever is about to fill it.
    #[inline]
    fn take(&self, place: usize) -> Entry {
        let word = NonNull::new(wait_for(&self.places[place])).expect("it was waited for");
        // SAFETY: the word is of the entry that was put there, and taken by this thread alone.
        unsafe { Entry::from_word(word) }
    }

    /// Counts places as emptied, and frees the block after the last one.
    ///
    /// # Safety
    /// The caller had so many places there, has emptied them, and uses the block no more.
    #[inline]
    unsafe fn count_emptied(block: NonNull<Self>, count: usize) {
        // SAFETY: the block stays until these places are counted.
        let emptied = unsafe { block.as_ref() }
            .emptied
            .fetch_add(count, Ordering::AcqRel);
        if emptied + count == PLACES {
            // SAFETY: the others are done with their places, and the ends are with other blocks.
            unsafe { Self::free(block.as_ptr()) };
        }
    }

    /// # Safety
    /// It was a box, and nobody uses it any more.
    unsafe fn free(block: *mut Self) {
        // SAFETY: this is what the caller promises.
        drop(unsafe { Box::from_raw(block) });
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
#[cfg(all(test, not(any(creel_loom, creel_shuttle))))]
mod tests;

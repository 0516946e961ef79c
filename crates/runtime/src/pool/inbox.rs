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

/// So many places has a block. A model goes from block to block soon.
const PLACES: usize = if cfg!(creel_loom) { 2 } else { 63 };
/// From a place to the one above it in the next block.
const LAP: usize = PLACES + 1;
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
    /// leaves the tail to those who put in.
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
            place if place < PLACES - 1 => self.tail.advance(number, Ordering::SeqCst),
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
            if number % LAP == PLACES - 1 && spare.is_none() {
                // Made before others have to wait for it.
                spare = Some(Block::new());
            }
            if let Some(block) = self.tail.advance(number, Ordering::SeqCst) {
                break (number, block);
            }
        };
        if number % LAP == PLACES - 1 {
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
            let number = self.head.next.load(Ordering::Acquire);
            if number % LAP == PLACES {
                self.head.wait_to_leave(number);
                continue;
            }
            if number >= self.head.seen.load(Ordering::Relaxed) {
                let tail = self.tail.next.load(Ordering::Acquire);
                if number == tail {
                    return None;
                }
                self.head.seen.store(tail, Ordering::Relaxed);
            }
            if let Some(block) = self.head.advance(number, Ordering::AcqRel) {
                break (number, block);
            }
        };
        // SAFETY: this thread has a place there, and the block stays until that is counted as empty.
        let current = unsafe { block.as_ref() };
        if number % LAP == PLACES - 1 {
            self.head.go_on(number, wait_for(&current.next));
        }
        let word = wait_for(&current.places[number % LAP]);
        if current.emptied.fetch_add(1, Ordering::AcqRel) + 1 == PLACES {
            // SAFETY: the others are done with their places, and the ends are with other blocks.
            unsafe { Block::free(block.as_ptr()) };
        }
        let word = NonNull::new(word).expect("it was waited for");
        // SAFETY: the word is of the entry that was put there, and taken by this thread alone.
        Some(unsafe { Entry::from_word(word) })
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
        // SAFETY: nobody else has the queue any more, and a block with a free place is no one's to free.
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

    /// Goes on from the place with this number, if the end is there; the block that the place is in.
    #[inline]
    fn advance(&self, number: usize, order: Ordering) -> Option<NonNull<Block>> {
        let block = self.block.load(Ordering::Acquire);
        let got = self
            .next
            .compare_exchange_weak(number, number + 1, order, Ordering::Relaxed);
        got.is_ok()
            .then(|| NonNull::new(block).expect("an end is always in a block"))
    }

    /// Goes from the last place of a block, which has this number, to the first of the next block.
    fn go_on(&self, last: usize, next: *mut Block) {
        self.block.store(next, Ordering::Release);
        self.next.store(last + 2, Ordering::Release);
    }

    /// Waits for whoever got the last place of a block.
    #[cold]
    fn wait_to_leave(&self, number: usize) {
        wait(|| self.next.load(Ordering::Relaxed) != number);
    }
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

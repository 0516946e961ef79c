//! What stands in a queue, in one word: a task that others may hold as well, or a detached one.

#![expect(
    unsafe_code,
    reason = "queues move entries of one word, whose lowest bit tells which of two pointers it is"
)]

use std::mem;
use std::num::NonZero;
use std::ptr::NonNull;

use crate::task::detached::Detached;
use crate::task::{Task, TaskRef};

/// A pointer to a task, with a mark if it is to a detached one: what is behind either is aligned to more than one byte.
pub(crate) struct Entry(NonNull<()>);

// SAFETY: it is a `Task` or a `Detached`, and both are `Send`.
unsafe impl Send for Entry {}

/// An entry, told apart.
pub(crate) enum Opened {
    Task(Task),
    Detached(Detached),
}

const MARK: usize = 1;

impl Entry {
    #[inline]
    pub(crate) fn open(self) -> Opened {
        let word = self.into_word();
        // SAFETY: the entry is gone, and what it was is moved on.
        unsafe { open(word) }
    }

    /// The entry as a word, which owns what the entry did.
    #[inline]
    pub(super) fn into_word(self) -> NonNull<()> {
        let word = self.0;
        mem::forget(self);
        word
    }

    /// # Safety
    /// The word is of [`into_word`](Self::into_word), and used once.
    #[inline]
    pub(super) unsafe fn from_word(word: NonNull<()>) -> Self {
        Self(word)
    }
}

/// # Safety
/// The word is that of an entry, and what it stands for is the caller's.
#[inline]
unsafe fn open(word: NonNull<()>) -> Opened {
    let place = word.map_addr(|address| {
        NonZero::new(address.get() & !MARK).expect("no task stands at the first address")
    });
    if word.addr().get() & MARK == 0 {
        // SAFETY: a word without the mark was made of a task.
        Opened::Task(Task::new(unsafe { TaskRef::from_word(place) }))
    } else {
        // SAFETY: a word with the mark was made of a detached task.
        Opened::Detached(unsafe { Detached::from_word(place) })
    }
}

impl From<Task> for Entry {
    fn from(task: Task) -> Self {
        Self(task.into_hold().into_word())
    }
}

impl From<Detached> for Entry {
    fn from(detached: Detached) -> Self {
        Self(detached.into_word().map_addr(|address| address | MARK))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // SAFETY: the entry is gone after this.
        drop(unsafe { open(self.0) });
    }
}

//! The waker of an async task: a hold on it.

#![expect(
    unsafe_code,
    reason = "a waker of one word that counts the holds on its task is made by hand"
)]

use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::TaskRef;

/// A waker that wakes the task, and holds it.
pub(super) fn of(task: TaskRef) -> Waker {
    let raw = into_raw(task);
    // SAFETY: the functions of the table keep to the contract of `RawWaker`, and own the hold that is its data.
    unsafe { Waker::new(raw, &TABLE) }
}

/// The task that a waker wakes, with the waker's hold on it; a waker of something else comes back.
pub(super) fn into_task(waker: Waker) -> Result<TaskRef, Waker> {
    if !ptr::eq(waker.vtable(), &TABLE) {
        return Err(waker);
    }
    let waker = ManuallyDrop::new(waker);
    // SAFETY: the table is of `of`, and the waker gives its hold away.
    Ok(unsafe { from_raw(waker.data()) })
}

static TABLE: RawWakerVTable = RawWakerVTable::new(
    |raw| {
        // SAFETY: the waker lends its hold.
        let hold = ManuallyDrop::new(unsafe { from_raw(raw) });
        RawWaker::new(into_raw(TaskRef::clone(&hold)), &TABLE)
    },
    |raw| {
        // SAFETY: the waker gives its hold away.
        let hold = unsafe { from_raw(raw) };
        hold.wake(&hold);
    },
    |raw| {
        // SAFETY: the waker lends its hold.
        let hold = ManuallyDrop::new(unsafe { from_raw(raw) });
        hold.wake(&hold);
    },
    |raw| {
        // SAFETY: the waker gives its hold away.
        drop(unsafe { from_raw(raw) });
    },
);

fn into_raw(hold: TaskRef) -> *const () {
    hold.into_word().as_ptr()
}

/// # Safety
/// The pointer is of [`into_raw`], and its hold is the caller's.
unsafe fn from_raw(raw: *const ()) -> TaskRef {
    // SAFETY: what `into_raw` gave is not null.
    let word = unsafe { NonNull::new_unchecked(raw.cast_mut()) };
    // SAFETY: the hold is the caller's.
    unsafe { TaskRef::from_word(word) }
}

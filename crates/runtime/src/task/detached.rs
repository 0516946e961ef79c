//! Tasks without a handle: nobody waits for them, and nobody but their pool can end them before they start.
//!
//! So such a task has no life that threads would have to agree on. It is a closure behind one pointer, and whoever has the
//! pointer runs the closure or drops it.

#![expect(
    unsafe_code,
    reason = "a closure of any type behind a pointer of one word is not to be had otherwise"
)]

use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem::{self, offset_of};
use std::ptr::NonNull;

use super::memory;
use crate::guard;

/// A closure that runs once.
pub(crate) struct Detached(NonNull<Kind>);

// SAFETY: the closure is `Send`, and nothing else is behind the pointer.
unsafe impl Send for Detached {}

type Kind = &'static Functions;

/// What a detached task is behind its pointer.
struct Functions {
    run: unsafe fn(NonNull<Kind>),
    drop: unsafe fn(NonNull<Kind>),
}

#[repr(C)]
struct Content<F> {
    kind: Kind,
    closure: F,
}

/// The kinds of detached tasks, one for each type.
struct Of<F>(PhantomData<F>);

impl<F: FnOnce()> Of<F> {
    const KIND: Kind = &Functions {
        run: Self::run,
        drop: Self::drop,
    };

    /// # Safety
    /// The pointer is to a `Content<F>` that is the caller's, and not used afterwards.
    unsafe fn run(place: NonNull<Kind>) {
        // SAFETY: this is what the caller promises.
        let closure = unsafe { Self::take(place) };
        closure();
    }

    /// # Safety
    /// As for `run`.
    unsafe fn drop(place: NonNull<Kind>) {
        // SAFETY: this is what the caller promises.
        drop(unsafe { Self::take(place) });
    }

    /// Moves the closure out and frees the place.
    ///
    /// # Safety
    /// As for `run`.
    unsafe fn take(place: NonNull<Kind>) -> F {
        const { assert!(offset_of!(Content<F>, kind) == 0, "the kind is first") };
        // SAFETY: the content is there and the caller's, so it may be moved out, once.
        let content = unsafe { place.cast::<Content<F>>().read() };
        // SAFETY: the memory was allocated with this layout, and nothing is left in it.
        unsafe { memory::free(place.cast(), Layout::new::<Content<F>>()) };
        content.closure
    }
}

impl Detached {
    #[inline]
    pub(crate) fn new<F: FnOnce() + Send + 'static>(closure: F) -> Self {
        let place = memory::allocate(Layout::new::<Content<F>>()).cast::<Content<F>>();
        let content = Content {
            kind: Of::<F>::KIND,
            closure,
        };
        // SAFETY: the place is for such a content, and nobody else has it.
        unsafe { place.write(content) };
        Self(place.cast())
    }

    fn kind(&self) -> Kind {
        // SAFETY: every content begins with its kind, and is there as long as this is.
        unsafe { self.0.as_ref() }
    }

    /// Runs the closure, reports a panic of it, and says whether it returned.
    pub(crate) fn run(self) -> bool {
        let run = self.kind().run;
        let place = self.into_place();
        guard::run_reported("a detached task", || {
            // SAFETY: the kind is that of the content, which was this one's.
            unsafe { run(place) }
        })
    }

    /// The task as a word, for a queue.
    pub(crate) fn into_word(self) -> NonNull<()> {
        self.into_place().cast()
    }

    fn into_place(self) -> NonNull<Kind> {
        let place = self.0;
        mem::forget(self);
        place
    }

    /// # Safety
    /// The word is of [`into_word`](Self::into_word), and used once.
    pub(crate) unsafe fn from_word(word: NonNull<()>) -> Self {
        Self(word.cast())
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        let drop = self.kind().drop;
        let place = self.0;
        guard::run_quietly("the body of a task that will not run", || {
            // SAFETY: the kind is that of the content, which nobody uses after this.
            unsafe { drop(place) }
        });
    }
}

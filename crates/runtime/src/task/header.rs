//! What stands at the start of every cell: the counts of those who hold it, its life, and what kind of cell it is.

#![expect(
    unsafe_code,
    reason = "a header knows what follows it by functions that are typed by the task's outcome, and are themselves of one type"
)]

use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem;
use std::ptr::NonNull;

use creel_core::future::Snapshot;

use super::body::Body;
use super::options::Side;
use super::reference::CellRef;
use super::state::State;
use super::{Cell, Handle, Runnable, TaskRef, Turn};
use crate::pool::Pen;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::counts;

/// What stands at the start of every cell.
pub(crate) struct Header {
    pub(super) kind: &'static Kind,
    pub(super) strong: counts::AtomicU32,
    /// The weak holds, all strong ones together being one of them, and the [marks](Mark) above them.
    pub(super) weak: counts::AtomicU32,
    /// A model follows the marks, and of the counts, for which it has no time, what giving up a hold orders.
    #[cfg(creel_loom)]
    marks: AtomicU32,
    #[cfg(creel_loom)]
    pub(super) released: AtomicU32,
    pub(super) state: State,
    /// The id of the pool that took the task, plus one; 0 before that. Written once, before the state says so.
    pool: AtomicU32,
}

/// What a header says of the executor that has taken the task, or takes it now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Address {
    /// As it stands in the header.
    pool: u32,
    marks: u32,
}

/// Something that is noted of a task beside its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Mark {
    /// The task has left its executor's queue.
    TaskLeft = 1 << 27,
    /// The task's entry has left its executor's queue.
    EntryLeft = 1 << 28,
    /// Its executor is told when either leaves.
    Told = 1 << 29,
    /// Its executor follows each of its steps.
    Listed = 1 << 30,
    /// Its handle asks it to stop when it is dropped.
    CancelsOnDrop = 1 << 31,
}

/// [`CellRef::redeem`] for a hold of no type.
type Redeem<T> = unsafe fn(TaskRef) -> Result<T, TaskRef>;

/// The part of the weak word that counts.
pub(super) const WEAK: u32 = HELD_WEAKLY - 1;
/// There was, at some time, a weak hold beside that of all strong ones.
pub(super) const HELD_WEAKLY: u32 = 1 << 26;

/// What is behind a header.
pub(super) struct Kind {
    pub(super) runnable: fn(NonNull<Header>) -> NonNull<dyn Runnable>,
    /// [`Cell::run_steps`] for a worker, which gives its hold up.
    pub(super) run: unsafe fn(TaskRef, Option<&Pen>) -> Turn,
    /// A `fn(NonNull<Header>) -> NonNull<dyn Handle<T>>`, where `T` is the task's outcome.
    handle: fn(),
    /// An `unsafe fn(TaskRef) -> Result<T, TaskRef>`, where `T` is the task's outcome: [`CellRef::redeem`].
    redeem: unsafe fn(),
    /// Drops all of the cell but the header, as [`Cell::drop_content`] says.
    pub(super) drop_content: unsafe fn(NonNull<Header>),
    pub(super) layout: Layout,
}

/// The kinds of cells, one for each type.
struct Of<B, S>(PhantomData<(B, S)>);

impl<B: Body, S: Side> Of<B, S> {
    const KIND: &'static Kind = &Kind {
        runnable: |header| header.cast::<Cell<B, S>>(),
        run: Self::run,
        handle: {
            let handle: fn(NonNull<Header>) -> NonNull<dyn Handle<B::Output>> =
                |header| header.cast::<Cell<B, S>>();
            // SAFETY: function pointers are of one size, and this one is called only after it was turned back.
            unsafe {
                mem::transmute::<fn(NonNull<Header>) -> NonNull<dyn Handle<B::Output>>, fn()>(
                    handle,
                )
            }
        },
        redeem: {
            let redeem: Redeem<B::Output> = Self::redeem;
            // SAFETY: function pointers are of one size, and this one is called only after it was turned back.
            unsafe { mem::transmute::<Redeem<B::Output>, unsafe fn()>(redeem) }
        },
        drop_content: Self::drop_content,
        layout: Layout::new::<Cell<B, S>>(),
    };

    /// # Safety
    /// The hold is on such a cell.
    unsafe fn run(hold: TaskRef, pen: Option<&Pen>) -> Turn {
        // SAFETY: this is what the caller promises.
        let hold = unsafe { CellRef::<B, S>::of(hold) };
        hold.run(pen)
    }

    /// # Safety
    /// The hold is on such a cell.
    unsafe fn redeem(hold: TaskRef) -> Result<B::Output, TaskRef> {
        // SAFETY: this is what the caller promises.
        let hold = unsafe { CellRef::<B, S>::of(hold) };
        hold.redeem()
    }

    /// # Safety
    /// As for [`Cell::drop_content`].
    unsafe fn drop_content(header: NonNull<Header>) {
        // SAFETY: the kind is that of the header's cell, and what is asked for is what the caller promises.
        unsafe { Cell::<B, S>::drop_content(header.cast()) }
    }
}

impl Kind {
    /// The cell as the handle of its outcome sees it.
    ///
    /// # Safety
    /// The outcome of this kind of cell is a `T`.
    pub(super) unsafe fn handle<T>(&self, header: NonNull<Header>) -> NonNull<dyn Handle<T>> {
        // SAFETY: it was made from a function of this type, if the outcome is what the caller says.
        let handle = unsafe {
            mem::transmute::<fn(), fn(NonNull<Header>) -> NonNull<dyn Handle<T>>>(self.handle)
        };
        handle(header)
    }

    /// What moves the value out for a handle that goes.
    ///
    /// # Safety
    /// The outcome of this kind of cell is a `T`.
    pub(super) unsafe fn redeem<T>(&self) -> Redeem<T> {
        // SAFETY: it was made from a function of this type, if the outcome is what the caller says.
        unsafe { mem::transmute::<unsafe fn(), Redeem<T>>(self.redeem) }
    }
}

impl Address {
    /// With a pool that a task knows by its id, if that is said.
    #[inline]
    pub(super) fn new(pool: Option<u32>, marks: u32) -> Self {
        debug_assert_eq!(marks & WEAK, 0);
        // Ids end before the highest number: see `home::next_id`.
        let pool = pool.map_or(0, |id| id + 1);
        Self { pool, marks }
    }
}

impl Header {
    /// Of a cell of that type that is about to be held twice.
    #[inline]
    pub(super) fn new<B: Body, S: Side>(life: Snapshot, address: Address) -> Self {
        let Address { pool, marks } = address;
        Self {
            kind: Of::<B, S>::KIND,
            strong: counts::AtomicU32::new(2),
            #[cfg(not(creel_loom))]
            weak: counts::AtomicU32::new(1 | marks),
            #[cfg(creel_loom)]
            weak: counts::AtomicU32::new(1),
            #[cfg(creel_loom)]
            marks: AtomicU32::new(marks),
            #[cfg(creel_loom)]
            released: AtomicU32::new(0),
            state: State::new(life),
            pool: AtomicU32::new(pool),
        }
    }

    /// Notes which executor takes the task.
    pub(super) fn enter(&self, address: Address) {
        let Address { pool, marks } = address;
        if marks != 0 {
            self.mark(marks);
        }
        if pool != 0 {
            self.pool.store(pool, Ordering::Release);
        }
    }

    /// The id of the pool that took the task.
    pub(super) fn pool(&self) -> Option<usize> {
        let id = self.pool.load(Ordering::Acquire).checked_sub(1)?;
        Some(id as usize)
    }

    /// Notes some marks; gives those that were there before.
    pub(super) fn mark(&self, marks: u32) -> u32 {
        debug_assert_eq!(marks & WEAK, 0);
        self.marks().fetch_or(marks, Ordering::AcqRel) & !WEAK
    }

    pub(super) fn has(&self, mark: Mark) -> bool {
        self.marks().load(Ordering::Acquire) & mark as u32 != 0
    }

    #[cfg(not(creel_loom))]
    fn marks(&self) -> &AtomicU32 {
        &self.weak
    }

    #[cfg(creel_loom)]
    fn marks(&self) -> &AtomicU32 {
        &self.marks
    }
}

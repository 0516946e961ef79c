//! Counted pointers to tasks: one word each, whatever the task's body and outcome are.
//!
//! A task is shared by its handle, the queue that holds it and its wakers. A queue of a million tasks is mostly such
//! pointers and what they point to, so both are small: the counts, the life and the home of a task stand in a header at
//! the start of its cell, and the header knows by its kind what the rest of the cell is.
//!
//! # Memory ordering
//! The counts are those of [`Arc`](std::sync::Arc): a hold that is given up releases what was done with it, and whoever
//! gives up the last one acquires all of that before the cell is dropped.

#![expect(
    unsafe_code,
    reason = "a counted pointer that is thin and knows what it points to is not to be had otherwise"
)]

use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::process;
use std::ptr::{self, NonNull};
use std::task::{RawWaker, RawWakerVTable, Waker};

use creel_core::CancelSignal;
use creel_core::future::Snapshot;

use super::memory;
use super::state::State;
use super::{Handle, Runnable};
use crate::pool::Pen;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::counts;

/// What stands at the start of every cell.
pub(crate) struct Header {
    kind: &'static Kind,
    strong: counts::AtomicU32,
    /// The weak holds, all strong ones together being one of them, and the [marks](Mark) above them.
    weak: counts::AtomicU32,
    /// A model follows the marks, and of the counts, for which it has no time, what giving up a hold orders.
    #[cfg(creel_loom)]
    marks: AtomicU32,
    #[cfg(creel_loom)]
    released: AtomicU32,
    pub(super) state: State,
    /// The id of the pool that took the task, plus one; 0 before that. Written once, before the state says so.
    pool: AtomicU32,
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

/// The part of the weak word that counts.
const WEAK: u32 = Mark::TaskLeft as u32 - 1;
/// More holds than this are a leak that would end in an overflow.
const HOLDS_MAX: u32 = WEAK / 2;

/// What is behind a header.
struct Kind {
    runnable: fn(NonNull<Header>) -> NonNull<dyn Runnable>,
    /// A `fn(NonNull<Header>) -> NonNull<dyn Handle<T>>`, where `T` is the task's outcome.
    handle: fn(),
    drop_content: unsafe fn(NonNull<Header>),
    layout: Layout,
}

/// A cell that begins with a header.
///
/// # Safety
/// Its layout is that of C, with the header first.
pub(crate) unsafe trait HeaderFirst:
    Runnable + Handle<Self::Outcome> + Sized + 'static
{
    /// What the task ends with.
    type Outcome: 'static;

    /// Drops all but the header.
    ///
    /// # Safety
    /// Nobody holds the cell any more; it is called once, and nothing but the header is used afterwards.
    unsafe fn drop_content(cell: NonNull<Self>);
}

/// The kinds of cells, one for each type.
struct Of<C>(PhantomData<C>);

impl<C: HeaderFirst> Of<C> {
    const KIND: &'static Kind = &Kind {
        runnable: |header| header.cast::<C>(),
        handle: {
            let handle: fn(NonNull<Header>) -> NonNull<dyn Handle<C::Outcome>> =
                |header| header.cast::<C>();
            // SAFETY: function pointers are of one size, and this one is called only after it was turned back.
            unsafe {
                mem::transmute::<fn(NonNull<Header>) -> NonNull<dyn Handle<C::Outcome>>, fn()>(
                    handle,
                )
            }
        },
        drop_content: Self::drop_content,
        layout: Layout::new::<C>(),
    };

    /// See [`HeaderFirst::drop_content`].
    unsafe fn drop_content(header: NonNull<Header>) {
        // SAFETY: the kind is that of the header's cell, and what is asked for is what the caller promises.
        unsafe { C::drop_content(header.cast()) }
    }
}

impl Header {
    /// Of a cell of that type that is about to be held twice.
    fn new<C: HeaderFirst>(life: Snapshot) -> Self {
        Self {
            kind: Of::<C>::KIND,
            strong: counts::AtomicU32::new(2),
            weak: counts::AtomicU32::new(1),
            #[cfg(creel_loom)]
            marks: AtomicU32::new(0),
            #[cfg(creel_loom)]
            released: AtomicU32::new(0),
            state: State::new(life),
            pool: AtomicU32::new(0),
        }
    }

    /// Notes which pool took the task.
    pub(super) fn enter_pool(&self, id: usize) {
        let id = u32::try_from(id).ok().and_then(|id| id.checked_add(1));
        let id = id.expect("a process makes fewer than four billion executors");
        self.pool.store(id, Ordering::Release);
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

/// A hold on a task, whatever its type.
pub(crate) struct TaskRef(NonNull<Header>);

// SAFETY: what it points to is `Send` and `Sync`, as every `Runnable` is, and the counts are atomic.
unsafe impl Send for TaskRef {}
// SAFETY: as for `Send`.
unsafe impl Sync for TaskRef {}

impl TaskRef {
    pub(super) fn header(&self) -> &Header {
        // SAFETY: a hold keeps the cell, and what changes in a header is atomic.
        unsafe { self.0.as_ref() }
    }

    /// A hold that does not keep the task.
    pub(crate) fn downgrade(&self) -> WeakTask {
        let before = self.header().weak.fetch_add(1, Ordering::Relaxed);
        check(before & WEAK);
        WeakTask(self.0)
    }

    /// Runs the body, unless the task is done or runs elsewhere, and says whether that ended the task.
    ///
    /// The pen is that of the worker of the pool that has the task.
    pub(crate) fn run(self, pen: Option<&Pen>) -> bool {
        // SAFETY: `run` gives the hold back, so the cell is there for all of this call.
        let task = unsafe { self.unbound() };
        let (ended, _hold) = task.run(self, pen);
        ended
    }

    /// Runs the task on this thread if it waits in the queue of that pool.
    pub(crate) fn run_in_place(self, pool: usize, pen: &Pen) {
        // SAFETY: as for `run`.
        let task = unsafe { self.unbound() };
        let _hold = task.run_in_place(self, pool, pen);
    }

    /// A waker of the task, if it is one that can be woken.
    pub(crate) fn into_waker(self) -> Waker {
        let hold = ManuallyDrop::new(self);
        // SAFETY: the functions of the table keep to the contract of `RawWaker`, and own the hold that is its data.
        unsafe { Waker::new(hold.0.as_ptr().cast::<()>(), &WAKER) }
    }

    /// The task, for as long as the caller sees to it that it is held.
    ///
    /// # Safety
    /// Somebody holds the task for as long as the reference is used.
    unsafe fn unbound<'a>(&self) -> &'a dyn Runnable {
        let cell = (self.header().kind.runnable)(self.0);
        // SAFETY: the kind is that of the header's cell, which is held for as long as the caller says.
        unsafe { cell.as_ref() }
    }

    /// The task without a hold, for whoever knows that somebody else holds it.
    pub(super) fn lend(&self) -> LentTask {
        LentTask(self.0)
    }

    /// The hold as a word.
    pub(crate) fn into_word(self) -> NonNull<()> {
        ManuallyDrop::new(self).0.cast()
    }

    /// # Safety
    /// The word is of [`into_word`](Self::into_word), and its hold is the caller's.
    pub(crate) unsafe fn from_word(word: NonNull<()>) -> Self {
        Self(word.cast())
    }

    fn into_raw(self) -> *const () {
        ManuallyDrop::new(self).0.as_ptr().cast_const().cast()
    }

    /// # Safety
    /// The pointer is of [`into_raw`](Self::into_raw), and its hold is the caller's.
    unsafe fn from_raw(raw: *const ()) -> Self {
        // SAFETY: what `into_raw` gave is not null.
        Self(unsafe { NonNull::new_unchecked(raw.cast_mut().cast()) })
    }
}

impl Deref for TaskRef {
    type Target = dyn Runnable;

    fn deref(&self) -> &Self::Target {
        // SAFETY: this is a hold, and the reference does not outlive it.
        unsafe { self.unbound() }
    }
}

impl Clone for TaskRef {
    fn clone(&self) -> Self {
        check(self.header().strong.fetch_add(1, Ordering::Relaxed));
        Self(self.0)
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        let header = self.header();
        #[cfg(creel_loom)]
        header.released.fetch_add(1, Ordering::Release);
        if header.strong.fetch_sub(1, Ordering::Release) > 1 {
            return;
        }
        counts::fence(Ordering::Acquire);
        #[cfg(creel_loom)]
        header.released.fetch_add(1, Ordering::Acquire);
        let drop_content = header.kind.drop_content;
        let _of_all_strong_ones = WeakTask(self.0);
        // SAFETY: this was the last hold, and without one nobody makes another; the kind is that of the cell.
        unsafe { drop_content(self.0) };
    }
}

impl CancelSignal for TaskRef {
    fn is_cancelled(&self) -> bool {
        (**self).is_cancelled()
    }

    fn register(&self, waker: &Waker) {
        (**self).register(waker);
    }
}

/// A task that somebody else holds.
pub(crate) struct LentTask(NonNull<Header>);

// SAFETY: as for `TaskRef`, which it can become.
unsafe impl Send for LentTask {}
// SAFETY: as for `Send`.
unsafe impl Sync for LentTask {}

impl LentTask {
    /// A hold on the task.
    ///
    /// # Safety
    /// Somebody holds the task until this has returned.
    pub(crate) unsafe fn hold(&self) -> TaskRef {
        let held = ManuallyDrop::new(TaskRef(self.0));
        TaskRef::clone(&held)
    }
}

/// A hold that keeps a task's memory, and not the task.
pub(crate) struct WeakTask(NonNull<Header>);

// SAFETY: as for `TaskRef`, which it can become.
unsafe impl Send for WeakTask {}
// SAFETY: as for `Send`.
unsafe impl Sync for WeakTask {}

impl WeakTask {
    /// The task, if somebody still holds it.
    pub(crate) fn upgrade(&self) -> Option<TaskRef> {
        // SAFETY: a weak hold keeps the header, and what changes in it is atomic.
        let header = unsafe { self.0.as_ref() };
        let mut strong = header.strong.load(Ordering::Relaxed);
        while strong > 0 {
            check(strong);
            match header.strong.compare_exchange_weak(
                strong,
                strong + 1,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(TaskRef(self.0)),
                Err(actual) => strong = actual,
            }
        }
        None
    }
}

impl Drop for WeakTask {
    fn drop(&mut self) {
        // SAFETY: a weak hold keeps the header, and what changes in it is atomic.
        let header = unsafe { self.0.as_ref() };
        // Where this is the only hold there is nobody who could make or give up another.
        let is_last = header.weak.load(Ordering::Acquire) & WEAK == 1
            || header.weak.fetch_sub(1, Ordering::AcqRel) & WEAK == 1;
        if is_last {
            let layout = header.kind.layout;
            // SAFETY: nobody is left who would use the header.
            unsafe { ptr::drop_in_place(self.0.as_ptr()) };
            // SAFETY: the cell's memory was allocated with the layout of its kind, and all of it is dropped.
            unsafe { memory::free(self.0.cast(), layout) };
        }
    }
}

/// A hold on a task whose outcome is a `T`.
pub(crate) struct HandleRef<T> {
    task: TaskRef,
    outcome: PhantomData<fn() -> T>,
}

impl<T> HandleRef<T> {
    /// The task, whatever its type.
    pub(crate) fn task(&self) -> &TaskRef {
        &self.task
    }
}

impl<T> Deref for HandleRef<T> {
    type Target = dyn Handle<T>;

    fn deref(&self) -> &Self::Target {
        let handle = self.task.header().kind.handle;
        // SAFETY: it was made from a function of this type: whoever makes a hold with a `T` has a cell with that outcome.
        let handle = unsafe {
            mem::transmute::<fn(), fn(NonNull<Header>) -> NonNull<dyn Handle<T>>>(handle)
        };
        let cell = handle(self.task.0);
        // SAFETY: the kind is that of the header's cell, and this is a hold that the reference does not outlive.
        unsafe { cell.as_ref() }
    }
}

impl<T> Clone for HandleRef<T> {
    fn clone(&self) -> Self {
        Self {
            task: self.task.clone(),
            outcome: PhantomData,
        }
    }
}

/// A hold on a cell of a type that is known.
pub(crate) struct CellRef<C> {
    task: TaskRef,
    cell: PhantomData<fn() -> C>,
}

impl<C: HeaderFirst> CellRef<C> {
    /// Two holds on what is made with a header in that life.
    pub(super) fn pair(life: Snapshot, make: impl FnOnce(Header) -> C) -> (Self, TaskRef) {
        let place = memory::allocate(Layout::new::<C>()).cast::<C>();
        // SAFETY: the place is for one such cell, and nobody else has it.
        unsafe { place.write(make(Header::new::<C>(life))) };
        let header = place.cast::<Header>();
        let held = Self {
            task: TaskRef(header),
            cell: PhantomData,
        };
        (held, TaskRef(header))
    }

    /// The same hold on the task, whatever its type.
    pub(crate) fn task(&self) -> &TaskRef {
        &self.task
    }

    /// The same hold, as its handle knows it.
    pub(crate) fn into_handle(self) -> HandleRef<C::Outcome> {
        HandleRef {
            task: self.task,
            outcome: PhantomData,
        }
    }
}

impl<C: HeaderFirst> Deref for CellRef<C> {
    type Target = C;

    fn deref(&self) -> &C {
        // SAFETY: it was made with a cell of this type, whose header is first, and the reference does not outlive it.
        unsafe { self.task.0.cast().as_ref() }
    }
}

/// How an async task is woken.
static WAKER: RawWakerVTable = RawWakerVTable::new(
    |raw| {
        // SAFETY: the waker lends its hold.
        let hold = ManuallyDrop::new(unsafe { TaskRef::from_raw(raw) });
        let another = TaskRef::clone(&hold);
        RawWaker::new(another.into_raw(), &WAKER)
    },
    |raw| {
        // SAFETY: the waker gives its hold away.
        let hold = unsafe { TaskRef::from_raw(raw) };
        hold.wake(&hold);
    },
    |raw| {
        // SAFETY: the waker lends its hold.
        let hold = ManuallyDrop::new(unsafe { TaskRef::from_raw(raw) });
        hold.wake(&hold);
    },
    |raw| {
        // SAFETY: the waker gives its hold away.
        drop(unsafe { TaskRef::from_raw(raw) });
    },
);

/// Ends the process before a count could overflow, as nothing can be trusted after that.
fn check(holds: u32) {
    if holds > HOLDS_MAX {
        process::abort();
    }
}

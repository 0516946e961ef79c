//! Counted pointers to tasks: one word each, whatever the task's body and outcome are.
//!
//! A task is shared by its handle, the queue that holds it and its wakers. A queue of a million tasks is mostly such
//! pointers and what they point to, so both are small: the counts, the life and the pool of a task stand in a [`Header`] at
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
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::process;
use std::ptr::{self, NonNull};
use std::task::Waker;

use creel_core::CancelSignal;
use creel_core::future::Snapshot;

use super::body::Body;
use super::header::{HELD_WEAKLY, Header, WEAK};
use super::home::Left;
use super::options::Side;
use super::{Cell, Handle, Runnable, Turn, memory, waker};
use crate::error::TaskError;
use crate::pool::Pen;
use crate::sync::atomic::Ordering;
use crate::sync::counts;

/// More holds than this are a leak that would end in an overflow.
const HOLDS_MAX: u32 = WEAK / 2;

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
        let weak = &self.header().weak;
        let before = weak.fetch_add(1, Ordering::Relaxed);
        if before & HELD_WEAKLY == 0 {
            weak.fetch_or(HELD_WEAKLY, Ordering::Relaxed);
        }
        check(before & WEAK);
        WeakTask(self.0)
    }

    /// Whether nobody else holds the task, in whatever way, or could come to do so.
    #[inline]
    fn is_sole(&self) -> bool {
        let header = self.header();
        if header.strong.load(Ordering::Acquire) > 1 {
            return false;
        }
        #[cfg(creel_loom)]
        header.released.fetch_add(1, Ordering::Acquire);
        // A weak hold is made by whoever has a strong one: it was noted before that one was given up.
        header.weak.load(Ordering::Relaxed) & (HELD_WEAKLY | WEAK) == 1
    }

    /// The whole of its life.
    #[inline]
    pub(crate) fn life(&self) -> Snapshot {
        self.header().state.load()
    }

    /// Runs the body, unless the task is done or runs elsewhere.
    ///
    /// The pen is that of the worker of the pool that has the task.
    pub(crate) fn run(self, pen: Option<&Pen>) -> Turn {
        let run = self.header().kind.run;
        // SAFETY: the kind is that of the cell.
        unsafe { run(self, pen) }
    }

    /// Runs the task on this thread if it waits in the queue of that pool.
    pub(crate) fn run_in_place(self, pool: usize, pen: &Pen) {
        // SAFETY: `run_in_place` gives the hold back, so the cell is there for all of this call.
        let task = unsafe { self.unbound() };
        let _hold = task.run_in_place(self, pool, pen);
    }

    /// A waker of the task, which keeps the hold.
    pub(crate) fn into_waker(self) -> Waker {
        waker::of(self)
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
    /// # Safety
    /// The hold is on a task whose outcome is a `T`.
    unsafe fn of(task: TaskRef) -> Self {
        Self {
            task,
            outcome: PhantomData,
        }
    }

    /// Moves the outcome of a settled future out; panics when it was taken before.
    #[cold]
    fn take_settled(self) -> Result<T, TaskError> {
        let outcome = self.take();
        outcome.expect("only what is settled is taken here")
    }

    /// The task, whatever its type.
    pub(crate) fn task(&self) -> &TaskRef {
        &self.task
    }
}

impl<T> Deref for HandleRef<T> {
    type Target = dyn Handle<T>;

    fn deref(&self) -> &Self::Target {
        let kind = self.task.header().kind;
        // SAFETY: whoever makes a hold with a `T` has a cell with that outcome.
        let cell = unsafe { kind.handle::<T>(self.task.0) };
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

/// The hold of a task's one handle: who gives it up without a look at the outcome detaches the task.
pub(crate) struct Voucher<T>(HandleRef<T>);

impl<T> Voucher<T> {
    pub(crate) fn new(hold: HandleRef<T>) -> Self {
        Self(hold)
    }

    /// Moves the outcome of a settled future out, and gives the hold up.
    ///
    /// Panics when it was taken before.
    #[inline]
    pub(crate) fn redeem(self) -> Result<T, TaskError> {
        let task = TaskRef(ManuallyDrop::new(self).task.0);
        // SAFETY: whoever makes a hold with a `T` has a cell with that outcome.
        let redeem = unsafe { task.header().kind.redeem::<T>() };
        // SAFETY: the kind is that of the cell.
        match unsafe { redeem(task) } {
            Ok(value) => Ok(value),
            // SAFETY: it is the hold with a `T` from above.
            Err(task) => unsafe { HandleRef::of(task) }.take_settled(),
        }
    }
}

impl<T> Deref for Voucher<T> {
    type Target = HandleRef<T>;

    fn deref(&self) -> &HandleRef<T> {
        &self.0
    }
}

impl<T> Drop for Voucher<T> {
    fn drop(&mut self) {
        self.task().detach();
    }
}

/// A hold on a cell of a type that is known.
pub(crate) struct CellRef<B: Body, S: Side> {
    task: TaskRef,
    cell: PhantomData<fn() -> Cell<B, S>>,
}

impl<B: Body, S: Side> CellRef<B, S> {
    /// Two holds on a cell that counts as many.
    ///
    /// It is made once there is a place for it, and so is not moved there piece by piece.
    #[inline]
    pub(super) fn pair(make: impl FnOnce() -> Cell<B, S>) -> (Self, TaskRef) {
        let place = memory::allocate(Layout::new::<Cell<B, S>>()).cast::<Cell<B, S>>();
        // SAFETY: the place is for one such cell, and nobody else has it.
        unsafe { place.write(make()) };
        let header = place.cast::<Header>();
        let held = Self {
            task: TaskRef(header),
            cell: PhantomData,
        };
        (held, TaskRef(header))
    }

    /// # Safety
    /// The hold is on a cell of this type.
    pub(super) unsafe fn of(task: TaskRef) -> Self {
        Self {
            task,
            cell: PhantomData,
        }
    }

    /// Runs the body, as [`TaskRef::run`] says.
    pub(super) fn run(self, pen: Option<&Pen>) -> Turn {
        let cell = self.task.0.cast::<Cell<B, S>>();
        // SAFETY: the hold on it is given back, so it is there for all of this call.
        let cell = unsafe { cell.as_ref() };
        let (turn, _hold) = cell.run_steps(self.task, Left::Both, pen);
        turn
    }

    /// Moves the value out for a handle that goes, if that is there and nobody else holds the task any more; else gives the
    /// hold back.
    ///
    /// Mostly the worker has done its part long ago: nothing has to be agreed on any more, or counted.
    #[inline]
    pub(super) fn redeem(self) -> Result<B::Output, TaskRef> {
        if !self.task.is_sole() {
            return Err(self.task);
        }
        let Some(value) = self.take_alone() else {
            return Err(self.task);
        };
        let cell = ManuallyDrop::new(self).task.0.cast::<Cell<B, S>>();
        // SAFETY: nobody else holds the cell, and the outcome has left the stage.
        unsafe { Cell::drop_beside_stage(cell) };
        // SAFETY: as before.
        unsafe { ptr::drop_in_place(cell.cast::<Header>().as_ptr()) };
        // SAFETY: the cell was allocated with this layout, and all of it is dropped.
        unsafe { memory::free(cell.cast(), Layout::new::<Cell<B, S>>()) };
        Ok(value)
    }

    /// The same hold on the task, whatever its type.
    pub(crate) fn task(&self) -> &TaskRef {
        &self.task
    }

    /// The same hold, as its handle knows it.
    pub(crate) fn into_handle(self) -> HandleRef<B::Output> {
        HandleRef {
            task: self.task,
            outcome: PhantomData,
        }
    }
}

impl<B: Body, S: Side> Deref for CellRef<B, S> {
    type Target = Cell<B, S>;

    fn deref(&self) -> &Cell<B, S> {
        // SAFETY: it was made with a cell of this type, whose header is first, and the reference does not outlive it.
        unsafe { self.task.0.cast().as_ref() }
    }
}

/// Ends the process before a count could overflow, as nothing can be trusted after that.
fn check(holds: u32) {
    if holds > HOLDS_MAX {
        process::abort();
    }
}

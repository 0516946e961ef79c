//! Work that stands on the stack of whoever lends it: the second closure of a join. `job/README.md` tells the protocol.

#![expect(
    unsafe_code,
    reason = "others run a closure that stands on the stack of the thread that lends it, and allocates nothing"
)]

mod latch;
mod row;

use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop, MaybeUninit, offset_of};
use std::panic::{self, AssertUnwindSafe, Location};
use std::ptr::{self, NonNull};
use std::thread;

use creel_core::ledger::Event;
use tracing::Span;

use crate::guard::{self, Abort};
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::task::label::Label;
use crate::task::options::current_span;
use crate::task::{LentTask, Waiting, current};

pub(crate) use latch::Latch;
pub(crate) use row::{Row, Takers};

/// Where a thread keeps the jobs that it lends, the newest on top. Others take the oldest.
pub(crate) trait Bench {
    /// Puts a job on top, and sees to it that somebody may take it; gives it back if there is no room.
    fn lend(&self, job: JobRef) -> Result<(), JobRef>;
    /// Takes back the job on top; `None` if somebody has it.
    fn take_back(&self) -> Option<JobRef>;
    /// Waits until the latch of a job that somebody took is set.
    fn wait_for(&self, loan: &Loan);
}

/// Runs `first` here and `second` as well, unless somebody takes it from the bench meanwhile.
#[inline]
pub(crate) fn join<A, B>(
    bench: &impl Bench,
    location: &'static Location<'static>,
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B + Send,
) -> (A, B)
where
    B: Send,
{
    let job = Job::new(second, location);
    // Nothing may leave this frame before the job is back.
    let no_way_out = Abort;
    let kept = bench.lend(JobRef::to(&job)).err();
    let first = panic::catch_unwind(AssertUnwindSafe(first));
    if let Some(back) = kept.or_else(|| bench.take_back()) {
        assert!(back.is(&job), "what was lent last is taken back first");
        mem::forget(no_way_out);
        // SAFETY: the only reference that was made to the job came back, so nobody else has called the closure or will.
        let second = unsafe { job.take_closure() };
        match first {
            Ok(first) => (first, second()),
            Err(payload) => {
                guard::run_quietly("the second closure of a join", || drop(second()));
                panic::resume_unwind(payload)
            }
        }
    } else {
        bench.wait_for(&job.loan);
        mem::forget(no_way_out);
        // SAFETY: somebody took the job, and has set the latch after the outcome was there.
        let second = unsafe { job.take_outcome() };
        match (first, second) {
            (Ok(first), Ok(second)) => (first, second),
            (Ok(_), Err(payload)) => panic::resume_unwind(payload),
            (Err(payload), second) => {
                guard::drop_quietly("the outcome of a join's second closure", second);
                panic::resume_unwind(payload)
            }
        }
    }
}

/// What everybody sees of a job.
pub(crate) struct Loan {
    kind: &'static Kind,
    latch: Latch,
    /// The slot of whoever took it, plus one; 0 before that. It is a hint, and orders nothing.
    taker: AtomicUsize,
    location: &'static Location<'static>,
    /// The task whose body lends it, which is held for as long.
    task: Option<LentTask>,
    /// The span that was current there. Most often there is none, and nothing to drop, which is seen to in place.
    span: ManuallyDrop<Option<Box<Span>>>,
}

impl Drop for Loan {
    #[inline]
    fn drop(&mut self) {
        #[cold]
        fn release(span: &mut Option<Box<Span>>) {
            drop(span.take());
        }

        if self.span.is_some() {
            release(&mut self.span);
        }
    }
}

/// What a job is behind its loan.
struct Kind {
    /// Calls the closure and stores its outcome; whether it returned.
    call: unsafe fn(NonNull<Loan>) -> bool,
    type_name: fn() -> &'static str,
}

impl Loan {
    pub(crate) fn latch(&self) -> &Latch {
        &self.latch
    }

    /// The slot of the worker that runs it, as soon as that has begun.
    pub(crate) fn taker(&self) -> Option<usize> {
        self.taker.load(Ordering::Relaxed).checked_sub(1)
    }
}

/// A closure, and what comes of it.
#[repr(C)]
struct Job<F, B> {
    loan: Loan,
    closure: UnsafeCell<ManuallyDrop<F>>,
    /// Written by whoever took the job, before the latch is set.
    outcome: UnsafeCell<MaybeUninit<thread::Result<B>>>,
}

/// The kinds of jobs, one for each type.
struct Of<F, B>(PhantomData<(F, B)>);

impl<F: FnOnce() -> B, B> Of<F, B> {
    const KIND: &'static Kind = &Kind {
        call: Self::call,
        type_name: std::any::type_name::<F>,
    };

    /// # Safety
    /// The loan is that of a `Job<F, B>`, whose only reference the caller has.
    unsafe fn call(loan: NonNull<Loan>) -> bool {
        const { assert!(offset_of!(Job<F, B>, loan) == 0, "the loan is first") };
        // SAFETY: the loan is the first field of such a job, which stays until its latch is set.
        let job = unsafe { loan.cast::<Job<F, B>>().as_ref() };
        // SAFETY: the caller has the only reference.
        let closure = unsafe { job.take_closure() };
        let outcome = panic::catch_unwind(AssertUnwindSafe(closure));
        let returned = outcome.is_ok();
        job.outcome.with_mut(|place| {
            // SAFETY: until the latch is set, the place belongs to whoever has the reference.
            unsafe { (*place).write(outcome) };
        });
        returned
    }
}

impl<F: FnOnce() -> B, B> Job<F, B> {
    #[inline]
    fn new(closure: F, location: &'static Location<'static>) -> Self {
        Self {
            loan: Loan {
                kind: Of::<F, B>::KIND,
                latch: Latch::new(),
                taker: AtomicUsize::new(0),
                location,
                task: current::lend(),
                span: ManuallyDrop::new(current_span().map(Box::new)),
            },
            closure: UnsafeCell::new(ManuallyDrop::new(closure)),
            outcome: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// # Safety
    /// It is called once, by whoever has the only reference that was made.
    #[inline]
    unsafe fn take_closure(&self) -> F {
        self.closure.with_mut(|place| {
            // SAFETY: the caller is the only one who touches the closure.
            let closure = unsafe { &mut *place };
            // SAFETY: it does so once.
            unsafe { ManuallyDrop::take(closure) }
        })
    }

    /// # Safety
    /// It is called once, after the latch was set.
    unsafe fn take_outcome(&self) -> thread::Result<B> {
        self.outcome.with_mut(|place| {
            // SAFETY: whoever set the latch touches nothing here any more.
            let outcome = unsafe { &*place };
            // SAFETY: it has written the outcome before, which is moved out once.
            unsafe { outcome.assume_init_read() }
        })
    }
}

/// The right to run a job: there is one of each, with whoever lends it, on a bench, or with whoever took it.
pub(crate) struct JobRef(NonNull<Loan>);

// SAFETY: closure and value of a job are `Send`, `join` sees to that, and a loan is `Sync`.
unsafe impl Send for JobRef {}

impl JobRef {
    /// To a job that stays where it is until this is back, or the latch set.
    fn to<F, B>(job: &Job<F, B>) -> Self {
        // The pointer is to the whole of the job.
        Self(NonNull::from(job).cast())
    }

    /// The reference as a word, which stands for it.
    #[inline]
    fn into_word(self) -> *mut () {
        self.0.as_ptr().cast()
    }

    /// # Safety
    /// The word is of [`into_word`](Self::into_word), and used once.
    #[inline]
    unsafe fn from_word(word: *mut ()) -> Self {
        // SAFETY: it was made of a pointer that is not null.
        Self(unsafe { NonNull::new_unchecked(word.cast()) })
    }

    fn is<F, B>(&self, job: &Job<F, B>) -> bool {
        ptr::addr_eq(self.0.as_ptr(), ptr::from_ref(job))
    }

    fn loan(&self) -> &Loan {
        // SAFETY: the job stays where it is for as long as there is a reference.
        unsafe { self.0.as_ref() }
    }

    /// What it is called among the tasks.
    pub(crate) fn waiting(&self) -> Waiting {
        Waiting {
            id: self.0.addr().get(),
            label: Label::Body((self.loan().kind.type_name)()),
        }
    }

    /// Where it was lent.
    pub(crate) fn location(&self) -> &'static Location<'static> {
        self.loan().location
    }

    /// Runs the job for the one who lends it, as a part of the task that does, and lets that one go on.
    ///
    /// `ended` is told what came of it before that.
    pub(crate) fn run(self, slot: usize, ended: impl FnOnce(Event)) {
        // Whoever lends it relies on the latch.
        let no_way_out = Abort;
        let loan = self.loan();
        loan.taker.store(slot + 1, Ordering::Relaxed);
        let returned = {
            // SAFETY: a body of the task runs for as long as it lends this job, and is held meanwhile.
            let task = loan.task.as_ref().map(|task| unsafe { task.hold() });
            let _entered = task.map(current::enter);
            let _span = loan.span.as_deref().map(Span::enter);
            // SAFETY: the kind is that of the job, and this is the only reference.
            unsafe { (loan.kind.call)(self.0) }
        };
        let event = if returned {
            Event::Succeeded
        } else {
            Event::Panicked
        };
        ended(event);
        mem::forget(no_way_out);
        loan.latch.set();
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;

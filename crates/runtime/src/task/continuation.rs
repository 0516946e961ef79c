//! Tasks that go on with the value of another one.
//!
//! A continuation is pending until the task before it is settled. With a value it is handed to the executor of that
//! task, and starts like any other; without one it ends at once, in the same way. Until then it stands in no queue.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use creel_core::Run;
use creel_core::future::{Body as Kind, Observe, State as Life};

use super::body::Body;
use super::options::Extras;
use super::{Cell, HandleRef, Task, TaskRef, Waiter};
use crate::error::Abandoned;
use crate::future::TaskFuture;
use crate::guard;
use crate::shared::SharedFuture;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::thread_local;

/// A function of the value of the task before.
pub(crate) struct Mapped<T, F> {
    before: TaskFuture<T>,
    function: Option<F>,
}

/// A function of the value of the task before, which others see as well.
pub(crate) struct Seen<T, F> {
    before: SharedFuture<T>,
    function: F,
}

/// A function of the value of the task before, which gives a future, and then that future.
pub(crate) enum Chained<T, F, N> {
    Function(Mapped<T, F>),
    Future(Pin<Box<N>>),
}

impl<T, F> Mapped<T, F> {
    pub(crate) fn new(before: TaskFuture<T>, function: F) -> Self {
        Self {
            before,
            function: Some(function),
        }
    }

    /// Applies the function to the value, once.
    fn apply<U>(&mut self) -> U
    where
        F: FnOnce(T) -> U,
    {
        let value = self
            .before
            .take()
            .and_then(Result::ok)
            .expect("a continuation starts only with a value");
        let function = self.function.take().expect("core starts a body once");
        function(value)
    }
}

impl<T, U, F> Body for Mapped<T, F>
where
    T: Send + 'static,
    U: Send + 'static,
    F: FnOnce(T) -> U + Send + 'static,
{
    type Output = U;
    const KIND: Kind = Kind::Closure;

    fn type_name() -> &'static str {
        std::any::type_name::<F>()
    }

    fn call(mut self) -> U {
        self.apply()
    }
}

impl<T, F> Seen<T, F> {
    pub(crate) fn new(before: SharedFuture<T>, function: F) -> Self {
        Self { before, function }
    }
}

impl<T, U, F> Body for Seen<T, F>
where
    T: Send + Sync + 'static,
    U: Send + 'static,
    F: FnOnce(&T) -> U + Send + 'static,
{
    type Output = U;
    const KIND: Kind = Kind::Closure;

    fn type_name() -> &'static str {
        std::any::type_name::<F>()
    }

    fn call(self) -> U {
        let seen = self.before.see(self.function);
        seen.expect("a continuation starts only with a value")
    }
}

/// The function is moved, never pinned.
impl<T, F, N> Unpin for Chained<T, F, N> {}

impl<T, F, N> Body for Chained<T, F, N>
where
    T: Send + 'static,
    N: Future<Output: Send + 'static> + Send + 'static,
    F: FnOnce(T) -> N + Send + 'static,
{
    type Output = N::Output;
    const KIND: Kind = Kind::Future;

    fn type_name() -> &'static str {
        std::any::type_name::<F>()
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<N::Output> {
        let this = self.get_mut();
        if let Self::Function(mapped) = this {
            let next = Box::pin(mapped.apply());
            *this = Self::Future(next);
        }
        let Self::Future(future) = this else {
            unreachable!("the function has given its future")
        };
        future.as_mut().poll(context)
    }
}

/// Makes the task that goes on after `before` by `body`, which holds the handle of that.
#[track_caller]
pub(crate) fn after<T, B>(before: HandleRef<T>, body: B) -> TaskFuture<B::Output>
where
    T: Send + 'static,
    B: Body,
{
    let extras = Extras::after(before.task().downgrade());
    let (cell, next) = Cell::with_side(body, extras);
    let future = TaskFuture::new(cell.into_handle());
    let launch = Arc::new(Launch {
        before,
        next,
        is_launched: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&launch));
    // It keeps its address for as long as the waker is in the list.
    let waiter = Waiter::at(&*launch);
    if launch.before.task().wait_with(&waker, waiter) == Observe::Settled {
        launch.before.task().wait_no_longer(waiter);
        launch.wake();
    }
    future
}

/// Waits in the list of the task before for its end.
struct Launch<T> {
    before: HandleRef<T>,
    next: TaskRef,
    /// Whoever enters the list while the task before settles may be told of it twice: there, and by being woken. It only
    /// tells the one from the other; what the launch reads was ordered by the state of the task before.
    is_launched: AtomicBool,
}

impl<T: Send + 'static> Wake for Launch<T> {
    fn wake(self: Arc<Self>) {
        if !self.is_launched.swap(true, Ordering::Relaxed) {
            in_turn(Box::new(move || self.launch()));
        }
    }
}

impl<T> Launch<T> {
    fn launch(&self) {
        // A value is the handle's, which a cancel of this continuation drops at any time; an error stays where it is.
        let outcome = self.before.task().life().state();
        if outcome != Life::Succeeded
            && let Some(error) = self.before.task().error()
        {
            self.next.inherit(outcome, error);
            return;
        }
        let task = Task::new(self.next.clone());
        match self.before.task().home() {
            None => task.run(),
            Some(home) => match home.find_host() {
                Some(host) => host.adopt(task),
                None => task.abandon(Abandoned::ShutDown),
            },
        }
    }
}

type Turn = Box<dyn FnOnce()>;

thread_local! {
    /// There is a list while a turn runs.
    static TURNS: RefCell<Option<VecDeque<Turn>>> = const { RefCell::new(None) };
}

/// Runs what the end of a task brings about after what came before on this thread, rather than inside it: the error
/// of the first of a long chain passes through all of them.
fn in_turn(turn: Turn) {
    let mut turn = Some(turn);
    let entered = TURNS.try_with(|turns| {
        let mut turns = turns.borrow_mut();
        match &mut *turns {
            Some(waiting) => waiting.extend(turn.take()),
            None => *turns = Some(VecDeque::new()),
        }
    });
    if let Some(first) = turn {
        guard::run_quietly("a continuation", first);
        if entered.is_ok() {
            take_turns();
            TURNS.with(|turns| turns.replace(None));
        }
    }
}

/// Runs what waits for its turn on this thread: for whoever is about to block it.
pub(crate) fn take_turns() {
    let next = || {
        TURNS
            .try_with(|turns| turns.borrow_mut().as_mut()?.pop_front())
            .ok()
            .flatten()
    };
    while let Some(turn) = next() {
        guard::run_quietly("a continuation", turn);
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;

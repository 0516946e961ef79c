//! Somebody who submits to a pool, and keeps what is given for it.

use std::future;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use creel_runtime::{Abandoned, Rejected, ResultError, TaskError, TaskFuture, ThreadPool};

/// What is submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Closure,
    /// A closure that is given back when the queue is full.
    Impatient,
    /// A closure that submits another one.
    Parent,
    /// An async task that suspends, and is woken.
    Yielding,
    /// An async task that nobody wakes.
    Endless,
}

/// What came of submits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) accepted: u64,
    pub(crate) given_back: u64,
    pub(crate) ran: u64,
    pub(crate) cancelled: u64,
    pub(crate) abandoned: u64,
}

impl AddAssign for Ledger {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.given_back += other.given_back;
        self.ran += other.ran;
        self.cancelled += other.cancelled;
        self.abandoned += other.abandoned;
    }
}

/// The submits of one thread.
pub(crate) struct Visit {
    futures: Vec<TaskFuture<u64>>,
    books: Arc<Books>,
}

/// What the bodies themselves say.
#[derive(Default)]
struct Books {
    runs: AtomicU64,
    bodies: AtomicU64,
    bodies_dropped: AtomicU64,
    given_back: AtomicU64,
    children: Mutex<Vec<TaskFuture<u64>>>,
}

impl Visit {
    /// Submits until the pool refuses, at most so often.
    pub(crate) fn pay(
        pool: &Arc<ThreadPool>,
        submits: u64,
        kinds: &[Kind],
        random: &mut fastrand::Rng,
    ) -> Self {
        let books = Arc::new(Books::default());
        let futures = (0..submits).map_while(|number| {
            let kind = kinds[random.usize(..kinds.len())];
            submit(pool, kind, number, &books).ok()
        });
        Self {
            futures: futures.flatten().collect(),
            books,
        }
    }

    /// Whether every future is done.
    pub(crate) fn is_over(&self) -> bool {
        let children = self.books.children.lock().unwrap();
        self.futures.iter().chain(&*children).all(TaskFuture::done)
    }

    /// Waits for every outcome, and compares them with what the bodies say.
    pub(crate) fn close(self) -> Ledger {
        let Self { futures, books } = self;
        let mut ledger = Ledger::default();
        futures.into_iter().for_each(|future| ledger.enter(future));
        // Whoever submits one of these is done.
        let children = std::mem::take(&mut *books.children.lock().unwrap());
        children.into_iter().for_each(|future| ledger.enter(future));

        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        assert_eq!(read(&books.runs), ledger.ran, "what has a value ran, once");
        let (bodies, dropped) = (read(&books.bodies), read(&books.bodies_dropped));
        assert_eq!(
            dropped, bodies,
            "each body is dropped before its outcome is told"
        );
        ledger.given_back = read(&books.given_back);
        assert_eq!(bodies, ledger.accepted + ledger.given_back);
        ledger
    }
}

impl Ledger {
    fn enter(&mut self, future: TaskFuture<u64>) {
        self.accepted += 1;
        match future.result() {
            Ok(_) => self.ran += 1,
            Err(ResultError::Task(TaskError::Cancelled)) => self.cancelled += 1,
            Err(ResultError::Task(TaskError::Abandoned(Abandoned::ShutDown))) => {
                self.abandoned += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Submits a task; `Ok(None)` if there was no room for it, and an error when the pool takes nothing more.
fn submit(
    pool: &Arc<ThreadPool>,
    kind: Kind,
    number: u64,
    books: &Arc<Books>,
) -> Result<Option<TaskFuture<u64>>, Closed> {
    let body = Body::new(books);
    match kind {
        Kind::Closure => books.enter(pool.submit(move || body.run(number)), number),
        Kind::Impatient => books.enter(pool.try_submit(move || body.run(number)), number),
        Kind::Parent => {
            let inner = Arc::clone(pool);
            let submitted = pool.submit(move || {
                if let Ok(child) = submit(&inner, Kind::Closure, number, &body.0) {
                    body.0.children.lock().unwrap().extend(child);
                }
                drop(inner);
                body.run(number)
            });
            books.enter(submitted, number)
        }
        Kind::Yielding | Kind::Endless => {
            let mut polled = false;
            let submitted = pool.spawn(future::poll_fn(move |context| {
                if polled {
                    return Poll::Ready(body.run(number));
                }
                polled = kind == Kind::Yielding;
                if polled {
                    context.waker().wake_by_ref();
                }
                Poll::Pending
            }));
            match submitted {
                Ok(future) => Ok(Some(future)),
                Err(_) => {
                    books.given_back.fetch_add(1, Ordering::Relaxed);
                    Err(Closed)
                }
            }
        }
    }
}

/// The pool takes nothing more.
struct Closed;

impl Books {
    /// Notes whether a closure was taken; one that was given back is called, to see that it is the same.
    fn enter<F: FnOnce() -> u64>(
        &self,
        submitted: Result<TaskFuture<u64>, Rejected<F>>,
        number: u64,
    ) -> Result<Option<TaskFuture<u64>>, Closed> {
        let rejected = match submitted {
            Ok(future) => return Ok(Some(future)),
            Err(rejected) => rejected,
        };
        let is_full = matches!(rejected, Rejected::Full(_));
        assert_eq!(rejected.into_inner()(), number);
        self.runs.fetch_sub(1, Ordering::Relaxed);
        self.given_back.fetch_add(1, Ordering::Relaxed);
        if is_full { Ok(None) } else { Err(Closed) }
    }
}

/// What a task captured; it counts the run and its own drop.
struct Body(Arc<Books>);

impl Body {
    fn new(books: &Arc<Books>) -> Self {
        books.bodies.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(books))
    }

    fn run(&self, number: u64) -> u64 {
        self.0.runs.fetch_add(1, Ordering::Relaxed);
        number
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.0.bodies_dropped.fetch_add(1, Ordering::Relaxed);
    }
}

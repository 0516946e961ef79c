//! One task with which something goes wrong.

use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use creel_runtime::{ResultError, TaskError, TaskFuture, ThreadPool};

use super::bomb::{Bomb, Bombs, PLANNED};
use crate::attendance;

/// What panics.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The body, with a text.
    Text,
    /// The body, and its payload when the error is dropped.
    Payload,
    /// The same, with the payload taken out of the error.
    TakenPayload,
    /// The same, with nobody left to see the error.
    DetachedPayload,
    /// The value, when whoever got it drops it.
    Value,
    /// The value, with nobody left to get it.
    DetachedValue,
    /// What a closure captured, at its end.
    Captured,
    /// The same, unless the task is cancelled first.
    Cancelled,
    /// The second poll of an async task.
    Poll,
    /// What an async task holds after it is ready.
    Held,
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::Text,
        Self::Payload,
        Self::TakenPayload,
        Self::DetachedPayload,
        Self::Value,
        Self::DetachedValue,
        Self::Captured,
        Self::Cancelled,
        Self::Poll,
        Self::Held,
    ];
}

/// What was called beside the bodies.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) callbacks_added: AtomicU64,
    pub(crate) callbacks: AtomicU64,
    pub(crate) wakers: AtomicU64,
}

type Outcome = Result<Option<Bomb>, TaskError>;

/// A task that was submitted, and what is known of its end.
pub(crate) struct Mishap {
    kind: Kind,
    cancelled: bool,
    end: End,
}

enum End {
    ToCome(TaskFuture<Option<Bomb>>),
    Come(Outcome),
    Unseen,
}

impl Mishap {
    /// Submits a task of any kind, with callbacks and perhaps a waker that panic too.
    pub(crate) fn cause(
        pool: &ThreadPool,
        bombs: &Arc<Bombs>,
        calls: &Arc<Calls>,
        random: &mut fastrand::Rng,
    ) -> Self {
        let kind = Kind::ALL[random.usize(..Kind::ALL.len())];
        let mut future = submit(kind, pool, bombs.make());
        for _ in 0..random.usize(..3) {
            add_callback(&future, bombs, calls, random);
        }
        let cancelled = matches!(kind, Kind::Cancelled) && future.cancel();
        let end = match kind {
            Kind::DetachedPayload | Kind::DetachedValue => {
                drop(future);
                End::Unseen
            }
            _ if random.u8(..4) == 0 => {
                let waker = Waker::from(Arc::new(Panicking(Arc::clone(calls))));
                match Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(outcome) => End::Come(outcome),
                    Poll::Pending => End::ToCome(future),
                }
            }
            _ => End::ToCome(future),
        };
        Self {
            kind,
            cancelled,
            end,
        }
    }

    /// Waits for the outcome, which says what went wrong.
    pub(crate) fn check(self) {
        let outcome = match self.end {
            End::Unseen => return,
            End::Come(outcome) => outcome,
            End::ToCome(future) => future.result().map_err(|error| match error {
                ResultError::Task(error) => error,
                other => panic!("{other:?}"),
            }),
        };
        match (self.kind, outcome) {
            (Kind::Cancelled, Err(TaskError::Cancelled)) => assert!(self.cancelled),
            (Kind::Text | Kind::Captured | Kind::Cancelled | Kind::Poll, Err(error)) => {
                let TaskError::Panicked(panic) = error else {
                    panic!("{:?}: {error}", self.kind)
                };
                assert!(panic.message().starts_with(PLANNED) && !self.cancelled);
            }
            // Dropping the error drops the payload, and must not panic.
            (Kind::Payload, Err(TaskError::Panicked(_))) => {}
            (Kind::TakenPayload, Err(TaskError::Panicked(panic))) => {
                explode(panic.take_payload().expect("nobody else took it"));
            }
            (Kind::Value, Ok(Some(bomb))) => explode(bomb),
            (Kind::Held, Ok(None)) => {}
            (kind, outcome) => panic!("{kind:?}: {:?}", outcome.map(|bomb| bomb.is_some())),
        }
    }
}

fn submit(kind: Kind, pool: &ThreadPool, bomb: Bomb) -> TaskFuture<Option<Bomb>> {
    match kind {
        Kind::Text => {
            explode(bomb);
            pool.submit(|| -> Option<Bomb> {
                attendance::note();
                panic!("{PLANNED}: of a body")
            })
            .unwrap()
        }
        Kind::Payload | Kind::TakenPayload | Kind::DetachedPayload => pool
            .submit(|| -> Option<Bomb> { panic::panic_any(bomb) })
            .unwrap(),
        Kind::Value | Kind::DetachedValue => pool.submit(|| Some(bomb)).unwrap(),
        Kind::Captured | Kind::Cancelled => pool
            .submit(move || {
                let _captured = &bomb;
                attendance::note();
                None
            })
            .unwrap(),
        Kind::Poll | Kind::Held => pool
            .spawn(Polled {
                panics: matches!(kind, Kind::Poll),
                polled: false,
                _held: bomb,
            })
            .unwrap(),
    }
}

fn add_callback(
    future: &TaskFuture<Option<Bomb>>,
    bombs: &Arc<Bombs>,
    calls: &Arc<Calls>,
    random: &mut fastrand::Rng,
) {
    calls.callbacks_added.fetch_add(1, Ordering::Relaxed);
    let bomb = bombs.make();
    let called = Arc::clone(calls);
    let is_payload = random.bool();
    future.add_done_callback(move |_| {
        called.callbacks.fetch_add(1, Ordering::Relaxed);
        if is_payload {
            panic::panic_any(bomb);
        }
        let _dropped_at_the_end = bomb;
    });
}

/// Drops what panics when it is dropped.
fn explode<T>(bomb: T) {
    panic::catch_unwind(AssertUnwindSafe(|| drop(bomb))).expect_err("it panics");
}

/// A future that is ready, or panics, when it is polled again.
struct Polled {
    panics: bool,
    polled: bool,
    _held: Bomb,
}

impl Future for Polled {
    type Output = Option<Bomb>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        attendance::note();
        if !self.polled {
            self.polled = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.panics {
            panic!("{PLANNED}: of a poll");
        }
        Poll::Ready(None)
    }
}

/// A waker that panics when it wakes.
struct Panicking(Arc<Calls>);

impl Wake for Panicking {
    fn wake(self: Arc<Self>) {
        self.0.wakers.fetch_add(1, Ordering::Relaxed);
        panic!("{PLANNED}: of a waker");
    }
}

//! Those who wait for a task's outcome, or for the request to stop it.

#[cfg_attr(
    all(creel_loom, not(test)),
    expect(
        dead_code,
        reason = "it has models of its own, and others are faster without it"
    )
)]
mod slot;

use std::task::Waker;

use crate::error::TaskError;
#[cfg(not(creel_loom))]
use slot::{Locked, Slot};

/// To a model a lock is one step.
#[cfg(creel_loom)]
type Slot<V> = crate::sync::Mutex<Option<Box<V>>>;
#[cfg(creel_loom)]
type Locked<'a, V> = crate::sync::MutexGuard<'a, Option<Box<V>>>;

/// A done callback: it sees the outcome by reference, before its value can be taken.
pub(crate) type Callback<T> = Box<dyn FnOnce(Result<&T, &TaskError>) + Send>;

/// Who waits with a waker: a later waker of the same one replaces the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiter(usize);

impl Waiter {
    /// The polls of the handle, which is in one place at a time.
    pub(crate) const HANDLE: Self = Self(0);

    /// Whoever keeps `place` at its address for as long as the waker may be in a list.
    pub(crate) fn at<P: ?Sized>(place: &P) -> Self {
        Self(std::ptr::from_ref(place).addr())
    }
}

/// The lists of a task, behind a lock; most tasks never have one, so they are allocated for the first who enters.
pub(crate) struct Observers<T>(Slot<Lists<T>>);

/// The lists of a task, until this is dropped.
pub(crate) struct Observing<'a, T>(Locked<'a, Lists<T>>);

struct Lists<T> {
    callbacks: Vec<Callback<T>>,
    /// Mostly there is one: it costs no list.
    first_waiter: Option<(Waiter, Waker)>,
    waiters: Vec<(Waiter, Waker)>,
    cancel_wakers: Vec<Waker>,
}

/// What the lists held at the end, to be woken or dropped without the lock. Those who wanted to know of a request to stop
/// are dropped: it can no longer come.
pub(crate) struct Leftovers<T>(Option<Box<Lists<T>>>);

impl<T> Leftovers<T> {
    /// Those who wait for the outcome.
    pub(crate) fn take_waiters(&mut self) -> impl Iterator<Item = Waker> + use<T> {
        let lists = self.0.as_mut();
        let waiters = lists.map(|lists| {
            (
                lists.first_waiter.take(),
                std::mem::take(&mut lists.waiters),
            )
        });
        let (first, others) = waiters.unwrap_or_default();
        first.into_iter().chain(others).map(|(_, waker)| waker)
    }
}

impl<T> Observers<T> {
    pub(crate) fn new() -> Self {
        Self(Slot::default())
    }

    pub(crate) fn lock(&self) -> Observing<'_, T> {
        Observing(self.0.lock())
    }
}

impl<T> Observing<'_, T> {
    pub(crate) fn add_callback(&mut self, callback: Callback<T>) {
        self.lists().callbacks.push(callback);
    }

    /// Takes the last callback back, for a caller that came too late.
    pub(crate) fn remove_last_callback(&mut self) -> Option<Callback<T>> {
        self.0.as_mut()?.callbacks.pop()
    }

    pub(crate) fn take_callbacks(&mut self) -> Vec<Callback<T>> {
        self.0
            .as_mut()
            .map(|lists| std::mem::take(&mut lists.callbacks))
            .unwrap_or_default()
    }

    /// Enters a waker; gives one that it replaces, to be dropped without the lock.
    pub(crate) fn add_waiter(&mut self, waker: Waker, who: Waiter) -> Option<Waker> {
        let lists = self.lists();
        let mut waiters = lists.first_waiter.iter_mut().chain(&mut lists.waiters);
        if let Some((_, known)) = waiters.find(|(known, _)| *known == who) {
            return Some(std::mem::replace(known, waker));
        }
        match &mut lists.first_waiter {
            Some(_) => lists.waiters.push((who, waker)),
            first => *first = Some((who, waker)),
        }
        None
    }

    /// Takes a waker out whose owner waits no longer, to be dropped without the lock.
    pub(crate) fn remove_waiter(&mut self, who: Waiter) -> Option<Waker> {
        let lists = self.0.as_mut()?;
        let (_, waker) = match lists.first_waiter.take_if(|(known, _)| *known == who) {
            Some(first) => first,
            None => {
                let place = lists.waiters.iter().position(|(known, _)| *known == who)?;
                lists.waiters.remove(place)
            }
        };
        Some(waker)
    }

    pub(crate) fn add_cancel_waker(&mut self, waker: Waker) {
        let wakers = &mut self.lists().cancel_wakers;
        if !wakers.iter().any(|known| known.will_wake(&waker)) {
            wakers.push(waker);
        }
    }

    pub(crate) fn take_cancel_wakers(&mut self) -> Vec<Waker> {
        self.0
            .as_mut()
            .map(|lists| std::mem::take(&mut lists.cancel_wakers))
            .unwrap_or_default()
    }

    pub(crate) fn take_leftovers(&mut self) -> Leftovers<T> {
        Leftovers(self.0.take())
    }

    fn lists(&mut self) -> &mut Lists<T> {
        self.0.get_or_insert_with(|| {
            Box::new(Lists {
                callbacks: Vec::new(),
                first_waiter: None,
                waiters: Vec::new(),
                cancel_wakers: Vec::new(),
            })
        })
    }
}

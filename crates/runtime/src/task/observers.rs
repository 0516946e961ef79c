//! Those who wait for a task's outcome, or for the request to stop it.

use std::task::Waker;

use crate::error::TaskError;

/// A done callback: it sees the outcome by reference, before its value can be taken.
pub(crate) type Callback<T> = Box<dyn FnOnce(Result<&T, &TaskError>) + Send>;

/// The list of a task; most tasks never have one, so it is allocated for the first who enters.
pub(crate) struct Observers<T>(Option<Box<Lists<T>>>);

struct Lists<T> {
    callbacks: Vec<Callback<T>>,
    waiter: Option<Waker>,
    cancel_wakers: Vec<Waker>,
}

impl<T> Observers<T> {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

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

    /// The handle waits, in one place at a time; gives the waiter before, to be dropped without the lock.
    pub(crate) fn set_waiter(&mut self, waker: &Waker) -> Option<Waker> {
        let waiter = &mut self.lists().waiter;
        if waiter.as_ref().is_some_and(|known| known.will_wake(waker)) {
            return None;
        }
        waiter.replace(waker.clone())
    }

    pub(crate) fn take_waiter(&mut self) -> Option<Waker> {
        self.0.as_mut()?.waiter.take()
    }

    pub(crate) fn add_cancel_waker(&mut self, waker: &Waker) {
        let wakers = &mut self.lists().cancel_wakers;
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    pub(crate) fn take_cancel_wakers(&mut self) -> Vec<Waker> {
        self.0
            .as_mut()
            .map(|lists| std::mem::take(&mut lists.cancel_wakers))
            .unwrap_or_default()
    }

    fn lists(&mut self) -> &mut Lists<T> {
        self.0.get_or_insert_with(|| {
            Box::new(Lists {
                callbacks: Vec::new(),
                waiter: None,
                cancel_wakers: Vec::new(),
            })
        })
    }
}

//! A lookout onto what a test says.

use std::future::poll_fn;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Instant;

use creel_core::port::{Lookout, Watch, Watcher};

/// A lookout whose events a test makes, and that knows who watches.
///
/// Nobody stands in when no thread keeps watch: an event waits for one.
#[derive(Debug, Default)]
pub struct ScriptedLookout {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    watcher: Option<ThreadId>,
    /// The watcher blocks.
    is_waiting: bool,
    is_roused: bool,
    events: usize,
    happened: usize,
    waiting: Vec<Waker>,
    ready: Vec<Waker>,
}

impl ScriptedLookout {
    /// A lookout at which nothing has happened yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Suspends until something happens after this was called.
    pub fn event(&self) -> impl Future<Output = ()> + '_ {
        let before = self.lock().events;
        poll_fn(move |task| {
            let mut state = self.lock();
            if state.happened > before {
                return Poll::Ready(());
            }
            state.waiting.push(task.waker().clone());
            self.changed.notify_all();
            Poll::Pending
        })
    }

    /// Something happens: whoever waits is woken by whoever keeps watch.
    pub fn happen(&self) {
        let mut state = self.lock();
        state.events += 1;
        let waiting = mem::take(&mut state.waiting);
        state.ready.extend(waiting);
        self.changed.notify_all();
    }

    /// Has the watcher wake somebody.
    pub fn ready(&self, waker: Waker) {
        self.lock().ready.push(waker);
        self.changed.notify_all();
    }

    /// Blocks until a thread keeps watch and has nothing to do; which one.
    pub fn wait_for_watcher(&self) -> ThreadId {
        let state = self.wait_while(|state| !state.is_waiting);
        state.watcher.expect("whoever waits watches")
    }

    /// Blocks until nobody keeps watch.
    pub fn wait_until_left(&self) {
        drop(self.wait_while(|state| state.watcher.is_some()));
    }

    /// Blocks until so many futures wait for something to happen.
    pub fn wait_for_waiting(&self, count: usize) {
        drop(self.wait_while(|state| state.waiting.len() < count));
    }

    fn wait_while(&self, mut condition: impl FnMut(&State) -> bool) -> MutexGuard<'_, State> {
        self.changed
            .wait_while(self.lock(), |state| condition(state))
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks as the watcher does, and gives whom to wake.
    fn wait(&self, until: Option<Instant>) -> Vec<Waker> {
        let mut state = self.lock();
        // Every time comes at once: whoever watches until one looks again.
        while until.is_none() && state.ready.is_empty() && !state.is_roused {
            state.is_waiting = true;
            self.changed.notify_all();
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.is_waiting = false;
        state.is_roused = false;
        if !state.ready.is_empty() {
            state.happened = state.events;
        }
        mem::take(&mut state.ready)
    }
}

impl Lookout for ScriptedLookout {
    fn watch(&self, until: Option<Instant>, watcher: &mut dyn Watcher) -> Watch {
        let mut state = self.lock();
        if state.watcher.is_some() {
            return Watch::Taken;
        }
        state.watcher = Some(thread::current().id());
        drop(state);
        if watcher.stays() {
            let ready = self.wait(until);
            if !ready.is_empty() {
                watcher.found();
                for waker in ready {
                    // A panic of it was told on standard error.
                    let _ = panic::catch_unwind(AssertUnwindSafe(|| waker.wake()));
                }
            }
        }
        self.lock().watcher = None;
        self.changed.notify_all();
        Watch::Kept
    }

    fn rouse(&self) {
        self.lock().is_roused = true;
        self.changed.notify_all();
    }
}

//! The executors that programs are played on.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use creel_runtime::{
    Ledger, Rejected, Seeded, ShutdownError, TaskBuilder, TaskFuture, ThreadPool, sleep,
};

use crate::gate::{Occupied, occupy, pool_of};
use crate::seeded::{Light, step_aside};

/// An executor that a program is played on.
pub(super) trait Stage {
    /// Whether it is moved only by the program's own statements.
    fn is_still(&self) -> bool;
    /// Whether it says so when a wait could never end; elsewhere such a wait is not tried.
    const REFUSES_WAITS: bool;

    fn submit<F>(&self, timeout: Option<Duration>, closure: F) -> Submitted<F>
    where
        F: FnOnce() -> u64 + Send + 'static;
    fn spawn<F>(&self, future: F) -> Submitted<F>
    where
        F: Future<Output = u64> + Send + 'static;

    fn ledger(&self) -> Ledger;
    /// The time that tasks go by.
    fn clock(&self) -> Box<dyn FnOnce() -> Duration + Send>;
    /// What a task does that pauses.
    fn pause(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send>>;
    /// Makes so many steps; `look` is called after each.
    fn go_on(&self, steps: usize, look: impl FnMut());
    fn elapse(&self, milliseconds: u64);

    /// Shuts it down; where that waits for every task, the light is switched on.
    fn shut_down(&self, light: &Light) -> Result<(), ShutdownError>;
    /// How many tasks were cancelled.
    fn shut_down_now(&self) -> usize;
    /// The steps that it took, if it knows them.
    fn trace(&self) -> String;
}

pub(super) type Submitted<F> = Result<TaskFuture<u64>, Rejected<F>>;

impl Stage for Seeded {
    const REFUSES_WAITS: bool = true;

    fn is_still(&self) -> bool {
        true
    }

    fn submit<F>(&self, timeout: Option<Duration>, closure: F) -> Submitted<F>
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        within(self.task(), timeout).submit(closure)
    }

    fn spawn<F>(&self, future: F) -> Submitted<F>
    where
        F: Future<Output = u64> + Send + 'static,
    {
        self.spawn(future)
    }

    fn ledger(&self) -> Ledger {
        self.ledger()
    }

    fn clock(&self) -> Box<dyn FnOnce() -> Duration + Send> {
        let clock = self.clock();
        Box::new(move || clock.elapsed())
    }

    fn pause(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(sleep(Duration::from_millis(milliseconds)))
    }

    fn go_on(&self, steps: usize, mut look: impl FnMut()) {
        for _ in 0..steps {
            self.step();
            look();
        }
    }

    fn elapse(&self, milliseconds: u64) {
        self.elapse(Duration::from_millis(milliseconds));
    }

    fn shut_down(&self, _light: &Light) -> Result<(), ShutdownError> {
        self.shutdown()
    }

    fn shut_down_now(&self) -> usize {
        self.shutdown_now().unwrap()
    }

    fn trace(&self) -> String {
        self.trace().to_string()
    }
}

/// A pool whose workers are all held until the program goes on.
pub(super) struct Pool {
    held: RefCell<Vec<Occupied>>,
    is_held: Cell<bool>,
    pool: ThreadPool,
}

impl Pool {
    pub(super) fn held(workers: usize) -> Self {
        let pool = pool_of(workers);
        Self {
            held: RefCell::new((0..workers).map(|_| occupy(&pool)).collect()),
            is_held: Cell::new(true),
            pool,
        }
    }

    fn release(&self) {
        self.is_held.set(false);
        self.held.borrow_mut().clear();
    }
}

impl Stage for Pool {
    const REFUSES_WAITS: bool = false;

    fn is_still(&self) -> bool {
        self.is_held.get()
    }

    fn submit<F>(&self, timeout: Option<Duration>, closure: F) -> Submitted<F>
    where
        F: FnOnce() -> u64 + Send + 'static,
    {
        within(self.pool.task(), timeout).submit(closure)
    }

    fn spawn<F>(&self, future: F) -> Submitted<F>
    where
        F: Future<Output = u64> + Send + 'static,
    {
        self.pool.spawn(future)
    }

    fn ledger(&self) -> Ledger {
        self.pool.ledger()
    }

    fn clock(&self) -> Box<dyn FnOnce() -> Duration + Send> {
        Box::new(|| Duration::ZERO)
    }

    fn pause(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            for _ in 0..milliseconds {
                step_aside().await;
            }
        })
    }

    fn go_on(&self, _steps: usize, mut look: impl FnMut()) {
        self.release();
        look();
    }

    fn elapse(&self, _milliseconds: u64) {}

    fn shut_down(&self, light: &Light) -> Result<(), ShutdownError> {
        light.switch_on();
        self.release();
        self.pool.shutdown()
    }

    fn shut_down_now(&self) -> usize {
        if !self.is_still() {
            return self.pool.shutdown_now().unwrap();
        }
        // The held tasks end once all the others were cancelled: it waits for them.
        let gates: Vec<_> = self
            .held
            .borrow()
            .iter()
            .map(|held| held.gate.clone())
            .collect();
        let sentinel = self.pool.submit(|| ()).unwrap();
        sentinel.add_done_callback(move |_| gates.iter().for_each(crate::gate::Gate::open));
        self.pool.shutdown_now().unwrap() - 1
    }

    fn trace(&self) -> String {
        String::new()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.release();
    }
}

fn within<E>(builder: TaskBuilder<E>, timeout: Option<Duration>) -> TaskBuilder<E> {
    match timeout {
        Some(timeout) => builder.timeout(timeout),
        None => builder,
    }
}

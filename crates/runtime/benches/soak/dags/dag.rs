//! A random program that runs.

use std::fmt;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use creel_runtime::{TaskError, TaskFuture, ThreadPool};

use super::plan::{How, Plan, Step};
use crate::attendance;
use crate::suspension::suspend;

/// A program, the pool it runs on, and how far it is.
pub(crate) struct Dag {
    number: u64,
    plan: Plan,
    pool: Arc<ThreadPool>,
    places: Vec<Place>,
    /// The tasks and callbacks that are to come.
    left: Mutex<usize>,
    over: Condvar,
    waits: AtomicU64,
    early: AtomicU64,
    callbacks: AtomicU64,
    /// What was not as it must be; a panic would only end its task.
    faults: Mutex<Vec<String>>,
}

/// What became of one task.
#[derive(Default)]
struct Place {
    future: Mutex<Option<Arc<TaskFuture<usize>>>>,
    runs: AtomicUsize,
    /// How many steps it has begun.
    steps: AtomicUsize,
    ends: AtomicUsize,
}

/// What programs did.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) tasks: u64,
    pub(crate) waits: u64,
    /// The waits for what was not there yet.
    pub(crate) early: u64,
    pub(crate) callbacks: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.tasks += other.tasks;
        self.waits += other.waits;
        self.early += other.early;
        self.callbacks += other.callbacks;
    }
}

impl Dag {
    pub(crate) fn new(number: u64, plan: Plan, pool: Arc<ThreadPool>) -> Arc<Self> {
        Arc::new(Self {
            number,
            places: plan.tasks.iter().map(|_| Place::default()).collect(),
            left: Mutex::new(plan.tasks.len()),
            plan,
            pool,
            over: Condvar::new(),
            waits: AtomicU64::new(0),
            early: AtomicU64::new(0),
            callbacks: AtomicU64::new(0),
            faults: Mutex::default(),
        })
    }

    /// Runs the program, and checks that each of its tasks ran once and gave its value.
    pub(crate) fn run(self: &Arc<Self>) -> Counts {
        self.submit(0);
        let mut left = self.left.lock().unwrap();
        while *left > 0 {
            left = self.over.wait(left).unwrap();
        }
        drop(left);
        for (number, place) in self.places.iter().enumerate() {
            let runs = place.runs.load(Ordering::Relaxed);
            if runs != 1 {
                self.fault(format!("task {number} ran {runs} times"));
            }
            if let Some(future) = self.take(number) {
                self.compare(number, future.result());
            }
        }
        let faults = self.faults.lock().unwrap();
        assert!(faults.is_empty(), "{faults:?} in {self:#?}");
        Counts {
            tasks: self.places.len() as u64,
            waits: self.waits.load(Ordering::Relaxed),
            early: self.early.load(Ordering::Relaxed),
            callbacks: self.callbacks.load(Ordering::Relaxed),
        }
    }

    fn submit(self: &Arc<Self>, number: usize) {
        let dag = Arc::clone(self);
        let submitted = if self.plan.tasks[number].is_async {
            self.pool
                .spawn(async move { dag.play_async(number).await })
                .map_err(drop)
        } else {
            self.pool.submit(move || dag.play(number)).map_err(drop)
        };
        let future = submitted.expect("the pool is not shut down before the program is over");
        *self.places[number].future.lock().unwrap() = Some(Arc::new(future));
    }

    fn play(self: &Arc<Self>, number: usize) -> usize {
        let played = Played::begin(self, number);
        for &step in &self.plan.tasks[number].steps {
            played.step();
            match step {
                Step::Submit(child) => self.submit(child),
                Step::Pause => thread::yield_now(),
                Step::Wait(target, how) => self.wait(target, how),
            }
        }
        number
    }

    async fn play_async(self: &Arc<Self>, number: usize) -> usize {
        let played = Played::begin(self, number);
        for &step in &self.plan.tasks[number].steps {
            played.step();
            match step {
                Step::Submit(child) => self.submit(child),
                Step::Pause => suspend().await,
                Step::Wait(target, How::Await) => {
                    if let Some(future) = self.take(target) {
                        self.compare(target, future.await);
                    }
                }
                Step::Wait(target, how) => self.wait(target, how),
            }
        }
        number
    }

    fn wait(self: &Arc<Self>, target: usize, how: How) {
        match how {
            How::Look => {
                if let Some(future) = self.look(target)
                    && let Err(error) = future.wait()
                {
                    self.fault(format!("waiting for {target}: {error}"));
                }
            }
            How::Callback => {
                if let Some(future) = self.look(target) {
                    *self.left.lock().unwrap() += 1;
                    let dag = Arc::clone(self);
                    future.add_done_callback(move |outcome| {
                        dag.callbacks.fetch_add(1, Ordering::Relaxed);
                        dag.compare(target, outcome.copied());
                        dag.arrive();
                    });
                }
            }
            How::Result | How::Await => {
                if let Some(future) = self.take(target) {
                    self.compare(target, future.result());
                }
            }
            How::Timeout(timeout) => {
                if let Some(future) = self.take(target) {
                    self.compare(target, patient(future, timeout));
                }
            }
        }
    }

    /// The future of a task that was submitted, if nobody has taken it.
    fn look(&self, target: usize) -> Option<Arc<TaskFuture<usize>>> {
        let future = self.places[target].future.lock().unwrap().clone()?;
        self.note(&future);
        Some(future)
    }

    /// The same for this task alone.
    fn take(&self, target: usize) -> Option<TaskFuture<usize>> {
        let future = self.places[target].future.lock().unwrap().take()?;
        let future = Arc::into_inner(future)?;
        self.note(&future);
        Some(future)
    }

    fn note(&self, future: &TaskFuture<usize>) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        if !future.done() {
            self.early.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn compare(&self, target: usize, outcome: Result<usize, impl fmt::Debug>) {
        if !matches!(outcome, Ok(value) if value == target) {
            self.fault(format!("task {target} gave {outcome:?}"));
        }
    }

    fn fault(&self, fault: String) {
        self.faults.lock().unwrap().push(fault);
    }

    /// A task or callback is over.
    fn arrive(&self) {
        let mut left = self.left.lock().unwrap();
        *left -= 1;
        if *left == 0 {
            self.over.notify_all();
        }
    }
}

/// What is not over yet, and where it is.
impl fmt::Debug for Dag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.left.try_lock().map(|left| *left);
        writeln!(f, "program {}, left {left:?}", self.number)?;
        for (number, (task, place)) in self.plan.tasks.iter().zip(&self.places).enumerate() {
            let steps = place.steps.load(Ordering::Relaxed);
            let ends = place.ends.load(Ordering::Relaxed);
            let runs = place.runs.load(Ordering::Relaxed);
            writeln!(
                f,
                "{number}: started {runs}, ended {ends}, in its step {steps} of {task:?}, {:?}",
                place.future.try_lock()
            )?;
        }
        Ok(())
    }
}

/// A task that runs; it is over when this is dropped.
struct Played<'a> {
    dag: &'a Dag,
    place: &'a Place,
}

impl<'a> Played<'a> {
    fn begin(dag: &'a Dag, number: usize) -> Self {
        attendance::note();
        let place = &dag.places[number];
        place.runs.fetch_add(1, Ordering::Relaxed);
        Self { dag, place }
    }

    fn step(&self) {
        self.place.steps.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Played<'_> {
    fn drop(&mut self) {
        self.place.ends.fetch_add(1, Ordering::Relaxed);
        self.dag.arrive();
    }
}

/// Waits for a result with time-outs that grow.
fn patient(mut future: TaskFuture<usize>, mut timeout: Duration) -> Result<usize, TaskError> {
    loop {
        match future.wait_timeout(timeout) {
            Ok(outcome) => return outcome,
            Err(back) => future = back,
        }
        timeout = 2 * timeout + Duration::from_micros(1);
    }
}

//! What a pool is in the middle of, for whoever wants to know why it does not get on.

use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

use creel_core::executor;
use creel_core::future::State;
use creel_core::ledger::Ledger;

use crate::pool::census::Entry;
use crate::task::label::Label;
use crate::waits::Blocked;

/// What a pool is in the middle of; [`ThreadPool::dump`](crate::ThreadPool::dump) gives it.
///
/// It tells how many tasks are where, what the workers do, and for what they wait. Of a pool that was built with
/// [`diagnostics`](crate::Builder::diagnostics) it lists every task that is not done. Its parts are looked at one after
/// the other, so that those of a busy pool may differ by what happened in between.
///
/// Displayed, it has a line for the pool, one for the ledger, and one for each task.
///
/// ```
/// use std::sync::mpsc;
/// use creel_runtime::{State, ThreadPool};
///
/// let pool = ThreadPool::builder().diagnostics(true).build()?;
/// let (started, start) = mpsc::channel();
/// let (goes_on, go_on) = mpsc::channel::<()>();
/// let task = pool.task().name("weave").submit(move || {
///     started.send(()).unwrap();
///     go_on.recv()
/// })?;
/// start.recv()?;
///
/// let dump = pool.dump();
/// let weave = &dump.tasks()[0];
/// assert_eq!((weave.name(), weave.state()), ("weave", State::Running));
/// assert!(weave.submitted_at().is_some_and(|location| location.line() > 0));
/// println!("{dump}");
///
/// goes_on.send(())?;
/// task.result()??;
/// assert!(pool.dump().tasks().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dump {
    pool: String,
    workers: Workers,
    ledger: Ledger,
    tasks: Option<Vec<LiveTask>>,
    waits: Vec<BlockedWorker>,
}

impl Dump {
    pub(crate) fn new(
        pool: &str,
        life: executor::Snapshot,
        ledger: Ledger,
        entries: Option<Vec<(usize, Entry)>>,
        blocked: Vec<Blocked>,
    ) -> Self {
        let now = Instant::now();
        Self {
            pool: pool.into(),
            workers: Workers::of(life),
            ledger,
            tasks: entries.map(|entries| LiveTask::list(&entries, &blocked, now)),
            waits: blocked.into_iter().map(BlockedWorker).collect(),
        }
    }

    /// The name of the pool's threads.
    pub fn pool(&self) -> &str {
        &self.pool
    }

    /// What the workers do.
    pub fn workers(&self) -> Workers {
        self.workers
    }

    /// How many tasks are where.
    pub fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// The tasks that are not done, in the order in which they came; none of a pool without diagnostics.
    pub fn tasks(&self) -> &[LiveTask] {
        self.tasks.as_deref().unwrap_or_default()
    }

    /// The workers whose task waits for others.
    pub fn waits(&self) -> &[BlockedWorker] {
        &self.waits
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pool,
            workers,
            ledger,
            tasks,
            waits,
        } = self;
        writeln!(f, "pool `{pool}`: {workers}")?;
        write!(f, "{ledger}")?;
        match tasks {
            Some(tasks) => tasks.iter().try_for_each(|task| write!(f, "\n{task}")),
            None => waits.iter().try_for_each(|wait| write!(f, "\n{wait}")),
        }
    }
}

/// How many workers of a pool do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Workers {
    /// They run a task.
    pub busy: usize,
    /// Their task waits, or said that it blocks: others take their place.
    pub blocked: usize,
    /// They look for work.
    pub searching: usize,
    /// They sleep.
    pub idle: usize,
}

impl Workers {
    fn of(life: executor::Snapshot) -> Self {
        Self {
            busy: life.busy().into(),
            blocked: life.blocked().into(),
            searching: life.searching().into(),
            idle: life.idle().into(),
        }
    }
}

impl fmt::Display for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            busy,
            blocked,
            searching,
            idle,
        } = self;
        let all = busy + blocked + searching + idle;
        write!(
            f,
            "{all} workers = {busy} busy + {blocked} blocked + {searching} searching + {idle} idle"
        )
    }
}

/// A task that is not done.
#[derive(Clone, Debug)]
pub struct LiveTask {
    label: Label,
    state: State,
    age: Duration,
    time_in_state: Duration,
    submitted_at: Option<&'static Location<'static>>,
    worker: Option<usize>,
    waits_for: Vec<Label>,
}

impl LiveTask {
    fn list(entries: &[(usize, Entry)], blocked: &[Blocked], now: Instant) -> Vec<Self> {
        let running = entries.iter().map(|(_, entry)| entry);
        let running: Vec<_> = running
            .filter(|entry| entry.state() == State::Running)
            .collect();
        let listed = entries.iter().map(|(id, entry)| {
            let state = entry.state();
            let runs = state == State::Running;
            let waits_for = match blocked.iter().find(|blocked| blocked.task.id == *id) {
                Some(blocked) => blocked.awaited.clone(),
                None if runs => runs_inside(entry, &running).into_iter().collect(),
                None => entry.awaits.clone().into_iter().collect(),
            };
            Self {
                label: entry.label.clone(),
                state,
                age: now.saturating_duration_since(entry.submitted),
                time_in_state: now.saturating_duration_since(entry.since),
                submitted_at: entry.submitted_at,
                worker: entry.worker.filter(|_| runs),
                waits_for,
            }
        });
        listed.collect()
    }

    /// Its name, or the type of its body.
    pub fn name(&self) -> &str {
        self.label.as_str()
    }

    /// Where it is in its life.
    pub fn state(&self) -> State {
        self.state
    }

    /// How long ago it was submitted.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// How long it has been in its state.
    pub fn time_in_state(&self) -> Duration {
        self.time_in_state
    }

    /// The place in the program that submitted it; `None` where that is not known.
    pub fn submitted_at(&self) -> Option<&'static Location<'static>> {
        self.submitted_at
    }

    /// The number of the worker that it runs on.
    pub fn worker(&self) -> Option<usize> {
        self.worker
    }

    /// The names of the tasks that it waits for, as far as the pool knows them, and eight at most.
    ///
    /// It may block its worker until they are done, run one of them in place, or await one.
    pub fn waits_for(&self) -> impl Iterator<Item = &str> {
        self.waits_for.iter().map(Label::as_str)
    }
}

impl fmt::Display for LiveTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Pending => "pending",
            State::Queued => "queued again",
            State::Running => "running",
            _ => "suspended",
        };
        write!(f, "{} {state} for {:.1?}", self.label, self.time_in_state)?;
        if let Some(worker) = self.worker {
            write!(f, " on worker {worker}")?;
        }
        write_awaited(f, &self.waits_for)?;
        write!(f, ", submitted {:.1?} ago", self.age)?;
        match self.submitted_at {
            Some(location) => write!(f, " at {location}"),
            None => Ok(()),
        }
    }
}

/// A worker whose task waits for others.
#[derive(Clone)]
pub struct BlockedWorker(Blocked);

impl BlockedWorker {
    /// The number of the worker.
    pub fn worker(&self) -> usize {
        self.0.worker
    }

    /// The name of the task that waits, or the type of its body.
    pub fn task(&self) -> &str {
        self.0.task.label.as_str()
    }

    /// The names of the tasks that it waits for, eight at most.
    pub fn waits_for(&self) -> impl Iterator<Item = &str> {
        self.0.awaited.iter().map(Label::as_str)
    }
}

impl fmt::Display for BlockedWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Blocked {
            worker,
            task,
            awaited,
        } = &self.0;
        write!(f, "{} running on worker {worker}", task.label)?;
        write_awaited(f, awaited)
    }
}

impl fmt::Debug for BlockedWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockedWorker({self})")
    }
}

/// The task that runs inside of another one, on the same worker: that one waits for it.
fn runs_inside(outer: &Entry, running: &[&Entry]) -> Option<Label> {
    let inside = running
        .iter()
        .filter(|entry| entry.worker == outer.worker && entry.since > outer.since);
    let next = inside.min_by_key(|entry| entry.since)?;
    Some(next.label.clone())
}

fn write_awaited(f: &mut fmt::Formatter<'_>, awaited: &[Label]) -> fmt::Result {
    for (place, label) in awaited.iter().enumerate() {
        let before = if place == 0 { ", waits for" } else { "," };
        write!(f, "{before} {label}")?;
    }
    Ok(())
}

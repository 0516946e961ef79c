//! A pool's settings, before it is built.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use creel_core::executor::Limits;
use creel_core::port::Lookout;

use super::hooks::Hooks;
use super::permits::Capacity;
use super::shared::{Settings, Shared};
use super::{MAX_WORKERS, ThreadPool, directory};
use crate::error::BuildError;
use crate::sync::asymmetric;

/// How many workers may be started beyond the maximum while others wait, unless it is said.
const MAX_SPARES: usize = 256;

/// Configures a [`ThreadPool`].
///
/// ```
/// use std::time::Duration;
/// use creel_runtime::ThreadPool;
///
/// let pool = ThreadPool::builder()
///     .max_workers(8)
///     .keep_alive(Duration::from_secs(10))
///     .queue_capacity(1_000)
///     .thread_name("uploads")
///     .build()?;
/// assert_eq!(pool.workers(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    min_workers: usize,
    max_workers: usize,
    max_spares: usize,
    max_tasks_per_worker: Option<u64>,
    keep_alive: Option<Duration>,
    queue_capacity: Option<usize>,
    queue_weight: Option<u64>,
    stack_size: Option<usize>,
    thread_name: String,
    diagnostics: bool,
    pub(super) hooks: Hooks,
    lookout: Option<Watched>,
}

/// What idle workers watch.
#[derive(Clone)]
struct Watched(Arc<dyn Lookout>);

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookout")
    }
}

impl Builder {
    /// The workers that are started at once and stay; 0 unless it is said.
    ///
    /// [`build`](Self::build) waits for their start hooks. One that leaves is replaced, but not one whose start hook
    /// failed later on: the next submit that needs a worker tries again.
    pub fn min_workers(mut self, min_workers: usize) -> Self {
        self.min_workers = min_workers;
        self
    }

    /// The most workers that run tasks at the same time; `min(32, cores + 4)` unless it is said.
    pub fn max_workers(mut self, max_workers: usize) -> Self {
        self.max_workers = max_workers;
        self
    }

    /// How many more workers may be started while others wait, for tasks or room, or are in [`blocking`](crate::blocking); 256
    /// unless it is said, 4096 at most.
    pub fn max_spares(mut self, max_spares: usize) -> Self {
        self.max_spares = max_spares;
        self
    }

    /// Replaces each worker after so many tasks; never unless it is said.
    pub fn max_tasks_per_worker(mut self, max_tasks_per_worker: u64) -> Self {
        self.max_tasks_per_worker = Some(max_tasks_per_worker);
        self
    }

    /// How long a worker above the minimum stays without work; for ever unless it is said.
    pub fn keep_alive(mut self, keep_alive: Duration) -> Self {
        self.keep_alive = Some(keep_alive);
        self
    }

    /// How many tasks may be queued, those that run not counted; any number unless it is said.
    pub fn queue_capacity(mut self, queue_capacity: usize) -> Self {
        self.queue_capacity = Some(queue_capacity);
        self
    }

    /// How much the queued tasks may weigh together, those that run not counted; anything unless it is said.
    ///
    /// The unit is the caller's, often bytes; a task weighs nothing unless it is said. One that is heavier than
    /// the whole limit takes all of it: it is admitted when nothing else with weight is queued.
    pub fn queue_weight(mut self, queue_weight: u64) -> Self {
        self.queue_weight = Some(queue_weight);
        self
    }

    /// The stack size of each worker in bytes; the standard library's default unless it is said.
    pub fn stack_size(mut self, stack_size: usize) -> Self {
        self.stack_size = Some(stack_size);
        self
    }

    /// The name of the pool's threads; `creel` unless it is said.
    pub fn thread_name(mut self, thread_name: impl Into<String>) -> Self {
        self.thread_name = thread_name.into();
        self
    }

    /// Measures and lists every task, for [`ThreadPool::metrics`] and [`ThreadPool::dump`]; measures one in 250 or so,
    /// and lists none, unless it is said.
    ///
    /// It takes some hundred nanoseconds to a microsecond and a half a task.
    pub fn diagnostics(mut self, diagnostics: bool) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// Has an idle worker watch something outside, an asynchronous client's sockets say, in place of sleeping; none does
    /// unless it is said.
    ///
    /// What comes in is then found by the thread that goes on with it. One worker at a time keeps watch, and is claimed for
    /// queued tasks as others are.
    pub fn lookout(mut self, lookout: Arc<dyn Lookout>) -> Self {
        self.lookout = Some(Watched(lookout));
        self
    }

    /// Builds the pool, and starts the minimum of workers; blocks until their start hooks have ended.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that is out of range, or why one of the first workers could not be started.
    pub fn build(self) -> Result<ThreadPool, BuildError> {
        let settings = self.check()?;
        asymmetric::prepare();
        let shared = Shared::new(settings);
        directory::enter(&shared);
        // Built first, so that an error joins the workers that were started.
        let pool = ThreadPool::from_shared(Arc::clone(&shared));
        shared.prestart()?;
        Ok(pool)
    }

    fn check(self) -> Result<Settings, BuildError> {
        let Self {
            min_workers: min,
            max_workers: max,
            ..
        } = self;
        if max == 0 || max > MAX_WORKERS {
            return Err(BuildError::MaxWorkers(max));
        }
        if min > max {
            return Err(BuildError::MinWorkers { min, max });
        }
        if self.max_tasks_per_worker == Some(0) {
            return Err(BuildError::MaxTasksPerWorker);
        }
        if self.thread_name.contains('\0') {
            return Err(BuildError::ThreadName);
        }
        if self.queue_capacity == Some(0) {
            return Err(BuildError::QueueCapacity);
        }
        if self.queue_weight == Some(0) {
            return Err(BuildError::QueueWeight);
        }
        let narrow = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        Ok(Settings {
            name: self.thread_name,
            limits: Limits {
                min_workers: narrow(min),
                max_workers: narrow(max),
                max_spares: narrow(self.max_spares.min(MAX_WORKERS)),
                max_tasks_per_worker: self.max_tasks_per_worker,
            },
            keep_alive: self.keep_alive,
            stack_size: self.stack_size,
            diagnostics: self.diagnostics,
            capacity: (self.queue_capacity.is_some() || self.queue_weight.is_some()).then_some(
                Capacity {
                    tasks: self.queue_capacity,
                    weight: self.queue_weight,
                },
            ),
            hooks: self.hooks,
            lookout: self.lookout.map(|Watched(lookout)| lookout),
        })
    }
}

impl Default for Builder {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        Self {
            min_workers: 0,
            max_workers: (cores + 4).min(32),
            max_spares: MAX_SPARES,
            max_tasks_per_worker: None,
            keep_alive: None,
            queue_capacity: None,
            queue_weight: None,
            stack_size: None,
            thread_name: String::from("creel"),
            diagnostics: false,
            hooks: Hooks::default(),
            lookout: None,
        }
    }
}

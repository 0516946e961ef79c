//! What a pool's user does where its threads start and end.

use std::error::Error;
use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use creel_core::port::BoxError;

use super::Builder;
use crate::error::Panic;
use crate::guard;
use crate::sync::thread::{self, JoinHandle};

impl Builder {
    /// Runs `hook` on the thread of each worker before its first task: to set a priority, or to open what its tasks use.
    ///
    /// It may submit to the pool, and wait. A hook that fails or panics is run again, up to
    /// [`start_retries`](Self::start_retries) times; then the worker's thread ends. If no other worker is left, what is
    /// queued ends as [`Abandoned::StartHook`](crate::Abandoned::StartHook) with the last error; otherwise the others
    /// carry on. The next submit that needs a worker tries again.
    ///
    /// ```
    /// use creel_runtime::{BuildError, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().min_workers(1).on_start(|| Err("no device")).build();
    /// assert!(matches!(pool, Err(BuildError::StartHook(error)) if error.to_string() == "no device"));
    /// ```
    pub fn on_start<E>(mut self, hook: impl Fn() -> Result<(), E> + Send + Sync + 'static) -> Self
    where
        E: Into<BoxError>,
    {
        self.hooks.start = Some(Arc::new(move || hook().map_err(Into::into)));
        self
    }

    /// How many times a start hook that failed is run again; 0 unless it is said.
    pub fn start_retries(mut self, start_retries: u32) -> Self {
        self.hooks.start_retries = start_retries;
        self
    }

    /// Runs `hook` on the thread of each worker after its last task, whyever it leaves; not where its start hook failed.
    ///
    /// The thread is no worker any more: another one may have its place. A shutdown of the pool waits for the hook. A
    /// panic of it is reported through `tracing`.
    pub fn on_stop(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.hooks.stop = Some(Arc::new(hook));
        self
    }

    /// Starts the pool's threads by `spawn`, to change their settings or to do more on them: it is given the settings of
    /// one thread, and the body that must run on it.
    ///
    /// It returns the handle of that thread, or why there is none; a panic counts as that. It is called by whoever needs
    /// the worker, and must not wait for the pool.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use creel_runtime::ThreadPool;
    ///
    /// let started = AtomicUsize::new(0);
    /// let pool = ThreadPool::builder()
    ///     .spawn_with(move |thread, body| {
    ///         let number = started.fetch_add(1, Ordering::Relaxed);
    ///         thread.name(format!("carder-{number}")).spawn(body)
    ///     })
    ///     .build()?;
    /// let name = pool.submit(|| std::thread::current().name().map(str::to_owned))?;
    /// assert_eq!(name.result()?.as_deref(), Some("carder-0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn_with<F>(mut self, spawn: F) -> Self
    where
        F: Fn(thread::Builder, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>
            + Send
            + Sync
            + 'static,
    {
        self.hooks.spawn = Some(Arc::new(spawn));
        self
    }
}

/// Why a start hook failed.
pub(crate) type HookError = Arc<dyn Error + Send + Sync>;

type Spawn =
    dyn Fn(thread::Builder, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> + Send + Sync;

/// The hooks of one pool.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    start: Option<Arc<dyn Fn() -> Result<(), BoxError> + Send + Sync>>,
    start_retries: u32,
    stop: Option<Arc<dyn Fn() + Send + Sync>>,
    spawn: Option<Arc<Spawn>>,
}

impl Hooks {
    pub(crate) fn has_start(&self) -> bool {
        self.start.is_some()
    }

    /// Runs the start hook until it succeeds, or as often as it may be run.
    pub(crate) fn start(&self) -> Result<(), HookError> {
        let Some(hook) = &self.start else {
            return Ok(());
        };
        let run = || match panic::catch_unwind(AssertUnwindSafe(|| hook())) {
            Ok(outcome) => outcome.map_err(HookError::from),
            Err(payload) => Err(HookError::from(BoxError::from(Panic::new(payload)))),
        };
        (0..self.start_retries).fold(run(), |outcome, _| outcome.or_else(|_| run()))
    }

    pub(crate) fn stop(&self) {
        if let Some(hook) = &self.stop {
            guard::run_quietly("a stop hook", || hook());
        }
    }

    pub(crate) fn spawn(
        &self,
        thread: thread::Builder,
        body: Box<dyn FnOnce() + Send>,
    ) -> io::Result<JoinHandle<()>> {
        match &self.spawn {
            Some(spawn) => spawn(thread, body),
            None => thread.spawn(body),
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("start", &self.start.is_some())
            .field("start_retries", &self.start_retries)
            .field("stop", &self.stop.is_some())
            .field("spawn", &self.spawn.is_some())
            .finish()
    }
}

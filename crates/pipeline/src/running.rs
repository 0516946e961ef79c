//! A run that was started.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use crate::drive::control::Control;
use crate::error::{RunError, StartError};
use crate::life::InFlight;
use crate::sinks::Tally;
use crate::summary::{Stopping, Summary};

/// A run that was started: look at it, stop it, wait for its end.
///
/// Dropping it stops the run at once, as the second [`RunHandle::stop`] does, and joins its threads.
#[must_use = "dropping it stops the run"]
pub struct Running {
    control: Arc<dyn Control>,
    threads: Vec<JoinHandle<()>>,
    /// Those of the sinks that the run goes on without.
    sidings: Vec<(Arc<Tally>, JoinHandle<()>)>,
    /// Kept until the end: a pool whose last handle is dropped cancels the tasks that are suspended.
    _executor: Arc<dyn Any + Send + Sync>,
}

impl Running {
    pub(crate) fn new(control: Arc<dyn Control>, executor: Arc<dyn Any + Send + Sync>) -> Self {
        Self {
            control,
            threads: Vec::new(),
            sidings: Vec::new(),
            _executor: executor,
        }
    }

    pub(crate) fn add(
        &mut self,
        thread: &'static str,
        body: impl FnOnce() + Send + 'static,
    ) -> Result<(), StartError> {
        self.threads.push(spawn(thread, body)?);
        Ok(())
    }

    /// Adds a thread that is joined only if it comes to its end in time.
    pub(crate) fn add_siding(
        &mut self,
        sink: Arc<Tally>,
        body: impl FnOnce() + Send + 'static,
    ) -> Result<(), StartError> {
        self.sidings.push((sink, spawn("sink", body)?));
        Ok(())
    }

    /// Where the run stands; never blocks for long.
    pub fn snapshot(&self) -> Summary {
        self.control.summary()
    }

    /// A handle for others: whoever takes the interrupt, or shows where the run stands.
    pub fn handle(&self) -> RunHandle {
        RunHandle {
            control: Arc::clone(&self.control),
        }
    }

    /// Stops the run as [`RunHandle::stop`] does.
    pub fn stop(&self) -> Stopping {
        self.control.stop()
    }

    /// Blocks until every record is written and durable, and every thread of the run is joined.
    ///
    /// The thread of a sink that the run goes on without is left behind if it hangs.
    ///
    /// # Errors
    /// [`RunError`] when the run ended before its sources did; an interrupted one is none.
    pub fn join(mut self) -> Result<Summary, RunError> {
        self.join_threads();
        self.control.end()
    }

    fn join_threads(&mut self) {
        for thread in self.threads.drain(..) {
            join(thread);
        }
        // The sink thread has waited for them, as long as one waits.
        for (sink, thread) in self.sidings.drain(..) {
            if sink.has_ended() {
                join(thread);
            }
        }
    }
}

fn spawn(
    thread: &'static str,
    body: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StartError> {
    Builder::new()
        .name(format!("creel-{thread}"))
        .spawn(body)
        .map_err(|source| StartError::Thread { thread, source })
}

fn join(thread: JoinHandle<()>) {
    // Foreign panics are caught inside and told by `end`.
    if thread.join().is_err() {
        tracing::error!("a thread of the run panicked");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.threads.is_empty() || !self.sidings.is_empty() {
            self.control.abort();
            self.join_threads();
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Running").field(&self.snapshot()).finish()
    }
}

/// Looks at a run and stops it, from any thread; clones are handles on the same run.
///
/// It does not keep the run going, and may be used after its end.
#[derive(Clone)]
pub struct RunHandle {
    control: Arc<dyn Control>,
}

impl RunHandle {
    /// Where the run stands, or how it ended; never blocks for long.
    pub fn snapshot(&self) -> Summary {
        self.control.summary()
    }

    /// What is in flight, or was and waits for the sinks, in the order of capture.
    ///
    /// No more than [`Settings::window`](crate::Settings::window); never blocks for long.
    pub fn in_flight(&self) -> Vec<InFlight> {
        self.control.in_flight()
    }

    /// When the run was started, from where the times of a [`Life`](crate::Life) are best counted.
    pub fn started(&self) -> Instant {
        self.control.started()
    }

    /// Stops the run, and says how.
    ///
    /// The first call stops capture: what is in flight is finished and written, what is still buffered goes to a spool
    /// that is kept for the next run, or is dropped and recorded as [`Interrupted`](crate::DropReason::Interrupted).
    /// The second one stops at once: what is in flight is given up, nothing more is written, and all of it is counted as
    /// dropped. Neither waits for the end.
    pub fn stop(&self) -> Stopping {
        self.control.stop()
    }
}

impl fmt::Debug for RunHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunHandle").field(&self.snapshot()).finish()
    }
}

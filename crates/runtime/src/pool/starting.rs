//! Starting workers, and going on without one that cannot be started.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};

use creel_core::executor::{Publish, Snapshot, StartFailed};
use creel_core::ledger::Event;

use super::entry::Opened;
use super::hooks::HookError;
use super::shared::Shared;
use super::threads::{Aboard, Started, Threads};
use super::worker;
use crate::error::{Abandoned, BuildError, Panic};
use crate::sync::Mutex;
use crate::sync::thread::{self, JoinHandle, ThreadId};

impl Shared {
    /// Starts the worker that was counted, and says whether it could; if not, nobody is left waiting for it.
    pub(super) fn start_worker(self: &Arc<Self>) -> bool {
        match self.start_thread(None) {
            Ok(()) => true,
            Err(error) => {
                self.thread_missing(error);
                false
            }
        }
    }

    /// Starts workers up to the minimum, in place of those that have left.
    pub(super) fn refill(self: &Arc<Self>) {
        while self.counts_one_more() && self.start_worker() {}
    }

    /// Starts the minimum of workers of a pool that nobody has seen yet, and waits for their start hooks.
    pub(super) fn prestart(self: &Arc<Self>) -> Result<(), BuildError> {
        let (failed, failures) = mpsc::channel();
        while self.counts_one_more() {
            if let Err(error) = self.start_thread(Some(failed.clone())) {
                let _nothing_queued = self.advance(Snapshot::start_failed);
                return Err(BuildError::Start(error));
            }
        }
        drop(failed);
        if self.hooks().has_start()
            && let Ok(error) = failures.recv()
        {
            return Err(BuildError::StartHook(error));
        }
        Ok(())
    }

    fn counts_one_more(&self) -> bool {
        self.advance(|life| life.prestart(self.limits())) == Publish::Start
    }

    fn start_thread(self: &Arc<Self>, failed: Option<Sender<HookError>>) -> io::Result<()> {
        let mut thread = thread::Builder::new().name(self.name().to_owned());
        if let Some(stack_size) = self.stack_size() {
            thread = thread.stack_size(stack_size);
        }
        self.threads().start(|place| {
            let launch = Arc::new(Launch(Mutex::new(Stage::Spawning)));
            let crew = Crew {
                launch: Arc::clone(&launch),
                shared: Arc::clone(self),
                place,
                failed,
            };
            // The call may be the user's code, and whoever needs the worker must not unwind for it.
            let spawned = panic::catch_unwind(AssertUnwindSafe(|| {
                self.hooks().spawn(thread, Box::new(move || crew.board()))
            }));
            launch.spawned(
                spawned.unwrap_or_else(|payload| Err(io::Error::other(Panic::new(payload)))),
            )
        })
    }

    /// The thread of a counted worker does not come.
    fn thread_missing(self: &Arc<Self>, error: io::Error) {
        tracing::warn!(pool = self.name(), %error, "a worker thread cannot be started");
        self.go_without(
            Snapshot::start_failed,
            &Abandoned::NoWorker(Arc::new(error)),
        );
    }

    /// The start hook of a worker that is busy with it has failed for good.
    pub(super) fn hook_failed(self: &Arc<Self>, error: HookError) {
        tracing::warn!(pool = self.name(), %error, "the start hook of a worker failed");
        self.go_without(Snapshot::hook_failed, &Abandoned::StartHook(error));
    }

    /// `transition` counts the worker out.
    fn go_without(
        self: &Arc<Self>,
        transition: fn(Snapshot) -> (StartFailed, Snapshot),
        why: &Abandoned,
    ) {
        let action = self.dormitory().go_without(transition, self.limits());
        if action == StartFailed::Abandon {
            // Whoever submits once the last of these is done finds no trace of this failure.
            for _ in 0..self.queues().len() {
                let Some(entry) = self.queues().steal_any() else {
                    break;
                };
                match entry.open() {
                    Opened::Task(task) => task.abandon(why.clone()),
                    Opened::Detached(detached) => self.end_detached(detached, Event::Abandoned),
                }
            }
            self.try_terminate();
        }
    }

    fn advance<A>(&self, transition: impl FnMut(Snapshot) -> (A, Snapshot)) -> A {
        self.dormitory().state().advance(transition)
    }
}

/// How far a thread has come on its way to be a worker. Whoever spawns it need not keep to what is asked of it: the
/// body may be dropped, and an error may be told of a thread that runs.
struct Launch(Mutex<Stage>);

#[derive(Clone, Copy)]
enum Stage {
    /// Whoever spawns it has not returned.
    Spawning,
    /// The body was dropped before that.
    Dropped,
    /// The thread is there, and has not begun.
    Spawned,
    /// The worker runs.
    Aboard(ThreadId),
    /// It counts as a start that failed; the body must not run.
    GivenUp,
}

impl Launch {
    fn spawned(&self, spawned: io::Result<JoinHandle<()>>) -> io::Result<Started> {
        let mut stage = self.0.lock();
        match (*stage, spawned) {
            (Stage::Aboard(thread), Err(error)) => {
                tracing::warn!(%error, "a worker thread that runs cannot be joined");
                Ok(Started::Loose(thread))
            }
            (Stage::Aboard(_), Ok(handle)) => Ok(Started::Joinable(handle)),
            (Stage::Spawning, Ok(handle)) => {
                *stage = Stage::Spawned;
                Ok(Started::Joinable(handle))
            }
            (_, Ok(_)) => {
                *stage = Stage::GivenUp;
                Err(dropped())
            }
            (_, Err(error)) => {
                *stage = Stage::GivenUp;
                Err(error)
            }
        }
    }

    /// Lets the worker run on this thread, unless it was given up.
    fn begin<'a>(&self, threads: &'a Threads) -> Option<Aboard<'a>> {
        let mut stage = self.0.lock();
        let may_run = matches!(*stage, Stage::Spawning | Stage::Spawned);
        may_run.then(|| {
            *stage = Stage::Aboard(thread::current().id());
            // Whoever reads the stage finds this thread among those that are present.
            threads.arrive()
        })
    }

    /// Whether somebody must be told that the worker never comes.
    fn drop_body(&self) -> bool {
        let mut stage = self.0.lock();
        match *stage {
            Stage::Spawning => {
                *stage = Stage::Dropped;
                false
            }
            Stage::Spawned => {
                *stage = Stage::GivenUp;
                true
            }
            Stage::Dropped | Stage::Aboard(_) | Stage::GivenUp => false,
        }
    }
}

/// What a worker's thread is to do.
struct Crew {
    launch: Arc<Launch>,
    shared: Arc<Shared>,
    place: usize,
    failed: Option<Sender<HookError>>,
}

impl Crew {
    fn board(mut self) {
        let shared = Arc::clone(&self.shared);
        if let Some(_aboard) = self.launch.begin(shared.threads()) {
            worker::run(Arc::clone(&self.shared), self.place, self.failed.take());
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        if self.launch.drop_body() {
            self.shared.threads().vacate(self.place);
            self.shared.thread_missing(dropped());
        }
    }
}

fn dropped() -> io::Error {
    io::Error::other("the body of the thread was dropped")
}

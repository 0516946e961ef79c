//! Who holds a run up, said while it goes on.

use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use creel_pipeline::{ResilientHandle, RunHandle};

use super::{Cause, Circumstances, Recent};

/// How often a run is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// How many looks may pass without a word.
const SILENCE: u32 = 15;

/// Says who holds a run up, whenever that changes and now and then, in the log; until this is dropped.
pub(crate) struct Watcher {
    /// Dropping it is the word to end.
    keep: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Begins, if somebody reads the log.
    pub(crate) fn begin(
        run: RunHandle,
        service: ResilientHandle,
        circumstances: Circumstances,
    ) -> Self {
        let (keep, ended) = mpsc::channel();
        let thread = tracing::enabled!(tracing::Level::INFO).then(|| {
            thread::Builder::new()
                .name("creel-watcher".to_owned())
                .spawn(move || watch(&run, &service, circumstances, &ended))
        });
        Self {
            keep: Some(keep),
            // A run without it is better than none.
            thread: thread.and_then(Result::ok),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.keep = None;
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell.
            let _ = thread.join();
        }
    }
}

fn watch(
    run: &RunHandle,
    service: &ResilientHandle,
    circumstances: Circumstances,
    ended: &Receiver<Infallible>,
) {
    // Each look counts, and the one before is a span ago.
    let mut recent = Recent::new(circumstances, LOOK, Duration::ZERO);
    recent.look(&run.snapshot(), || service.efforts());
    let mut said: Option<Cause> = None;
    let mut silence = 0;
    while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        silence += 1;
        let found = recent.look(&run.snapshot(), || service.efforts()).cloned();
        if let Some(found) = found
            && (said != Some(found.cause) || silence >= SILENCE)
        {
            tracing::info!("bottleneck: {}", found.told());
            said = Some(found.cause);
            silence = 0;
        }
    }
}

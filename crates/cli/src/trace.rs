//! The run as a trace that Perfetto and Chrome open: workers as threads, and what they did as slices.

mod event;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use anyhow::{Context as _, Result};
use creel_pipeline::Life;

use event::Events;

/// Lives that wait to be written; those beyond are left out, so that the run never waits.
const WAITING_MAX: usize = 8192;

/// A trace that is being written, by a thread of its own.
pub(crate) struct Trace {
    path: PathBuf,
    lives: SyncSender<Message>,
    /// Lives that were not written; orders nothing else.
    left_out: Arc<AtomicU64>,
    thread: JoinHandle<io::Result<u64>>,
}

enum Message {
    Life(Box<Life>),
    End,
}

impl Trace {
    /// Begins a trace in a file, in the place of what was there.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let cannot = || format!("--trace {} cannot be written", path.display());
        let file = File::create(path).with_context(cannot)?;
        let (lives, told) = mpsc::sync_channel(WAITING_MAX);
        let start = Instant::now();
        let thread = thread::Builder::new()
            .name("creel-trace".to_owned())
            .spawn(move || {
                write(BufWriter::new(file), start, &told).inspect_err(|error| {
                    tracing::warn!(%error, "the trace cannot be written any more; the run goes on without");
                })
            })
            .with_context(cannot)?;
        Ok(Self {
            path: path.to_owned(),
            lives,
            left_out: Arc::default(),
            thread,
        })
    }

    /// Whom the run is to tell; never blocks.
    pub(crate) fn observer(&self) -> impl Fn(&Life) + Send + Sync + 'static {
        let (lives, left_out) = (self.lives.clone(), Arc::clone(&self.left_out));
        move |life| {
            if lives
                .try_send(Message::Life(Box::new(life.clone())))
                .is_err()
            {
                left_out.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Ends the trace once the run has, and tells in a line what is in it.
    ///
    /// # Errors
    /// When it could not be written to its end.
    pub(crate) fn end(self) -> Result<String> {
        let Self {
            path,
            lives,
            left_out,
            thread,
        } = self;
        let path = path.display();
        // The thread has gone only if it could not write, and says so below.
        let _ = lives.send(Message::End);
        let written = thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("its thread panicked")))
            .with_context(|| format!("--trace {path} is torn"))?;
        Ok(match left_out.load(Ordering::Relaxed) {
            0 => format!("trace of {written} in {path}"),
            count => format!(
                "trace of {written} in {path}, {count} left out: it was not written as fast"
            ),
        })
    }
}

/// Writes lives as they come, and the rest of the document at the end; gives their number.
fn write(file: BufWriter<File>, start: Instant, told: &Receiver<Message>) -> io::Result<u64> {
    let mut events = Events::begin(file, start)?;
    let mut count = 0;
    loop {
        let message = match told.try_recv() {
            Err(TryRecvError::Empty) => {
                // Whoever kills the run finds in the file what it did.
                events.flush()?;
                told.recv().ok()
            }
            message => message.ok(),
        };
        match message {
            Some(Message::Life(life)) => {
                events.life(&life)?;
                count += 1;
            }
            Some(Message::End) | None => break,
        }
    }
    events.end()?.flush()?;
    Ok(count)
}

//! A stream that is read by a thread of its own, watched, and opened again.
//!
//! The thread always reads, so that neither the camera nor the network ever waits for whoever takes frames. It ends
//! with its connection. Whoever takes frames finds out that nothing comes any more, closes the connection, and opens
//! another with its next call.

mod handover;
mod trouble;

use std::sync::Arc;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use creel_core::Context;
use creel_core::port::SourceError;

use crate::{Frame, Moment, Patience};

pub(crate) use self::handover::{Handover, Intake, Limits, Picture, Taken};
pub use self::trouble::{StreamError, Trouble};

/// How a kind of stream is read.
pub(crate) trait Wire: Send + Sync + 'static {
    /// What the thread that reads it is called.
    const THREAD: &'static str;

    /// Blocks while the stream goes on, and leaves its pictures in `intake`.
    ///
    /// It registers what ends a read that blocks, and returns soon after that was called.
    fn read(&self, intake: &Intake) -> Result<(), Trouble>;
}

/// The frames of a stream, over as many connections as it takes.
#[derive(Debug)]
pub(crate) struct Live<W> {
    wire: Arc<W>,
    /// Without secrets.
    name: String,
    patience: Patience,
    handover: Arc<Handover>,
    waker: Waker,
    number: u64,
    /// When the last frame was captured, by the clock that never runs backwards.
    latest: Option<Instant>,
    is_over: bool,
}

impl<W: Wire> Live<W> {
    /// Opens nothing yet.
    pub(crate) fn new(wire: W, name: String, patience: Patience) -> Self {
        let handover = Handover::new(Limits::default());
        Self {
            wire: Arc::new(wire),
            name,
            patience,
            waker: handover.waker(),
            handover,
            number: 0,
            latest: None,
            is_over: false,
        }
    }

    /// What [`Source::next`](creel_core::Source::next) promises.
    pub(crate) fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        if self.is_over {
            return Ok(None);
        }
        context.on_cancel(&self.waker);
        if !context.is_cancelled() && !self.handover.is_open() {
            self.connect().map_err(|trouble| self.failed(trouble))?;
        }
        match self.handover.take(context, self.patience) {
            Taken::Picture(picture) => Ok(Some(self.frame(picture))),
            Taken::Cancelled => {
                self.is_over = true;
                self.handover.close();
                Ok(None)
            }
            Taken::End(end) => {
                self.handover.close();
                Err(self.failed(end.err().unwrap_or(Trouble::Ended)))
            }
        }
    }

    fn connect(&self) -> Result<(), Trouble> {
        let intake = self.handover.open();
        let wire = Arc::clone(&self.wire);
        let read = move || {
            let end = wire.read(&intake);
            intake.finish(end);
        };
        let thread = thread::Builder::new().name(W::THREAD.into()).spawn(read);
        match thread {
            // It is not joined: it ends with its connection, and nobody waits for a name service.
            Ok(_) => Ok(()),
            Err(error) => {
                self.handover.close();
                Err(Trouble::Start(error.into()))
            }
        }
    }

    fn frame(&mut self, picture: Picture) -> Frame {
        let number = self.number;
        self.number += 1;
        let Moment { wall, monotonic } = picture.captured_at;
        let monotonic = self
            .latest
            .map_or(monotonic, |latest| latest.max(monotonic));
        self.latest = Some(monotonic);
        Frame {
            number,
            captured_at: Moment { wall, monotonic },
            size: picture.size,
            format: picture.format,
            bytes: picture.bytes,
            sequence: None,
            lost_before: picture.lost_before,
            name: None,
        }
    }

    fn failed(&mut self, trouble: Trouble) -> SourceError {
        let is_lasting = trouble.is_lasting() && self.number == 0;
        self.is_over = is_lasting;
        let error = Box::new(StreamError {
            camera: self.name.clone(),
            trouble,
        });
        if is_lasting {
            SourceError::Failed(error)
        } else {
            SourceError::Disconnected(error)
        }
    }
}

impl<W> Drop for Live<W> {
    /// Gives the camera and the system back what they lent, if that takes no time.
    fn drop(&mut self) {
        self.handover.close();
        self.handover.wait_for_readers(PARTING);
    }
}

/// Long enough to take leave of a camera that answers.
const PARTING: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests;

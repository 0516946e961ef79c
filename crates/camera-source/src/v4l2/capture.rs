//! A V4L2 device as a source.

use std::fmt;

use creel_core::port::SourceError;
use creel_core::{Context, Source};

use super::losses::Losses;
use super::session::Session;
use super::timeline::Timeline;
use super::{Mode, PictureError, Settings, V4l2Error};
use crate::{Frame, Moment};

/// The frames of a V4L2 device.
///
/// ```text
///            open             next: a buffer was filled
///   (new) ─────────▶ Open ◀──────────────────────────── Open
///                     │ ▲
///    broken, stalled  │ │  next: it could be opened again
///                     ▼ │
///                    Closed ── next: it could not ──▶ Closed
/// ```
///
/// [`next`](Source::next) blocks until the driver has filled a buffer, and copies it: JPEG pictures go on as they are,
/// others raw. A device that was unplugged, whose stream breaks or that gives nothing for the time of
/// [`stall`](Settings::stall) is a [`SourceError::Disconnected`]; each further call tries once to open it, and the frames
/// go on with the next number, later by both clocks. A picture that the driver says is spoilt is a [`SourceError::Item`].
///
/// Whatever the driver lost shows in [`Frame::lost_before`], as long as the driver counts.
pub struct Capture {
    settings: Settings,
    session: Option<Session>,
    mode: Mode,
    losses: Losses,
    timeline: Timeline,
    number: u64,
}

impl Capture {
    /// Opens a device and tells it what it is to give; frames are captured from the first call on.
    ///
    /// What the driver gives in place of what it was asked for is a warning in the log.
    ///
    /// # Errors
    /// [`V4l2Error`] when the device cannot be opened, or cannot give such frames.
    pub fn open(settings: Settings) -> Result<Self, V4l2Error> {
        let session = Session::open(&settings)?;
        let mode = session.mode();
        tell(&settings, mode);
        Ok(Self {
            settings,
            mode,
            session: Some(session),
            losses: Losses::default(),
            timeline: Timeline::default(),
            number: 0,
        })
    }

    /// What this device was told.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What its driver gives, as of when it was last opened.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The next frame, or `None` when the caller asked to stop.
    fn capture(&mut self, context: &Context) -> Result<Option<Frame>, Fault> {
        let session = match &mut self.session {
            Some(session) => session,
            none => {
                let session = none.insert(Session::open(&self.settings)?);
                if session.mode() != self.mode {
                    self.mode = session.mode();
                    tell(&self.settings, self.mode);
                }
                self.losses.restart();
                session
            }
        };
        let layout = self.mode.layout();
        let seen = session.next(&self.settings.device, context, |filled, used| {
            let sequence = filled.sequence;
            let picture = if filled.is_spoilt {
                Err(PictureError::Spoilt { sequence })
            } else {
                layout.take(used)
            };
            (filled, picture)
        })?;
        let Some((filled, picture)) = seen else {
            return Ok(None);
        };
        self.losses.count(filled.sequence);
        let bytes = picture?;
        let captured_at = self.timeline.place(Moment::now(), filled.age);
        let number = self.number;
        self.number += 1;
        Ok(Some(Frame {
            number,
            captured_at,
            size: self.mode.size,
            format: self.mode.pixels(),
            bytes,
            sequence: Some(filled.sequence.into()),
            lost_before: self.losses.tell(),
            name: None,
        }))
    }
}

impl Source for Capture {
    type Item = Frame;

    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        if context.is_cancelled() {
            return Ok(None);
        }
        self.capture(context).map_err(|fault| match fault {
            Fault::Device(error) => {
                self.session = None;
                SourceError::Disconnected(error.into())
            }
            Fault::Picture(error) => SourceError::Item(error.into()),
        })
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("settings", &self.settings)
            .field("is_open", &self.session.is_some())
            .field("mode", &self.mode)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Why there is no frame.
enum Fault {
    Device(V4l2Error),
    Picture(PictureError),
}

impl From<V4l2Error> for Fault {
    fn from(error: V4l2Error) -> Self {
        Self::Device(error)
    }
}

impl From<PictureError> for Fault {
    fn from(error: PictureError) -> Self {
        Self::Picture(error)
    }
}

/// Tells the log what the driver gives, and warns where that is not what it was asked for.
fn tell(settings: &Settings, mode: Mode) {
    let device = settings.device.display();
    tracing::info!("the camera {device} gives {mode}");
    for departure in mode.departures(settings) {
        tracing::warn!("the camera {device} gives {departure}");
    }
}

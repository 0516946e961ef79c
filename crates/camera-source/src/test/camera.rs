//! The test camera as a source.

use std::fmt;
use std::time::Instant;

use creel_core::port::SourceError;
use creel_core::{Context, Source};

use super::picture::Picture;
use super::{Format, Settings, SettingsError};
use crate::pace::{Pace, Tick};
use crate::pause::Pause;
use crate::{Frame, Moment, PixelFormat};

/// A camera that draws its own pictures, with the frame's number in each.
///
/// With [`fps`](Settings::fps) it behaves like a real camera: frames come at their time and not before, and what
/// nobody fetched in time is lost, which shows as a gap in [`Frame::sequence`] and in [`Frame::lost_before`]. Without it,
/// nothing is lost and [`next`](Source::next) never waits.
pub struct TestCamera {
    settings: Settings,
    picture: Picture,
    pace: Option<Pace>,
    pause: Pause,
    number: u64,
    next_sequence: u64,
}

impl TestCamera {
    /// A camera that begins with its first call.
    ///
    /// # Errors
    /// [`SettingsError`] when a setting is beyond its limits.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let settings = settings.validate()?;
        Ok(Self {
            settings,
            picture: Picture::new(settings.size, settings.seed),
            pace: settings.fps.map(Pace::new),
            pause: Pause::default(),
            number: 0,
            next_sequence: 0,
        })
    }

    /// What this camera was told.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Blocks until a tick is due and gives its number; `None` when the caller asked to stop.
    fn tick(&mut self, context: &Context) -> Option<u64> {
        while !context.is_cancelled() {
            let Some(pace) = &mut self.pace else {
                return Some(self.number);
            };
            match pace.tick(Instant::now()) {
                Tick::Take { sequence } => return Some(sequence),
                Tick::Wait(due) => self.pause.until(due, context),
            }
        }
        None
    }
}

impl Source for TestCamera {
    type Item = Frame;

    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        if self.settings.frames == Some(self.number) {
            return Ok(None);
        }
        let Some(sequence) = self.tick(context) else {
            return Ok(None);
        };
        let captured_at = Moment::now();
        let number = self.number;
        self.number += 1;
        let lost_before = sequence - self.next_sequence;
        self.next_sequence = sequence + 1;
        let mut frame = Frame {
            number,
            captured_at,
            size: self.settings.size,
            format: PixelFormat::Rgb8,
            bytes: self.picture.draw(number).into(),
            sequence: Some(sequence),
            lost_before,
            name: None,
        };
        if self.settings.format == Format::Jpeg {
            frame.bytes = frame
                .to_jpeg()
                .map_err(|error| SourceError::Item(error.into()))?;
            frame.format = PixelFormat::Jpeg;
        }
        Ok(Some(frame))
    }
}

impl fmt::Debug for TestCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestCamera")
            .field("settings", &self.settings)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

//! Decodes H.264 on a thread of its own.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use bytes::Bytes;
use openh264::OpenH264API;
use openh264::decoder::{DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource;

use crate::live::{Intake, Picture, Trouble};
use crate::{Moment, PixelFormat, Range, Size};

/// One coded frame.
pub(super) struct Coded {
    pub(super) bytes: Vec<u8>,
    /// Whether it can be decoded without any other.
    pub(super) is_key: bool,
    pub(super) captured_at: Moment,
}

/// The way to the decoding thread, on which nobody waits.
pub(super) struct Entrance<'a> {
    sender: SyncSender<Coded>,
    intake: &'a Intake,
    /// Behind a frame that did not fit, those that refer to it are of no use.
    is_skipping: bool,
}

/// An entrance, and what [`decode`] reads.
pub(super) fn channel(intake: &Intake) -> (Entrance<'_>, Receiver<Coded>) {
    let (sender, receiver) = sync_channel(CODED_MAX);
    let entrance = Entrance {
        sender,
        intake,
        is_skipping: false,
    };
    (entrance, receiver)
}

impl Entrance<'_> {
    /// Hands a frame over; one that does not fit is lost, with all up to the next that needs no other.
    pub(super) fn push(&mut self, coded: Coded) -> Result<(), Trouble> {
        if self.is_skipping && !coded.is_key {
            self.intake.lose(1);
            return Ok(());
        }
        self.is_skipping = match self.sender.try_send(coded) {
            Ok(()) => false,
            Err(TrySendError::Full(_)) => {
                self.intake.lose(1);
                true
            }
            // The decoder has ended before the stream.
            Err(TrySendError::Disconnected(_)) => return Err(Trouble::Crashed),
        };
        Ok(())
    }
}

/// Decodes until the entrance is gone.
///
/// A decoder keeps some frames back to put them in order. They come out at the end, and when nothing has come for so
/// long as `idle`: the end of a stream is often no more than that. Behind that a decoder makes nothing out of frames that refer
/// to others, so that another one goes on with the next that needs none; the frames up to it are lost.
pub(super) fn decode(
    coded: &Receiver<Coded>,
    intake: &Intake,
    idle: Duration,
) -> Result<(), openh264::Error> {
    let mut reel = Reel::new()?;
    let mut latest = Moment::now();
    loop {
        match coded.recv_timeout(idle) {
            Ok(coded) => {
                latest = coded.captured_at;
                reel.push(&coded, intake);
            }
            Err(end) => {
                reel.empty(latest, intake)?;
                if end == RecvTimeoutError::Disconnected {
                    return Ok(());
                }
            }
        }
    }
}

/// A decoder, and what it has not given yet.
struct Reel {
    decoder: Decoder,
    kept_back: u64,
    /// Whether it has had a frame that needs no other.
    has_key: bool,
}

impl Reel {
    fn new() -> Result<Self, openh264::Error> {
        let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        Ok(Self {
            decoder: Decoder::with_api_config(OpenH264API::from_source(), config)?,
            kept_back: 0,
            has_key: false,
        })
    }

    fn push(&mut self, coded: &Coded, intake: &Intake) {
        self.has_key |= coded.is_key;
        if !self.has_key {
            intake.lose(1);
            return;
        }
        match self.decoder.decode(&coded.bytes) {
            Ok(Some(picture)) => push(&picture, coded.captured_at, intake),
            Ok(None) => self.kept_back += 1,
            Err(_) => intake.lose(1),
        }
    }

    /// Gives what it has kept back, if it has kept back something, and begins anew.
    fn empty(&mut self, captured_at: Moment, intake: &Intake) -> Result<(), openh264::Error> {
        if self.kept_back > 0 {
            for picture in self.decoder.flush_remaining()? {
                push(&picture, captured_at, intake);
            }
            *self = Self::new()?;
        }
        Ok(())
    }
}

/// Leaves a decoded picture in a form that is encoded where it is used.
fn push(picture: &DecodedYUV<'_>, captured_at: Moment, intake: &Intake) {
    let (width, height) = picture.dimensions();
    let side = |pixels| u32::try_from(pixels).unwrap_or(u32::MAX);
    intake.push(Picture {
        captured_at,
        size: Size::new(side(width), side(height)),
        format: PixelFormat::Nv12(Range::Limited),
        bytes: nv12(picture),
        lost_before: 0,
    });
}

/// Brightness row by row, then both colours of each square of four pixels, side by side.
fn nv12(picture: &DecodedYUV<'_>) -> Bytes {
    let (width, height) = picture.dimensions();
    let (luma, blue, red) = picture.strides();
    let (columns, rows) = (width.div_ceil(2), height.div_ceil(2));
    let mut bytes = Vec::with_capacity(width * height + 2 * columns * rows);
    for row in picture.y().chunks(luma).take(height) {
        bytes.extend_from_slice(&row[..width]);
    }
    let colours = picture.u().chunks(blue).zip(picture.v().chunks(red));
    for (blue, red) in colours.take(rows) {
        let pairs = blue[..columns].iter().zip(&red[..columns]);
        bytes.extend(pairs.flat_map(|(&blue, &red)| [blue, red]));
    }
    bytes.into()
}

/// Two seconds at 30 frames a second: a burst, and no more.
const CODED_MAX: usize = 64;

#[cfg(test)]
mod tests;

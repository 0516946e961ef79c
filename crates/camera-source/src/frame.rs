//! One picture with its number and capture time.

use std::fmt;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use jpeg_encoder::{ColorType, Encoder};
use thiserror::Error;

use crate::Size;

/// One picture with its number and capture time.
///
/// Cloning is cheap: the bytes are shared.
#[derive(Clone)]
pub struct Frame {
    /// Counts the frames that this source captured: from 0, without gaps.
    pub number: u64,
    /// When the picture was taken; for files, when it was read.
    pub captured_at: Moment,
    /// The size of the picture.
    pub size: Size,
    /// What [`bytes`](Self::bytes) hold.
    pub format: PixelFormat,
    /// The picture.
    pub bytes: Bytes,
    /// The driver's own count, from wherever it starts; a gap is what the driver lost before this frame. `None`
    /// where nothing can be lost.
    pub sequence: Option<u64>,
    /// The name of the picture where it has one: the file name in a folder.
    pub name: Option<String>,
}

impl Frame {
    /// How many bytes this frame keeps in memory.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The picture as a JPEG file: untouched if it is one, else encoded at quality 85.
    ///
    /// Encoding takes milliseconds and is not the capture thread's to do: it is called where the frame is used.
    ///
    /// # Errors
    /// [`EncodeError`] when the frame is not what its fields say, or of a size that no JPEG can have.
    pub fn to_jpeg(&self) -> Result<Bytes, EncodeError> {
        let (color, channels) = match self.format {
            PixelFormat::Jpeg => return Ok(self.bytes.clone()),
            PixelFormat::Rgb8 => (ColorType::Rgb, 3),
            PixelFormat::Luma8 => (ColorType::Luma, 1),
        };
        let expected = self.size.pixels() * channels;
        if self.bytes.len() != expected {
            return Err(EncodeError::Length {
                size: self.size,
                format: self.format,
                expected,
                actual: self.bytes.len(),
            });
        }
        let side = |pixels| match u16::try_from(pixels) {
            Ok(side @ 1..) => Ok(side),
            _ => Err(EncodeError::Size(self.size)),
        };
        let (width, height) = (side(self.size.width)?, side(self.size.height)?);
        let mut jpeg = Vec::with_capacity(expected / 8);
        Encoder::new(&mut jpeg, QUALITY)
            .encode(&self.bytes, width, height, color)
            .map_err(EncodeError::Encoder)?;
        Ok(jpeg.into())
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("number", &self.number)
            .field("captured_at", &self.captured_at)
            .field("size", &self.size)
            .field("format", &self.format)
            .field("byte_len", &self.byte_len())
            .field("sequence", &self.sequence)
            .field("name", &self.name)
            .finish()
    }
}

/// A point in time by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By the wall clock, to be written down; it may be set back and forth.
    pub wall: SystemTime,
    /// By the clock that never runs backwards, to be measured from.
    pub monotonic: Instant,
}

impl Moment {
    /// This moment.
    pub fn now() -> Self {
        Self {
            wall: SystemTime::now(),
            monotonic: Instant::now(),
        }
    }
}

/// What the bytes of a picture mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelFormat {
    /// A whole JPEG file.
    Jpeg,
    /// Red, green and blue, a byte each; row by row from the top, without padding.
    Rgb8,
    /// Brightness, a byte; row by row from the top, without padding.
    Luma8,
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Rgb8 => "RGB",
            Self::Luma8 => "grey",
        })
    }
}

/// Why a frame cannot be turned into a JPEG.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The bytes are not a picture of this size and format.
    #[error("a picture of {size} in {format} has {expected} bytes, this one {actual}")]
    Length {
        /// The size that the frame tells.
        size: Size,
        /// The format that the frame tells.
        format: PixelFormat,
        /// The bytes that such a picture has.
        expected: usize,
        /// The bytes that are there.
        actual: usize,
    },
    /// A JPEG has at most 65535 rows and columns, and at least one.
    #[error("a JPEG cannot be {0}: its sides are 1 to 65535 pixels")]
    Size(Size),
    /// The encoder refused the picture.
    #[error("the picture cannot be encoded as a JPEG")]
    Encoder(#[source] jpeg_encoder::EncodingError),
}

/// High enough for small marks, low enough for a network.
const QUALITY: u8 = 85;

#[cfg(test)]
mod tests;

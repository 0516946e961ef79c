//! One picture with its number and capture time.

mod jpeg;
mod ycbcr;

use std::fmt;
use std::time::{Instant, SystemTime};

use bytes::Bytes;

use self::jpeg::Layout;
use self::ycbcr::Chroma;
use crate::Size;

pub use self::jpeg::EncodeError;

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
    /// How many frames are known to have been lost between the one before and this one, on the way here: by the device,
    /// its driver, the network, or because nobody took frames in time from a stream that does not wait.
    pub lost_before: u64,
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
    /// This takes milliseconds and is not the capture thread's to do: it is called where the frame is used.
    ///
    /// # Errors
    /// [`EncodeError`] when the frame is not what its fields say, of a size that no JPEG can have, or in a file
    /// format whose decoder was left out: the feature `image` brings them.
    pub fn to_jpeg(&self) -> Result<Bytes, EncodeError> {
        match self.format {
            PixelFormat::Jpeg => Ok(self.bytes.clone()),
            PixelFormat::Rgb8 => jpeg::encode(self.size, Layout::Rgb8, &self.bytes),
            PixelFormat::Luma8 => jpeg::encode(self.size, Layout::Luma8, &self.bytes),
            PixelFormat::Yuyv(range) => {
                let layout = Layout::Ycbcr(Chroma::Yuyv, range);
                jpeg::encode(self.size, layout, &self.bytes)
            }
            PixelFormat::Nv12(range) => {
                let layout = Layout::Ycbcr(Chroma::Nv12, range);
                jpeg::encode(self.size, layout, &self.bytes)
            }
            #[cfg(feature = "image")]
            PixelFormat::Png | PixelFormat::WebP | PixelFormat::Gif | PixelFormat::Bmp => {
                jpeg::convert(self.format, &self.bytes)
            }
            #[cfg(not(feature = "image"))]
            PixelFormat::Png | PixelFormat::WebP | PixelFormat::Gif | PixelFormat::Bmp => {
                Err(EncodeError::NotBuiltIn(self.format))
            }
        }
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
            .field("lost_before", &self.lost_before)
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
    /// A whole PNG file.
    Png,
    /// A whole WebP file.
    WebP,
    /// A whole GIF file; its first picture counts.
    Gif,
    /// A whole BMP file.
    Bmp,
    /// Red, green and blue, a byte each; row by row from the top, without padding.
    Rgb8,
    /// Brightness, a byte; row by row from the top, without padding.
    Luma8,
    /// Two pixels in four bytes: the first's brightness, the blue of both, the second's brightness, the red of both; row
    /// by row from the top, without padding. The colours are those of ITU-R BT.601.
    Yuyv(Range),
    /// A byte of brightness for each pixel, row by row, then two of colour, blue and red, for each square of four; without
    /// padding. The colours are those of ITU-R BT.601.
    Nv12(Range),
}

impl PixelFormat {
    /// A word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Rgb8 => "rgb8",
            Self::Luma8 => "luma8",
            Self::Yuyv(_) => "yuyv",
            Self::Nv12(_) => "nv12",
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for PixelFormat {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Rgb8 => "RGB",
            Self::Luma8 => "grey",
            Self::Yuyv(_) => "YUYV",
            Self::Nv12(_) => "NV12",
        })
    }
}

/// Which bytes stand for black and white, and for no colour and full colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Range {
    /// Black is 16 and white 235, colours are 16 to 240: what cameras give unless they say something else.
    #[default]
    Limited,
    /// All are 0 to 255.
    Full,
}

#[cfg(test)]
mod tests;

//! The formats in which pictures are taken from a V4L2 camera.

use std::fmt;
use std::str::FromStr;

use crate::{PixelFormat, Range};

/// A format that a V4L2 camera can be asked for; written as the kernel's four characters, as in `MJPG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A stream of JPEG pictures.
    Mjpg,
    /// JPEG pictures.
    Jpeg,
    /// Brightness for each pixel, colour for each two.
    Yuyv,
    /// A plane of brightness, then one of colour for each four pixels.
    Nv12,
    /// Red, green and blue.
    Rgb3,
    /// Brightness alone.
    Grey,
}

impl Format {
    /// All of them, what costs least first: a JPEG needs no encoding, and fits through the bus at full rate.
    pub const ALL: [Self; 6] = [
        Self::Mjpg,
        Self::Jpeg,
        Self::Yuyv,
        Self::Nv12,
        Self::Rgb3,
        Self::Grey,
    ];

    /// The kernel's four characters.
    pub const fn fourcc(self) -> [u8; 4] {
        match self {
            Self::Mjpg => *b"MJPG",
            Self::Jpeg => *b"JPEG",
            Self::Yuyv => *b"YUYV",
            Self::Nv12 => *b"NV12",
            Self::Rgb3 => *b"RGB3",
            Self::Grey => *b"GREY",
        }
    }

    /// The format of the kernel's four characters, if it is one of these.
    pub fn of(fourcc: [u8; 4]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.fourcc() == fourcc)
    }

    /// What a frame in this format is, its brightness and colour in this range.
    pub const fn pixels(self, range: Range) -> PixelFormat {
        match self {
            Self::Mjpg | Self::Jpeg => PixelFormat::Jpeg,
            Self::Yuyv => PixelFormat::Yuyv(range),
            Self::Nv12 => PixelFormat::Nv12(range),
            Self::Rgb3 => PixelFormat::Rgb8,
            Self::Grey => PixelFormat::Luma8,
        }
    }
}

/// The kernel's four characters as they are written; the highest bit says that numbers have their high byte first.
#[cfg(feature = "v4l2")]
pub(super) fn spelled(mut fourcc: [u8; 4]) -> String {
    let is_big_endian = fourcc[3] & 0x80 != 0;
    fourcc[3] &= 0x7F;
    let mut text = String::from_utf8_lossy(&fourcc).trim_end().to_owned();
    if is_big_endian {
        text += "-BE";
    }
    text
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.fourcc()))
    }
}

impl FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let name = text.to_ascii_uppercase();
        let fourcc = match name.as_str() {
            "MJPEG" => "MJPG",
            "YUY2" => "YUYV",
            "RGB" | "RGB24" => "RGB3",
            "GRAY" => "GREY",
            name => name,
        };
        fourcc
            .as_bytes()
            .try_into()
            .ok()
            .and_then(Self::of)
            .ok_or(())
    }
}

#[cfg(all(test, feature = "v4l2"))]
mod tests {
    use super::spelled;

    #[test]
    fn four_characters_are_written_as_people_do() {
        assert_eq!(spelled(*b"MJPG"), "MJPG");
        assert_eq!(spelled(*b"Y16 "), "Y16");
        assert_eq!(spelled(*b"Y16\xA0"), "Y16-BE");
    }
}

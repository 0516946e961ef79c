//! The size of a picture.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The width and height of a picture, in pixels; written `640x480`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// The size of a picture with rows of `width` pixels and `height` rows.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// How many pixels there are.
    pub const fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Size {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let (width, height) = text.split_once('x').ok_or(SizeError)?;
        Ok(Self {
            width: width.parse().map_err(|_| SizeError)?,
            height: height.parse().map_err(|_| SizeError)?,
        })
    }
}

/// A text that is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a size is WIDTHxHEIGHT in pixels, as in 640x480")]
pub struct SizeError;

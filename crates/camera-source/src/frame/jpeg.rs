//! Pictures become JPEG files.

use bytes::Bytes;
use creel_core::BoxError;
use jpeg_encoder::{ColorType, Encoder};
use thiserror::Error;

use super::ycbcr::{Chroma, Ycbcr};
use super::{PixelFormat, Range};
use crate::Size;

/// Encodes raw pixels.
pub(super) fn encode(size: Size, layout: Layout, pixels: &[u8]) -> Result<Bytes, EncodeError> {
    let expected = layout.byte_len(size);
    if pixels.len() != expected {
        return Err(EncodeError::Length {
            size,
            format: layout.format(),
            expected,
            actual: pixels.len(),
        });
    }
    let side = |pixels| match u16::try_from(pixels) {
        Ok(side @ 1..) => Ok(side),
        _ => Err(EncodeError::Size(size)),
    };
    let (width, height) = (side(size.width)?, side(size.height)?);
    let mut jpeg = Vec::with_capacity(expected / 8);
    let encoder = Encoder::new(&mut jpeg, QUALITY);
    match layout {
        Layout::Rgb8 => encoder.encode(pixels, width, height, ColorType::Rgb),
        Layout::Luma8 => encoder.encode(pixels, width, height, ColorType::Luma),
        Layout::Ycbcr(chroma, range) => {
            encoder.encode_image(Ycbcr::new(chroma, range, (width, height), pixels))
        }
    }
    .map_err(EncodeError::Encoder)?;
    Ok(jpeg.into())
}

/// Decodes a picture file of another format and encodes what it shows; what is transparent becomes white.
#[cfg(feature = "image")]
pub(super) fn convert(format: PixelFormat, file: &[u8]) -> Result<Bytes, EncodeError> {
    let picture = image::load_from_memory(file).map_err(|error| EncodeError::Decoder {
        format,
        source: error.into(),
    })?;
    let size = Size::new(picture.width(), picture.height());
    if !picture.color().has_color() && !picture.color().has_alpha() {
        return encode(size, Layout::Luma8, &picture.into_luma8());
    }
    if !picture.color().has_alpha() {
        return encode(size, Layout::Rgb8, &picture.into_rgb8());
    }
    let on_white = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u32::from(channel), u32::from(alpha));
        ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let pixels: Vec<u8> = picture
        .into_rgba8()
        .pixels()
        .flat_map(|pixel| {
            let [red, green, blue, alpha] = pixel.0;
            [red, green, blue].map(|channel| on_white(channel, alpha))
        })
        .collect();
    encode(size, Layout::Rgb8, &pixels)
}

/// How raw pixels lie in memory.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    Rgb8,
    Luma8,
    Ycbcr(Chroma, Range),
}

impl Layout {
    fn byte_len(self, size: Size) -> usize {
        match self {
            Self::Rgb8 => 3 * size.pixels(),
            Self::Luma8 => size.pixels(),
            Self::Ycbcr(chroma, _) => chroma.byte_len(size),
        }
    }

    fn format(self) -> PixelFormat {
        match self {
            Self::Rgb8 => PixelFormat::Rgb8,
            Self::Luma8 => PixelFormat::Luma8,
            Self::Ycbcr(Chroma::Yuyv, range) => PixelFormat::Yuyv(range),
            Self::Ycbcr(Chroma::Nv12, range) => PixelFormat::Nv12(range),
        }
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
    /// The decoder of this file format was left out.
    #[error("{0} pictures need the feature `image` of creel-camera-source")]
    NotBuiltIn(PixelFormat),
    /// The picture file is spoilt behind its header.
    #[error("the {format} picture cannot be decoded")]
    Decoder {
        /// The format that the frame tells.
        format: PixelFormat,
        /// What the decoder says.
        source: BoxError,
    },
    /// The encoder refused the picture.
    #[error("the picture cannot be encoded as a JPEG")]
    Encoder(#[source] jpeg_encoder::EncodingError),
}

/// High enough for small marks, low enough for a network.
const QUALITY: u8 = 85;

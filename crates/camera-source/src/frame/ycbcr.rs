//! Pictures in brightness and colour, as cameras give them, handed to the encoder as they are.
//!
//! A JPEG is in brightness and colour too, so nothing is converted but the range: to red, green and blue and back would
//! cost twice and lose some.

use std::array;

use jpeg_encoder::{ImageBuffer, JpegColorType};

use super::Range;
use crate::Size;

/// Where the colours lie.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chroma {
    /// Between the brightnesses, for each two pixels.
    Yuyv,
    /// In a plane of their own, for each four pixels.
    Nv12,
}

impl Chroma {
    pub(super) fn byte_len(self, size: Size) -> usize {
        let pairs = size.width.div_ceil(2) as usize;
        match self {
            Self::Yuyv => 4 * pairs * size.height as usize,
            Self::Nv12 => size.pixels() + 2 * pairs * size.height.div_ceil(2) as usize,
        }
    }
}

/// A picture for the encoder.
pub(super) struct Ycbcr<'a> {
    chroma: Chroma,
    width: u16,
    height: u16,
    pixels: &'a [u8],
    brightness: [u8; 256],
    colour: [u8; 256],
}

impl<'a> Ycbcr<'a> {
    /// A picture of this width and height, whose pixels have the length that its layout tells.
    pub(super) fn new(
        chroma: Chroma,
        range: Range,
        (width, height): (u16, u16),
        pixels: &'a [u8],
    ) -> Self {
        Self {
            chroma,
            width,
            height,
            pixels,
            brightness: stretched(range, 16, 0, 219),
            colour: stretched(range, 128, 128, 224),
        }
    }
}

impl ImageBuffer for Ycbcr<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (width, height, y) = (
            usize::from(self.width),
            usize::from(self.height),
            usize::from(y),
        );
        let pairs = width.div_ceil(2);
        let [brightness, blue, red, _] = buffers;
        let end = brightness.len() + width;
        let bright = |byte: u8| self.brightness[usize::from(byte)];
        let colour = |byte: u8| [self.colour[usize::from(byte)]; 2];
        match self.chroma {
            Chroma::Yuyv => {
                let row = &self.pixels[4 * pairs * y..][..4 * pairs];
                for quad in row.as_chunks::<4>().0 {
                    brightness.extend_from_slice(&[bright(quad[0]), bright(quad[2])]);
                    blue.extend_from_slice(&colour(quad[1]));
                    red.extend_from_slice(&colour(quad[3]));
                }
            }
            Chroma::Nv12 => {
                let (luma, chroma) = self.pixels.split_at(width * height);
                brightness.extend(luma[width * y..][..width].iter().map(|byte| bright(*byte)));
                for pair in chroma[2 * pairs * (y / 2)..][..2 * pairs]
                    .as_chunks::<2>()
                    .0
                {
                    blue.extend_from_slice(&colour(pair[0]));
                    red.extend_from_slice(&colour(pair[1]));
                }
            }
        }
        // An odd row has half a pair at its end.
        for channel in [brightness, blue, red] {
            channel.truncate(end);
        }
    }
}

/// What each byte becomes in the range of a JPEG: the byte `from` becomes `to`, and `steps` are stretched to 255.
fn stretched(range: Range, from: i32, to: i32, steps: i32) -> [u8; 256] {
    array::from_fn(|byte| {
        let byte = byte as i32;
        let full = match range {
            Range::Full => byte,
            Range::Limited => to + ((byte - from) as f32 * 255.0 / steps as f32).round() as i32,
        };
        full.clamp(0, 255) as u8
    })
}

#[cfg(test)]
mod tests;

//! Compressed pictures become the grey values that a reader of codes looks at.

use std::io::Cursor;

use thiserror::Error;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors as JpegError;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

#[cfg(test)]
mod tests;

/// The grey values of a picture, row by row; 0 is black.
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    luma: Vec<u8>,
}

impl Picture {
    /// The largest picture that is decoded: a small file can unfold into any number of pixels.
    const PIXELS_MAX: usize = 64 << 20;

    /// Decodes a JPEG or a PNG, told apart by their first bytes.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            decode_jpeg(bytes)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            decode_png(bytes)
        } else if bytes.is_empty() {
            Err(PictureError::Empty)
        } else {
            Err(PictureError::Format)
        }
    }

    /// The grey value of the pixel in column `x` and row `y`.
    pub(super) fn luma(&self, x: usize, y: usize) -> u8 {
        self.luma[y * self.width + x]
    }

    fn check_size(width: usize, height: usize) -> Result<(), PictureError> {
        match width.checked_mul(height) {
            Some(1..=Self::PIXELS_MAX) => Ok(()),
            _ => Err(PictureError::Size { width, height }),
        }
    }
}

/// Why bytes are not a picture.
#[derive(Debug, Error)]
pub(super) enum PictureError {
    /// There are no bytes.
    #[error("the picture is empty")]
    Empty,
    /// The first bytes are those of another format.
    #[error("the picture is neither a JPEG nor a PNG")]
    Format,
    /// The picture has too many pixels, or none.
    #[error("a picture of {width}x{height} pixels is beyond what is decoded here")]
    Size {
        /// Its columns.
        width: usize,
        /// Its rows.
        height: usize,
    },
    /// The JPEG is damaged or cut short.
    #[error("the JPEG cannot be decoded")]
    Jpeg(#[source] JpegError),
    /// The PNG is damaged or cut short.
    #[error("the PNG cannot be decoded")]
    Png(#[source] png::DecodingError),
}

fn decode_jpeg(bytes: &[u8]) -> Result<Picture, PictureError> {
    let mut decoder = JpegDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().map_err(PictureError::Jpeg)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    Picture::check_size(width, height)?;
    // Brightness is stored apart from colour in most files, and colour is then not decoded at all.
    let colors = match decoder.input_colorspace() {
        Some(ColorSpace::YCbCr | ColorSpace::Luma) => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(DecoderOptions::default().jpeg_set_out_colorspace(colors));
    let pixels = decoder.decode().map_err(PictureError::Jpeg)?;
    let luma = match colors {
        ColorSpace::Luma => pixels,
        _ => pixels.chunks_exact(3).map(grey).collect(),
    };
    Ok(Picture {
        width,
        height,
        luma,
    })
}

fn decode_png(bytes: &[u8]) -> Result<Picture, PictureError> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_limits(png::Limits {
        bytes: 4 * Picture::PIXELS_MAX,
    });
    let mut reader = decoder.read_info().map_err(PictureError::Png)?;
    let (width, height) = reader.info().size();
    let (width, height) = (width as usize, height as usize);
    let too_large = PictureError::Size { width, height };
    Picture::check_size(width, height)?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(too_large)?];
    reader.next_frame(&mut pixels).map_err(PictureError::Png)?;
    let luma = match reader.output_color_type().0 {
        png::ColorType::Rgb => pixels.chunks_exact(3).map(grey).collect(),
        png::ColorType::Rgba => pixels
            .chunks_exact(4)
            .map(|pixel| on_white(grey(pixel), pixel[3]))
            .collect(),
        png::ColorType::GrayscaleAlpha => pixels
            .chunks_exact(2)
            .map(|pixel| on_white(pixel[0], pixel[1]))
            .collect(),
        // A palette was expanded by the decoder.
        png::ColorType::Grayscale | png::ColorType::Indexed => pixels,
    };
    Ok(Picture {
        width,
        height,
        luma,
    })
}

/// The brightness of red, green and blue by the weights of ITU-R BT.601, which JPEG uses as well.
fn grey(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((299 * red + 587 * green + 114 * blue + 500) / 1000) as u8
}

/// A grey value seen on white paper through its own transparency.
fn on_white(luma: u8, alpha: u8) -> u8 {
    let (luma, alpha) = (u32::from(luma), u32::from(alpha));
    ((luma * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

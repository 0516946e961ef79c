//! Pictures, copied out of the driver's buffers.

use bytes::Bytes;
use memchr::memchr;

use super::{Format, PictureError};
use crate::Size;

/// How pictures lie in the driver's buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) format: Format,
    pub(super) size: Size,
    /// The bytes from one row to the next.
    pub(super) stride: usize,
}

impl Layout {
    /// Copies the picture out of the used part of a buffer, without what pads its rows or follows its end.
    pub(super) fn take(self, used: &[u8]) -> Result<Bytes, PictureError> {
        if used.is_empty() {
            return Err(PictureError::Empty);
        }
        let Size { width, height } = self.size;
        let (width, height) = (width as usize, height as usize);
        let pairs = width.div_ceil(2);
        match self.format {
            Format::Mjpg | Format::Jpeg => jpeg(used),
            Format::Yuyv => self.rows(used, &[(4 * pairs, height)]),
            Format::Rgb3 => self.rows(used, &[(3 * width, height)]),
            Format::Grey => self.rows(used, &[(width, height)]),
            Format::Nv12 => {
                let colours = (2 * pairs, height.div_ceil(2));
                self.rows(used, &[(width, height), colours])
            }
        }
    }

    /// Copies planes that follow one another, each of rows of so many bytes.
    fn rows(self, used: &[u8], planes: &[(usize, usize)]) -> Result<Bytes, PictureError> {
        let widest = planes.iter().map(|(row, _)| *row).max().unwrap_or(0);
        let stride = self.stride.max(widest);
        let count: usize = planes.iter().map(|(_, count)| count).sum();
        let (last, _) = planes.last().copied().unwrap_or_default();
        let expected = stride * count.saturating_sub(1) + last;
        if used.len() < expected {
            return Err(PictureError::Short {
                format: self.format,
                size: self.size,
                expected,
                actual: used.len(),
            });
        }
        if planes.iter().all(|(row, _)| *row == stride) {
            return Ok(Bytes::copy_from_slice(&used[..stride * count]));
        }
        let rows = planes
            .iter()
            .flat_map(|(row, count)| std::iter::repeat_n(*row, *count));
        let mut picture = Vec::with_capacity(expected);
        for (row, from) in rows.zip(used.chunks(stride)) {
            picture.extend_from_slice(&from[..row]);
        }
        Ok(picture.into())
    }
}

/// Copies a JPEG as it is; a driver may tell of its whole buffer as used, with old bytes behind the picture's end.
fn jpeg(used: &[u8]) -> Result<Bytes, PictureError> {
    if !used.starts_with(&[MARKER, START]) {
        return Err(PictureError::NotJpeg);
    }
    // One that was cut short has no end: whoever decodes it may still see most of it.
    let end = jpeg_end(used).unwrap_or(used.len());
    Ok(Bytes::copy_from_slice(&used[..end]))
}

/// How long the JPEG is that begins here; `None` if its end is not here.
///
/// Segments are passed over by their lengths, since one may hold a small picture with an end of its own.
fn jpeg_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        at += memchr(MARKER, bytes.get(at..)?)?;
        while *bytes.get(at)? == MARKER {
            at += 1;
        }
        let kind = bytes[at];
        at += 1;
        match kind {
            END => return Some(at),
            // These stand alone: an escaped byte of the picture, and marks that help to find the way in it.
            0x00 | 0x01 | 0xD0..=START => {}
            _ => {
                let length = bytes.get(at..at + 2)?;
                at += usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            }
        }
    }
}

const MARKER: u8 = 0xFF;
const START: u8 = 0xD8;
const END: u8 = 0xD9;

#[cfg(test)]
mod tests;

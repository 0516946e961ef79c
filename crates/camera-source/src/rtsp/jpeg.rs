//! Puts JPEG pictures together from RTP packets, as RFC 2435 has it.
//!
//! retina would do so, too, and hand on a picture from whose middle a packet is missing as if it were whole.

use std::collections::HashMap;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// The picture that is being put together.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// What has come of it, behind a head that is made here.
    picture: Vec<u8>,
    head_len: usize,
    /// Whether all has come so far.
    is_whole: bool,
    /// Tables that a camera sends now and then, by the number that it gives them.
    tables: HashMap<u8, Vec<u8>>,
}

impl Assembly {
    /// Takes what a packet carries; gives the picture that is whole with it.
    ///
    /// A packet that follows no other of its picture, or is none, spoils the picture.
    pub(super) fn push(&mut self, packet: &[u8], is_last: bool) -> Option<Vec<u8>> {
        if self.add(packet).is_none() {
            self.is_whole = false;
        }
        if !is_last || !std::mem::take(&mut self.is_whole) {
            return None;
        }
        let mut picture = std::mem::take(&mut self.picture);
        if !picture.ends_with(&END) {
            picture.extend(END);
        }
        Some(picture)
    }

    fn add(&mut self, packet: &[u8]) -> Option<()> {
        let (fixed, mut rest) = packet.split_first_chunk::<8>()?;
        let [_, offset @ .., kind, quality, width, height] = *fixed;
        let offset = u32::from_be_bytes([0, offset[0], offset[1], offset[2]]) as usize;
        let mut restart = 0;
        if kind >= WITH_RESTARTS {
            let (header, behind) = rest.split_first_chunk::<4>()?;
            restart = u16::from_be_bytes([header[0], header[1]]);
            rest = behind;
        }
        if offset == 0 {
            let mut tables = None;
            if quality >= WITH_TABLES {
                let (header, behind) = rest.split_first_chunk::<4>()?;
                let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
                let (content, behind) = behind.split_at_checked(length)?;
                // Of eight bits each; with sixteen, a picture would be none that everybody reads.
                if length == TABLES && header[1] == 0 {
                    self.tables.insert(quality, content.to_vec());
                }
                tables = Some(self.tables.get(&quality)?.as_slice());
                rest = behind;
            }
            let size = [width, height].map(|blocks| 8 * u16::from(blocks));
            self.picture = head(size, kind, quality, tables, restart)?;
            self.head_len = self.picture.len();
            self.is_whole = true;
        } else if !self.is_whole || offset != self.picture.len() - self.head_len {
            return None;
        }
        if self.picture.len() + rest.len() > PICTURE_BYTES_MAX {
            return None;
        }
        self.picture.extend_from_slice(rest);
        Some(())
    }
}

/// What stands before the coded picture: that of a small picture of our own encoder, which has the same parts, with
/// what is the camera's put in.
fn head(
    [width, height]: [u16; 2],
    kind: u8,
    quality: u8,
    tables: Option<&[u8]>,
    restart: u16,
) -> Option<Vec<u8>> {
    if width == 0 || height == 0 || quality == 0 {
        return None;
    }
    let sampling = match kind % WITH_RESTARTS {
        0 => SamplingFactor::F_2_1,
        1 => SamplingFactor::F_2_2,
        _ => return None,
    };
    let mut model = Vec::new();
    let mut encoder = Encoder::new(&mut model, quality.min(100));
    encoder.set_sampling_factor(sampling);
    let grey = [128; 3 * 16 * 16];
    encoder.encode(&grey, 16, 16, ColorType::Rgb).ok()?;
    let mut rest = &mut model[2..];
    let mut head = vec![0xff, 0xd8];
    loop {
        let length = 2 + usize::from(u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]));
        let (segment, behind) = rest.split_at_mut_checked(length)?;
        match (segment[1], tables) {
            (QUANTIZATION, Some(tables)) => {
                for table in segment[4..].chunks_mut(65) {
                    let at = 64 * usize::from(table[0] & 1);
                    table[1..].copy_from_slice(tables.get(at..at + 64)?);
                }
            }
            (FRAME, _) => {
                segment[5..7].copy_from_slice(&height.to_be_bytes());
                segment[7..9].copy_from_slice(&width.to_be_bytes());
            }
            (SCAN, _) => {
                if restart > 0 {
                    head.extend([0xff, 0xdd, 0, 4]);
                    head.extend(restart.to_be_bytes());
                }
                head.extend_from_slice(segment);
                return Some(head);
            }
            _ => {}
        }
        head.extend_from_slice(segment);
        rest = behind;
    }
}

const QUANTIZATION: u8 = 0xdb;
const FRAME: u8 = 0xc0;
const SCAN: u8 = 0xda;
const END: [u8; 2] = [0xff, 0xd9];

/// Kinds of pictures from here on have restart markers.
const WITH_RESTARTS: u8 = 64;

/// Qualities from here on have tables of their own.
const WITH_TABLES: u8 = 128;

/// Two tables of 64 bytes.
const TABLES: usize = 128;

/// An offset has 24 bits.
const PICTURE_BYTES_MAX: usize = 1 << 24;

#[cfg(test)]
mod tests;

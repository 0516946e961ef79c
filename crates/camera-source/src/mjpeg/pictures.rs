//! The JPEG pictures in a stream of bytes, found by their own structure.

use std::mem;

use bytes::Bytes;
use memchr::memchr;

use crate::Size;

/// Finds the pictures in a stream of bytes, whatever else is in it.
///
/// Cameras and relays disagree about what stands between two pictures: boundaries that are not the announced one,
/// lengths that are wrong or missing, types that are no picture's. A JPEG says itself where it begins and ends:
///
/// ```text
///              FF D8              FF xx, length               FF DA, length
///   Outside ──────────▶ Marker ◀─────────────────▶ Segment ─────────────────▶ Scan
///      ▲                  ▲                                                    │ │
///      │                  └──────────── FF xx: another segment ────────────────┘ │
///      └───────────────────────── FF D9: the picture is whole ───────────────────┘
/// ```
///
/// Segments are passed over by their length, so that a thumbnail within one ends nothing. A picture that breaks off,
/// or is larger than allowed, is counted as lost, and the search goes on behind it. Memory is bounded by the largest
/// picture that is allowed.
///
/// ```
/// use creel_camera_source::mjpeg::Pictures;
///
/// let mut pictures = Pictures::new(1 << 20);
/// pictures.push(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff", |_| unreachable!());
/// assert_eq!(pictures.lost(), 0);
/// ```
#[derive(Debug)]
pub struct Pictures {
    state: State,
    /// The picture so far.
    bytes: Vec<u8>,
    bytes_max: usize,
    size: Option<Size>,
    has_scan: bool,
    lost: u64,
}

/// A picture that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JpegPicture {
    /// Its size, as its header tells.
    pub size: Size,
    /// The whole file, from its first marker to its last.
    pub bytes: Bytes,
    /// How many pictures had begun behind the one before, and are lost.
    pub lost_before: u64,
}

/// What the next byte is taken for.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Anything up to FF.
    Outside,
    /// D8, behind FF.
    Start,
    /// FF.
    Marker,
    /// What marker it is.
    Code { is_in_scan: bool },
    /// The first byte of a segment's length.
    High { code: u8 },
    /// The second.
    Low { code: u8, high: u8 },
    /// So much is left of a segment whose content begins there.
    Segment { code: u8, from: usize, left: usize },
    /// Coded picture up to FF.
    Scan,
}

impl Pictures {
    /// Pictures of at most so many bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            state: State::Outside,
            bytes: Vec::new(),
            bytes_max,
            size: None,
            has_scan: false,
            lost: 0,
        }
    }

    /// Reads on, and hands over each picture that has become whole.
    pub fn push(&mut self, mut input: &[u8], mut on_picture: impl FnMut(JpegPicture)) {
        while !input.is_empty() {
            // Always at the same byte, however the stream is cut.
            if !self.bytes.is_empty() && self.bytes.len() >= self.bytes_max {
                self.give_up();
            }
            let read = self.read(input, &mut on_picture);
            input = &input[read..];
        }
    }

    /// The stream has ended: a picture that had begun is lost.
    pub fn end(&mut self) {
        self.give_up();
    }

    /// How many pictures had begun behind the last whole one, and are lost.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// How many bytes are kept in memory.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes at least one byte, or none where the same byte means something else.
    fn read(&mut self, input: &[u8], on_picture: &mut impl FnMut(JpegPicture)) -> usize {
        let byte = input[0];
        let room = self.bytes_max.saturating_sub(self.bytes.len()).max(1);
        match self.state {
            State::Outside => match memchr(FF, input) {
                Some(at) => {
                    self.state = State::Start;
                    at + 1
                }
                None => input.len(),
            },
            State::Start => {
                match byte {
                    SOI => self.begin(),
                    FF => {}
                    _ => self.state = State::Outside,
                }
                1
            }
            State::Marker if byte == FF => {
                self.bytes.push(byte);
                self.state = State::Code { is_in_scan: false };
                1
            }
            State::Marker => {
                self.give_up();
                0
            }
            State::Code { is_in_scan } => {
                self.bytes.push(byte);
                self.marker(byte, is_in_scan, on_picture);
                1
            }
            State::High { code } => {
                self.bytes.push(byte);
                self.state = State::Low { code, high: byte };
                1
            }
            State::Low { code, high } => {
                self.bytes.push(byte);
                match usize::from(u16::from_be_bytes([high, byte])).checked_sub(2) {
                    Some(left) => self.segment(code, self.bytes.len(), left),
                    None => self.give_up(),
                }
                1
            }
            State::Segment { code, from, left } => {
                let taken = left.min(input.len()).min(room);
                self.bytes.extend_from_slice(&input[..taken]);
                self.segment(code, from, left - taken);
                taken
            }
            State::Scan => {
                let input = &input[..input.len().min(room)];
                let taken = match memchr(FF, input) {
                    Some(at) => {
                        self.state = State::Code { is_in_scan: true };
                        at + 1
                    }
                    None => input.len(),
                };
                self.bytes.extend_from_slice(&input[..taken]);
                taken
            }
        }
    }
    fn marker(&mut self, code: u8, is_in_scan: bool, on_picture: &mut impl FnMut(JpegPicture)) {
        match code {
            // Any number of these may stand before the code.
            FF => {}
            ESCAPED if is_in_scan => self.state = State::Scan,
            RESTART_FIRST..=RESTART_LAST if is_in_scan => self.state = State::Scan,
            SOI => {
                // The picture before broke off.
                self.give_up();
                self.begin();
            }
            EOI => match self.size.take().filter(|_| self.has_scan) {
                Some(size) => {
                    let bytes = mem::take(&mut self.bytes).into();
                    self.state = State::Outside;
                    let lost_before = mem::take(&mut self.lost);
                    on_picture(JpegPicture {
                        size,
                        bytes,
                        lost_before,
                    });
                }
                None => self.give_up(),
            },
            FRAME_FIRST..=SEGMENT_LAST => self.state = State::High { code },
            _ => self.give_up(),
        }
    }

    /// Goes on within a segment whose content begins at `from` and of which so much is left.
    fn segment(&mut self, code: u8, from: usize, left: usize) {
        if left > 0 {
            self.state = State::Segment { code, from, left };
            return;
        }
        self.state = State::Marker;
        if code == SCAN {
            self.has_scan = true;
            self.state = State::Scan;
        } else if is_frame(code) {
            match self.bytes[from..] {
                [_, high, low, wide, narrow, ..] => {
                    let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
                    self.size = Some(Size::new(side(wide, narrow), side(high, low)))
                        .filter(|size| size.pixels() > 0);
                }
                _ => self.give_up(),
            }
        }
    }

    fn begin(&mut self) {
        self.bytes.extend_from_slice(&[FF, SOI]);
        self.size = None;
        self.has_scan = false;
        self.state = State::Marker;
    }

    /// Searches for the next picture; what had no more than a beginning was none.
    fn give_up(&mut self) {
        if self.bytes.len() > BEGINNING {
            self.lost += 1;
        }
        // What a large one took is given back.
        self.bytes = Vec::new();
        self.state = State::Outside;
    }
}

const FF: u8 = 0xff;
/// FF within a scan is followed by this.
const ESCAPED: u8 = 0;
const RESTART_FIRST: u8 = 0xd0;
const RESTART_LAST: u8 = 0xd7;
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SCAN: u8 = 0xda;
/// From here on, markers have a length; SOI and EOI are among them and have none.
const FRAME_FIRST: u8 = 0xc0;
const SEGMENT_LAST: u8 = 0xfe;

/// Two markers: three bytes may stand anywhere by chance.
const BEGINNING: usize = 4;

/// Whether a segment tells the size of the picture: those of Huffman tables, extensions and arithmetic coding do not.
fn is_frame(code: u8) -> bool {
    matches!(code, 0xc0..=0xcf) && !matches!(code, 0xc4 | 0xc8 | 0xcc)
}

#[cfg(test)]
mod tests;

//! V4L2 as the kernel speaks it: an open device, and what it can be asked.
//!
//! The crates that wrap this either need libclang to be built, or panic where a driver says something unknown, or hide the
//! driver's count of frames. What is used of it is small: plain structures, handed over by `ioctl`.

#![expect(
    unsafe_code,
    reason = "a device is asked by handing the kernel a structure to fill"
)]

mod buffers;
mod layout;

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::ptr;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, ioctl, opcode};

use self::layout::{
    CAPTURE, Control, DISCRETE, Format, FrameInterval, FrameSize, GROUP, MenuItem, Parameters,
    number,
};
use super::Span;
use crate::Size;

pub(super) use self::buffers::Buffers;
pub(super) use self::layout::{Buffer, ControlDescription, Fraction, PictureFormat};

/// An open device.
#[derive(Debug)]
pub(super) struct Node {
    device: OwnedFd,
}

impl Node {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let device = open(path, flags, Mode::empty())?;
        Ok(Self { device })
    }

    /// The formats in which it gives pictures, each with a description; none if it gives none.
    pub(super) fn formats(&self) -> io::Result<Vec<([u8; 4], String)>> {
        let mut formats = Vec::new();
        for index in 0.. {
            let mut found = layout::FormatDescription {
                index,
                kind: CAPTURE,
                ..Default::default()
            };
            if !self.ask_next(number::ENUM_FMT, &mut found)? {
                break;
            }
            formats.push((found.fourcc, text(&found.description)));
        }
        Ok(formats)
    }

    /// The sizes of its pictures in a format.
    pub(super) fn sizes(&self, fourcc: [u8; 4]) -> io::Result<Vec<Span<Size>>> {
        let mut sizes = Vec::new();
        for index in 0.. {
            let mut found = FrameSize {
                index,
                fourcc,
                ..Default::default()
            };
            if !self.ask_next(number::ENUM_FRAMESIZES, &mut found)? {
                break;
            }
            let [a, b, _, c, d, _] = found.sides;
            if found.kind == DISCRETE {
                sizes.push(Span::one(Size::new(a, b)));
            } else {
                // All sizes stand in one.
                sizes.push(Span {
                    from: Size::new(a, c),
                    to: Size::new(b, d),
                });
                break;
            }
        }
        Ok(sizes)
    }

    /// The times that a picture of this format and size may take.
    pub(super) fn intervals(&self, fourcc: [u8; 4], size: Size) -> io::Result<Vec<Span<Fraction>>> {
        let mut intervals = Vec::new();
        for index in 0.. {
            let mut found = FrameInterval {
                index,
                fourcc,
                width: size.width,
                height: size.height,
                ..Default::default()
            };
            if !self.ask_next(number::ENUM_FRAMEINTERVALS, &mut found)? {
                break;
            }
            let [from, to, _] = found.intervals;
            if found.kind == DISCRETE {
                intervals.push(Span::one(from));
            } else {
                intervals.push(Span { from, to });
                break;
            }
        }
        Ok(intervals)
    }

    /// The format and size of its pictures.
    pub(super) fn format(&self) -> io::Result<PictureFormat> {
        let mut format = Format {
            kind: CAPTURE,
            ..Default::default()
        };
        self.ask(number::G_FMT, &mut format)?;
        Ok(format.format.picture)
    }

    /// Asks for a format and size, and tells what the driver made of it.
    pub(super) fn set_format(&self, size: Size, fourcc: [u8; 4]) -> io::Result<PictureFormat> {
        let mut format = Format {
            kind: CAPTURE,
            ..Default::default()
        };
        format.format.picture = PictureFormat {
            width: size.width,
            height: size.height,
            fourcc,
            ..Default::default()
        };
        self.ask(number::S_FMT, &mut format)?;
        Ok(format.format.picture)
    }

    /// The time of a picture; zero where the device does not know.
    pub(super) fn interval(&self) -> io::Result<Fraction> {
        let mut parameters = Parameters {
            kind: CAPTURE,
            ..Default::default()
        };
        self.ask(number::G_PARM, &mut parameters)?;
        Ok(parameters.interval)
    }

    /// Asks for a time of a picture, and tells what the driver made of it.
    pub(super) fn set_interval(&self, interval: Fraction) -> io::Result<Fraction> {
        let mut parameters = Parameters {
            kind: CAPTURE,
            interval,
            ..Default::default()
        };
        self.ask(number::S_PARM, &mut parameters)?;
        Ok(parameters.interval)
    }

    /// The control with the lowest number above this one.
    pub(super) fn control_behind(&self, id: u32) -> io::Result<Option<ControlDescription>> {
        const NEXT: u32 = 0x8000_0000;
        let mut found = ControlDescription {
            id: id | NEXT,
            ..Default::default()
        };
        let is_there = self.ask_next(number::QUERYCTRL, &mut found)?;
        Ok(is_there.then_some(found))
    }

    /// What a value of a control is called; not all values have a meaning. It is a number for some controls.
    pub(super) fn menu_item(&self, id: u32, index: u32, is_number: bool) -> Option<String> {
        let mut item = MenuItem {
            id,
            index,
            ..Default::default()
        };
        self.ask(number::QUERYMENU, &mut item).ok()?;
        if !is_number {
            return Some(text(&item.name));
        }
        let number = item.name.first_chunk().copied().map(i64::from_ne_bytes);
        number.map(|number| number.to_string())
    }

    pub(super) fn control(&self, id: u32) -> io::Result<i32> {
        let mut control = Control { id, value: 0 };
        self.ask(number::G_CTRL, &mut control)?;
        Ok(control.value)
    }

    /// Sets a control, and tells what the driver made of the value.
    pub(super) fn set_control(&self, id: u32, value: i32) -> io::Result<i32> {
        let mut control = Control { id, value };
        self.ask(number::S_CTRL, &mut control)?;
        Ok(control.value)
    }

    /// Asks for the next of a kind; a device says that there are no more by saying that it was asked wrongly.
    fn ask_next<T: Plain>(&self, number: u8, structure: &mut T) -> io::Result<bool> {
        match self.ask(number, structure) {
            Ok(()) => Ok(true),
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::INVAL) => Ok(false),
                _ => Err(error),
            },
        }
    }

    /// Asks what V4L2 calls by this number, with a structure that the kernel reads and fills.
    fn ask<T: Plain>(&self, number: u8, structure: &mut T) -> io::Result<()> {
        self.put(opcode::read_write::<T>(GROUP, number), structure)
    }

    /// Tells what V4L2 calls by this number, with a value that the kernel reads.
    fn tell(&self, number: u8, mut value: u32) -> io::Result<()> {
        self.put(opcode::write::<u32>(GROUP, number), &mut value)
    }

    /// Hands the kernel a structure by a number that tells its size.
    fn put<T: Plain>(&self, opcode: Opcode, structure: &mut T) -> io::Result<()> {
        loop {
            let request = Request {
                opcode,
                structure: &mut *structure,
            };
            // SAFETY: the kernel reads and writes so many bytes as the opcode tells, which was made of the structure's type; any
            // bytes are valid in it. It follows no pointers: none of the structures has any, since buffers are mapped ones.
            match unsafe { ioctl(&self.device, request) } {
                Err(Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }
}

/// What the kernel is handed.
struct Request<'a, T> {
    opcode: Opcode,
    structure: &'a mut T,
}

// SAFETY: the opcode and the pointer are those of one request, and what the kernel writes is found in the structure.
unsafe impl<T: Plain> Ioctl for Request<'_, T> {
    type Output = ();

    const IS_MUTATING: bool = true;

    fn opcode(&self) -> Opcode {
        self.opcode
    }

    fn as_ptr(&mut self) -> *mut c_void {
        ptr::from_mut(self.structure).cast()
    }

    unsafe fn output_from_ptr(_: IoctlOutput, _: *mut c_void) -> rustix::io::Result<()> {
        Ok(())
    }
}

impl AsFd for Node {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }
}

/// A structure of the kernel's that is numbers alone, as those of [`layout`] are.
trait Plain: Copy {}

impl Plain for layout::FormatDescription {}
impl Plain for Format {}
impl Plain for FrameSize {}
impl Plain for FrameInterval {}
impl Plain for Parameters {}
impl Plain for layout::BufferRequest {}
impl Plain for Buffer {}
impl Plain for ControlDescription {}
impl Plain for MenuItem {}
impl Plain for Control {}
impl Plain for u32 {}

/// What stands in a field of fixed length, up to its first zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

#[cfg(test)]
mod tests {
    use rustix::ioctl::{Opcode, opcode};

    use super::layout::{Buffer, ControlDescription, Format, GROUP, MenuItem, Parameters, number};
    use super::text;

    #[test]
    fn requests_have_the_numbers_of_the_header() {
        let check = |number: Opcode, expected: Opcode| assert_eq!(number, expected);
        check(
            opcode::read_write::<Format>(GROUP, number::S_FMT),
            0xC0D0_5605,
        );
        check(
            opcode::read_write::<Buffer>(GROUP, number::DQBUF),
            0xC058_5611,
        );
        check(opcode::write::<u32>(GROUP, number::STREAMON), 0x4004_5612);
        check(
            opcode::read_write::<Parameters>(GROUP, number::S_PARM),
            0xC0CC_5616,
        );
        check(
            opcode::read_write::<ControlDescription>(b'V', 36),
            0xC044_5624,
        );
        check(
            opcode::read_write::<MenuItem>(GROUP, number::QUERYMENU),
            0xC02C_5625,
        );
    }

    #[test]
    fn a_text_ends_at_its_first_zero_whatever_its_bytes() {
        assert_eq!(text(b"Gain\0\0"), "Gain");
        assert_eq!(text(b"four"), "four");
        assert_eq!(text(b"caf\xC3\0"), "caf\u{FFFD}");
    }
}

//! What a device was asked for, and what its driver made of it.

use std::fmt;
use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::format::spelled;
use super::kernel::{Fraction, Node, PictureFormat};
use super::picture::Layout;
use super::{Format, Settings, V4l2Error};
use crate::{PixelFormat, Range, Size};

/// The size, rate and format in which a device gives pictures, which may differ from what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mode {
    /// The size of each picture.
    pub size: Size,
    /// The format.
    pub format: Format,
    /// Frames per second, where the device tells.
    pub fps: Option<f64>,
    /// The bytes from one row to the next.
    pub(super) stride: usize,
    /// Which bytes stand for black and white.
    pub(super) range: Range,
}

impl Mode {
    /// Asks a device for what it was told, and reads back what it gives.
    pub(super) fn agree(device: &Node, settings: &Settings) -> Result<Self, V4l2Error> {
        let path = settings.device.as_path();
        let offered = device
            .formats()
            .map_err(|source| V4l2Error::refused(path, "to tell its formats", source))?;
        let offered: Vec<[u8; 4]> = offered.into_iter().map(|(fourcc, _)| fourcc).collect();
        if offered.is_empty() {
            return Err(V4l2Error::NotCamera {
                device: path.to_owned(),
            });
        }
        let format = settings.format.or_else(|| preferred(&offered));
        let Some(format) = format else {
            return Err(no_format(path, None, &offered));
        };
        let size = match settings.size {
            Some(size) => size,
            None => {
                let current = device
                    .format()
                    .map_err(|source| V4l2Error::refused(path, "to tell its size", source))?;
                Size::new(current.width, current.height)
            }
        };
        let given = device
            .set_format(size, format.fourcc())
            .map_err(|source| V4l2Error::refused(path, format!("{size} in {format}"), source))?;
        let Some(format) = Format::of(given.fourcc) else {
            return Err(no_format(path, settings.format, &offered));
        };
        Ok(Self {
            size: Size::new(given.width, given.height),
            format,
            fps: rate(device, settings.fps)
                .map_err(|source| V4l2Error::refused(path, "this rate", source))?,
            stride: given.stride as usize,
            range: range(&given),
        })
    }

    /// Where this is not what was asked for, in words.
    pub(super) fn departures(&self, settings: &Settings) -> Vec<String> {
        let mut departures = Vec::new();
        let mut compare = |given: &dyn fmt::Display, wanted: &dyn fmt::Display, is_same: bool| {
            if !is_same {
                departures.push(format!("{given} in place of {wanted}"));
            }
        };
        if let Some(size) = settings.size {
            compare(&self.size, &size, self.size == size);
        }
        if let Some(format) = settings.format {
            compare(&self.format, &format, self.format == format);
        }
        if let Some(fps) = settings.fps {
            match self.fps {
                Some(given) => {
                    let is_same = (given - fps).abs() <= fps / 100.0;
                    compare(&format_args!("{} fps", rounded(given)), &fps, is_same);
                }
                None => departures.push(format!("an unknown rate in place of {fps} fps")),
            }
        }
        departures
    }

    pub(super) fn layout(&self) -> Layout {
        Layout {
            format: self.format,
            size: self.size,
            stride: self.stride,
        }
    }

    pub(super) fn pixels(&self) -> PixelFormat {
        self.format.pixels(self.range)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.size, self.format)?;
        match self.fps {
            Some(fps) => write!(f, " at {} fps", rounded(fps)),
            None => Ok(()),
        }
    }
}

/// A rate to three decimals, since drivers tell intervals.
pub(super) fn rounded(fps: f64) -> f64 {
    (fps * 1000.0).round() / 1000.0
}

/// The first of the formats that can be taken which is among these.
fn preferred(offered: &[[u8; 4]]) -> Option<Format> {
    Format::ALL
        .into_iter()
        .find(|format| offered.contains(&format.fourcc()))
}

fn no_format(device: &Path, wanted: Option<Format>, offered: &[[u8; 4]]) -> V4l2Error {
    V4l2Error::NoFormat {
        device: device.to_owned(),
        wanted,
        offered: offered.iter().map(|fourcc| spelled(*fourcc)).collect(),
    }
}

/// Asks for a rate, if there is one to ask for, and reads back what is given; a device may not know of rates.
fn rate(device: &Node, wanted: Option<f64>) -> io::Result<Option<f64>> {
    let given = match wanted {
        Some(fps) => device.set_interval(interval(fps)),
        None => device.interval(),
    };
    match given {
        Ok(interval) => Ok(interval.rate()),
        Err(error) => match Errno::from_io_error(&error) {
            Some(Errno::NOTTY | Errno::INVAL) => Ok(None),
            _ => Err(error),
        },
    }
}

/// The time of a frame as drivers count it: of whole numbers, small where the rate allows.
fn interval(fps: f64) -> Fraction {
    const PARTS: u32 = 1000;
    let denominator = (fps * f64::from(PARTS)).round().max(1.0) as u32;
    let (mut divisor, mut rest) = (PARTS, denominator % PARTS);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    Fraction {
        numerator: PARTS / divisor,
        denominator: denominator / divisor,
    }
}

/// Full where the driver says so, or leaves it open and has the colours of a JPEG.
fn range(given: &PictureFormat) -> Range {
    const UNTOLD: u32 = 0;
    const FULL: u32 = 1;
    const JPEG: u32 = 7;
    match (given.quantization, given.colours) {
        (FULL, _) | (UNTOLD, JPEG) => Range::Full,
        _ => Range::Limited,
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, interval, preferred};
    use crate::v4l2::Format;
    use crate::{Range, Size};

    #[test]
    fn a_rate_becomes_an_interval_of_small_numbers() {
        let check = |fps: f64, expected: (u32, u32)| {
            let interval = interval(fps);
            assert_eq!(
                (interval.numerator, interval.denominator),
                expected,
                "{fps}"
            );
        };
        check(30.0, (1, 30));
        check(12.5, (2, 25));
        check(29.97, (100, 2997));
        check(0.001, (1000, 1));
        check(10_000.0, (1, 10_000));
        check(7.4996, (2, 15));
    }

    #[test]
    fn the_format_is_the_first_that_costs_no_encoding() {
        assert_eq!(preferred(&[*b"YUYV", *b"MJPG"]), Some(Format::Mjpg));
        assert_eq!(
            preferred(&[*b"H264", *b"GREY", *b"NV12"]),
            Some(Format::Nv12)
        );
        assert_eq!(preferred(&[*b"H264"]), None);
    }

    #[test]
    fn what_differs_from_what_was_asked_for_is_told() {
        let mode = Mode {
            size: Size::new(640, 480),
            format: Format::Yuyv,
            fps: Some(25.0),
            stride: 1280,
            range: Range::Limited,
        };
        let check = |settings: &str, expected: &[&str]| {
            let settings = format!("/dev/video0?{settings}").parse().unwrap();
            assert_eq!(mode.departures(&settings), expected);
        };
        check("", &[]);
        check("size=640x480&format=YUYV&fps=25.1", &[]);
        check(
            "size=800x600&format=MJPG&fps=30",
            &[
                "640x480 in place of 800x600",
                "YUYV in place of MJPG",
                "25 fps in place of 30",
            ],
        );
        assert_eq!(mode.to_string(), "640x480 in YUYV at 25 fps");
    }
}

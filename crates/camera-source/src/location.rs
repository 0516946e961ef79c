//! Where frames come from, as a user writes it.

mod address;
mod ffmpeg_input;
mod patience;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use crate::test::{Settings, SettingsError};
use crate::v4l2;

pub use self::address::{Address, AddressError, Credentials, Transport};
pub use self::ffmpeg_input::{FfmpegInput, FfmpegInputError};
pub use self::patience::Patience;

/// Where frames come from: one argument that names a camera.
///
/// | written | means |
/// |---|---|
/// | `test:` or `test:?size=640x480&fps=30` | the test camera, with [`Settings`] |
/// | `http://NAME:PASSWORD@HOST/PATH`, or `https://` | a network camera that sends JPEG pictures, with the settings of an [`Address`] |
/// | `rtsp://NAME:PASSWORD@HOST/PATH` | a network camera that is asked by RTSP, with the same settings |
/// | `/dev/video0`, or `v4l2:/dev/video0?size=640x480&fps=30` | a USB or CSI camera on Linux, with [`v4l2::Settings`] |
/// | `ffmpeg:INPUT` | a live stream that ffmpeg reads, with options; see [`FfmpegInput`] |
/// | a path, or `file:PATH` | a folder of pictures, one picture, or a video file: whatever is there |
///
/// Parsing looks at the text alone; [`Camera::open`](crate::Camera::open) looks at what is there.
///
/// ```
/// use creel_camera_source::Location;
///
/// assert!(matches!("test:?fps=30".parse()?, Location::Test(_)));
/// assert_eq!("clips/street.mp4".parse(), Ok(Location::Path("clips/street.mp4".into())));
/// # Ok::<(), creel_camera_source::LocationError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Location {
    /// The test camera.
    Test(Settings),
    /// A network camera that sends JPEG pictures over HTTP.
    Mjpeg(Address),
    /// A network camera that is asked by RTSP.
    Rtsp(Address),
    /// A V4L2 device.
    V4l2(v4l2::Settings),
    /// A live stream that ffmpeg reads.
    Ffmpeg(FfmpegInput),
    /// A folder or file.
    Path(PathBuf),
}

impl fmt::Display for Location {
    /// Writes what parses to the same location, save for paths that are not Unicode, and for what is secret in an
    /// [`Address`] or a [`FfmpegInput`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test(settings) => write!(f, "test:?{settings}"),
            Self::Mjpeg(address) | Self::Rtsp(address) => address.fmt(f),
            Self::Ffmpeg(input) => input.fmt(f),
            // A device elsewhere is none by its path alone.
            Self::V4l2(settings) if is_video_device(&settings.device.to_string_lossy()) => {
                settings.fmt(f)
            }
            Self::V4l2(settings) => write!(f, "v4l2:{settings}"),
            Self::Path(path) => {
                let path = path.to_string_lossy();
                if path.is_empty() || scheme(&path).is_some() || is_video_device(&path) {
                    f.write_str("file:")?;
                }
                f.write_str(&path)
            }
        }
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        if text.is_empty() {
            return Err(LocationError::Empty);
        }
        let Some((scheme, rest)) = scheme(text) else {
            return if is_video_device(text) {
                Ok(Self::V4l2(text.parse()?))
            } else {
                Ok(Self::Path(text.into()))
            };
        };
        match scheme {
            "test" => match rest.strip_prefix('?').unwrap_or(rest) {
                settings if settings.len() < rest.len() || rest.is_empty() => {
                    Ok(Self::Test(settings.parse()?))
                }
                unexpected => Err(LocationError::TestPath(unexpected.to_owned())),
            },
            // `file:///clips/a.mp4` has an empty host between its second and third slash.
            "file" => Ok(Self::Path(rest.strip_prefix("//").unwrap_or(rest).into())),
            "http" | "https" => Ok(Self::Mjpeg(text.parse()?)),
            "v4l2" => Ok(Self::V4l2(rest.parse()?)),
            "ffmpeg" => Ok(Self::Ffmpeg(rest.parse()?)),
            "rtsp" => Ok(Self::Rtsp(text.parse()?)),
            "rtmp" | "rtmps" | "rtp" | "rtsps" | "srt" | "tcp" | "udp" => {
                Err(LocationError::ByFfmpeg(scheme.to_owned()))
            }
            _ => Err(LocationError::Scheme(scheme.to_owned())),
        }
    }
}

/// Why a text names no camera.
///
/// What follows an unknown scheme is not repeated: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LocationError {
    /// There is no text.
    #[error(
        "a camera is test:, a device such as /dev/video0, a URL such as rtsp://HOST/PATH, or the path of a folder of \
         pictures or of a video file"
    )]
    Empty,
    /// The test camera was given settings that it does not have.
    #[error(transparent)]
    Test(#[from] SettingsError),
    /// A network camera's URL is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A V4L2 camera was given settings that it cannot have.
    #[error(transparent)]
    V4l2(#[from] v4l2::SettingsError),
    /// What ffmpeg is to read is nothing.
    #[error(transparent)]
    Ffmpeg(#[from] FfmpegInputError),
    /// The test camera was given a path.
    #[error(
        "the test camera has no `{0}`; its settings follow a question mark, as in test:?fps=30"
    )]
    TestPath(String),
    /// A kind of stream that ffmpeg reads.
    #[error("{0}: streams are read by ffmpeg: write ffmpeg:{0}:… in place of {0}:…")]
    ByFfmpeg(String),
    /// There is no such kind of camera.
    #[error(
        "{0}: is no kind of camera; a camera is test:, a device such as /dev/video0, a URL such as rtsp://HOST/PATH, \
         or the path of a folder of pictures or of a video file (a path that begins like this is written ./{0}:)"
    )]
    Scheme(String),
}

/// Whether a path is that of a V4L2 device by its name, with settings or without.
fn is_video_device(path: &str) -> bool {
    let number = path.strip_prefix("/dev/video");
    number.is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()))
        || path.starts_with("/dev/v4l/")
}

/// Splits a URL's scheme off; two letters at least, so that a drive is a path.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme
            .chars()
            .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || "+-.".contains(char));
    is_scheme.then_some((scheme, rest))
}

#[cfg(test)]
mod tests;

//! What the test camera can be told.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::Size;

/// What the test camera shows, how fast, and for how long.
///
/// Written as `size=640x480&format=jpeg&fps=30&frames=300&seed=7`, in any order; what is not there has its default.
///
/// ```
/// use creel_camera_source::test::Settings;
///
/// let settings: Settings = "size=320x240&fps=12.5".parse()?;
/// assert_eq!(settings.fps, Some(12.5));
/// assert_eq!(settings.frames, None);
/// # Ok::<(), creel_camera_source::test::SettingsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The size of each picture: from 160x160, so that the marks fit, to 8192x8192; 640x480 if not told.
    pub size: Size,
    /// What a frame is made of: pixels if not told.
    pub format: Format,
    /// Frames per second, as a real camera gives them: from 0.001 to 10000. Without it, each frame is there as
    /// soon as it is asked for.
    pub fps: Option<f64>,
    /// Ends after so many frames; without it, never.
    pub frames: Option<u64>,
    /// Chooses the colours and the ball's path.
    pub seed: u64,
}

/// What the test camera's frames are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Pixels of three bytes, as an industrial camera gives them: [`Rgb8`](crate::PixelFormat::Rgb8).
    #[default]
    Rgb,
    /// JPEG files, as most webcams give them. The camera makes them itself, which takes it milliseconds of each frame.
    Jpeg,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rgb => "rgb",
            Self::Jpeg => "jpeg",
        })
    }
}

impl FromStr for Format {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        match text {
            "rgb" => Ok(Self::Rgb),
            "jpeg" => Ok(Self::Jpeg),
            _ => Err(value("format", text, FORMAT)),
        }
    }
}

impl Settings {
    /// Checks the limits that the fields tell.
    ///
    /// # Errors
    /// [`SettingsError::Value`] names the field that is beyond its limits.
    pub fn validate(self) -> Result<Self, SettingsError> {
        let Size { width, height } = self.size;
        let sides = 160..=8192;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(value("size", self.size, SIZE));
        }
        if let Some(fps) = self.fps.filter(|fps| !(0.001..=10_000.0).contains(fps)) {
            return Err(value("fps", fps, FPS));
        }
        Ok(self)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            size: Size::new(640, 480),
            format: Format::Rgb,
            fps: None,
            frames: None,
            seed: 0,
        }
    }
}

impl FromStr for Settings {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        let mut seen = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let (name, text) = part
                .split_once('=')
                .ok_or_else(|| SettingsError::NoValue(part.to_owned()))?;
            match name {
                "size" => settings.size = parse("size", text, SIZE)?,
                "format" => settings.format = text.parse()?,
                "fps" => settings.fps = Some(parse("fps", text, FPS)?),
                "frames" => settings.frames = Some(parse("frames", text, COUNT)?),
                "seed" => settings.seed = parse("seed", text, COUNT)?,
                _ => return Err(SettingsError::Unknown(name.to_owned())),
            }
            if seen.contains(&name) {
                return Err(SettingsError::Twice(name.to_owned()));
            }
            seen.push(name);
        }
        settings.validate()
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "size={}", self.size)?;
        if self.format != Format::default() {
            write!(f, "&format={}", self.format)?;
        }
        if let Some(fps) = self.fps {
            write!(f, "&fps={fps}")?;
        }
        if let Some(frames) = self.frames {
            write!(f, "&frames={frames}")?;
        }
        if self.seed != 0 {
            write!(f, "&seed={}", self.seed)?;
        }
        Ok(())
    }
}

/// Why a text is no [`Settings`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is no such setting.
    #[error(
        "the test camera has no setting `{0}`; it takes size, format, fps, frames and seed, \
         as in test:?size=640x480&fps=30"
    )]
    Unknown(String),
    /// A setting stands without a value.
    #[error("the test camera's setting `{0}` has no value; settings are NAME=VALUE, joined by &")]
    NoValue(String),
    /// A setting stands there twice.
    #[error("the test camera's setting `{0}` is given twice")]
    Twice(String),
    /// A value cannot be used.
    #[error("the test camera's {name} cannot be `{value}`: it is {expected}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
}

const SIZE: &str = "WIDTHxHEIGHT from 160x160 to 8192x8192, as in 640x480";
const FORMAT: &str = "rgb or jpeg";
const FPS: &str = "frames per second from 0.001 to 10000";
const COUNT: &str = "a whole number";

fn parse<T: FromStr>(
    name: &'static str,
    text: &str,
    expected: &'static str,
) -> Result<T, SettingsError> {
    text.parse().map_err(|_| value(name, text, expected))
}

fn value(name: &'static str, value: impl fmt::Display, expected: &'static str) -> SettingsError {
    SettingsError::Value {
        name,
        value: value.to_string(),
        expected,
    }
}

#[cfg(test)]
mod tests;

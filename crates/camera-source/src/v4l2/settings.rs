//! What a V4L2 camera can be told.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::Format;
use crate::Size;

/// Which device to capture from, and how.
///
/// Written as the device's path with settings behind a question mark, in any order:
/// `/dev/video0?size=640x480&fps=30&format=MJPG&control.brightness=128&stall=5`. What is not there is left as the
/// device has it.
///
/// ```
/// use creel_camera_source::v4l2::{Format, Settings};
///
/// let settings: Settings = "/dev/video0?format=mjpg&control.gain=12".parse()?;
/// assert_eq!(settings.format, Some(Format::Mjpg));
/// assert_eq!(settings.controls, [("gain".to_owned(), 12)]);
/// # Ok::<(), creel_camera_source::v4l2::SettingsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The device, such as `/dev/video0`.
    pub device: PathBuf,
    /// The size of each picture.
    pub size: Option<Size>,
    /// Frames per second: from 0.001 to 10000.
    pub fps: Option<f64>,
    /// The format; without it, the first of [`Format::ALL`] that the device offers.
    pub format: Option<Format>,
    /// Controls by their names, as `creel cameras` lists them, and their values. They are set in this order.
    pub controls: Vec<(String, i32)>,
    /// No frame for so long, from 0.1 to 3600 seconds, counts as a disconnection. Without it, 3 seconds, or the time of
    /// four frames where that is more.
    pub stall: Option<Duration>,
}

impl Settings {
    /// A device as it is set.
    pub fn new(device: impl Into<PathBuf>) -> Self {
        Self {
            device: device.into(),
            size: None,
            fps: None,
            format: None,
            controls: Vec::new(),
            stall: None,
        }
    }
}

impl FromStr for Settings {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let (device, list) = text.split_once('?').unwrap_or((text, ""));
        if device.is_empty() {
            return Err(SettingsError::NoDevice);
        }
        let mut settings = Self::new(device);
        let mut seen = Vec::new();
        for part in list.split('&').filter(|part| !part.is_empty()) {
            let (name, text) = part
                .split_once('=')
                .ok_or_else(|| SettingsError::NoValue(part.to_owned()))?;
            if seen.contains(&name) {
                return Err(SettingsError::Twice(name.to_owned()));
            }
            seen.push(name);
            match name {
                "size" => settings.size = Some(size(text)?),
                "fps" => settings.fps = Some(number("fps", text, 0.001..=10_000.0, FPS)?),
                "format" => {
                    let format = text.parse().map_err(|()| value(name, text, FORMAT))?;
                    settings.format = Some(format);
                }
                "stall" => {
                    let seconds = number("stall", text, 0.1..=3600.0, STALL)?;
                    settings.stall = Some(Duration::from_secs_f64(seconds));
                }
                _ => match name.strip_prefix("control.") {
                    Some(control) if !control.is_empty() => {
                        settings
                            .controls
                            .push((control.to_owned(), level(name, text)?));
                    }
                    _ => return Err(SettingsError::Unknown(name.to_owned())),
                },
            }
        }
        Ok(settings)
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.device.display())?;
        let mut mark = '?';
        let mut setting = |name: &str, value: Option<&dyn fmt::Display>| {
            let Some(value) = value else { return Ok(()) };
            write!(f, "{mark}{name}={value}")?;
            mark = '&';
            Ok(())
        };
        setting("size", self.size.as_ref().map(|size| size as _))?;
        setting("fps", self.fps.as_ref().map(|fps| fps as _))?;
        setting("format", self.format.as_ref().map(|format| format as _))?;
        for (name, level) in &self.controls {
            setting(&format!("control.{name}"), Some(level))?;
        }
        let stall = self.stall.map(|stall| stall.as_secs_f64());
        setting("stall", stall.as_ref().map(|stall| stall as _))
    }
}

/// Why a text is no [`Settings`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// No device is named.
    #[error("a V4L2 camera is named by its device, as in v4l2:/dev/video0?size=640x480")]
    NoDevice,
    /// There is no such setting.
    #[error(
        "a V4L2 camera has no setting `{0}`; it takes size, fps, format, stall and control.NAME, \
         as in /dev/video0?size=640x480&fps=30&control.brightness=128"
    )]
    Unknown(String),
    /// A setting stands without a value.
    #[error("the camera's setting `{0}` has no value; settings are NAME=VALUE, joined by &")]
    NoValue(String),
    /// A setting stands there twice.
    #[error("the camera's setting `{0}` is given twice")]
    Twice(String),
    /// A value cannot be used.
    #[error("the camera's {name} cannot be `{value}`: it is {expected}")]
    Value {
        /// The setting.
        name: String,
        /// What was given.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
}

const SIZE: &str = "WIDTHxHEIGHT in pixels, from 1x1 to 65535x65535, as in 640x480";
const FPS: &str = "frames per second from 0.001 to 10000";
const FORMAT: &str = "MJPG, JPEG, YUYV, NV12, RGB3 or GREY";
const STALL: &str = "seconds from 0.1 to 3600";
const LEVEL: &str = "a whole number, or on or off";

fn size(text: &str) -> Result<Size, SettingsError> {
    let sides = 1..=u32::from(u16::MAX);
    text.parse()
        .ok()
        .filter(|size: &Size| sides.contains(&size.width) && sides.contains(&size.height))
        .ok_or_else(|| value("size", text, SIZE))
}

fn number(
    name: &str,
    text: &str,
    limits: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<f64, SettingsError> {
    text.parse()
        .ok()
        .filter(|number| limits.contains(number))
        .ok_or_else(|| value(name, text, expected))
}

fn level(name: &str, text: &str) -> Result<i32, SettingsError> {
    match text {
        "on" | "true" => Ok(1),
        "off" | "false" => Ok(0),
        text => text.parse().map_err(|_| value(name, text, LEVEL)),
    }
}

fn value(name: &str, value: &str, expected: &'static str) -> SettingsError {
    SettingsError::Value {
        name: name.to_owned(),
        value: value.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests;

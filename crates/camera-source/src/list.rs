//! What can be captured here.

use std::fmt;

use crate::v4l2::Device;
use crate::{PixelFormat, Range};

/// The kinds of camera there are, and whether each can be used here; runs `ffmpeg -version` and opens devices to see.
pub fn list() -> Vec<Listing> {
    vec![
        Listing {
            kind: "test camera",
            location: "test:?size=640x480&fps=30",
            availability: built_in(cfg!(feature = "test"), "test"),
            formats: vec![PixelFormat::Rgb8],
            sizes: "160x160 to 8192x8192",
            rates: "0.001 to 10000 fps, or as fast as frames are taken",
            devices: Vec::new(),
        },
        Listing {
            kind: "USB or CSI camera",
            location: "/dev/video0?size=640x480&fps=30",
            availability: built_in(cfg!(feature = "v4l2"), "v4l2"),
            formats: vec![
                PixelFormat::Jpeg,
                PixelFormat::Yuyv(Range::default()),
                PixelFormat::Nv12(Range::default()),
                PixelFormat::Rgb8,
                PixelFormat::Luma8,
            ],
            sizes: "as the device gives them",
            rates: "as the device gives them",
            devices: devices(),
        },
        Listing {
            kind: "folder of pictures",
            location: "FOLDER",
            availability: built_in(cfg!(feature = "folder"), "folder"),
            formats: vec![
                PixelFormat::Jpeg,
                PixelFormat::Png,
                PixelFormat::WebP,
                PixelFormat::Gif,
                PixelFormat::Bmp,
            ],
            sizes: "as the files are",
            rates: "as fast as frames are taken",
            devices: Vec::new(),
        },
        Listing {
            kind: "video file",
            location: "FILE",
            availability: ffmpeg(),
            formats: vec![PixelFormat::Jpeg],
            sizes: "as the file is",
            rates: "as fast as frames are taken",
            devices: Vec::new(),
        },
        Listing {
            kind: "live stream, by ffmpeg",
            location: "ffmpeg:URL",
            availability: ffmpeg(),
            formats: vec![PixelFormat::Jpeg],
            sizes: "as the stream is",
            rates: "as the stream is",
            devices: Vec::new(),
        },
        Listing {
            kind: "network camera, MJPEG",
            location: "http://NAME:PASSWORD@HOST/PATH",
            availability: built_in(cfg!(feature = "mjpeg"), "mjpeg"),
            formats: vec![PixelFormat::Jpeg],
            sizes: "as the camera sends them",
            rates: "as the camera sends them",
            devices: Vec::new(),
        },
        Listing {
            kind: "network camera, RTSP",
            location: "rtsp://NAME:PASSWORD@HOST/PATH",
            availability: built_in(cfg!(feature = "rtsp"), "rtsp"),
            formats: if cfg!(feature = "h264") {
                vec![PixelFormat::Jpeg, PixelFormat::Nv12(Range::Limited)]
            } else {
                vec![PixelFormat::Jpeg]
            },
            sizes: "as the camera sends them",
            rates: "as the camera sends them",
            devices: Vec::new(),
        },
    ]
}

/// A kind of camera.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Listing {
    /// What it is.
    pub kind: &'static str,
    /// How its [`Location`](crate::Location) is written; words in capitals stand for something else.
    pub location: &'static str,
    /// Whether it can be used here.
    pub availability: Availability,
    /// The formats of its frames.
    pub formats: Vec<PixelFormat>,
    /// The sizes of its frames.
    pub sizes: &'static str,
    /// How fast frames come.
    pub rates: &'static str,
    /// The devices of this kind that are here, for kinds that have devices.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub devices: Vec<Device>,
}

/// Whether a kind of camera can be used here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Availability {
    /// It can.
    Ready,
    /// It can, through a program of this name and version.
    ReadyThrough {
        /// The program.
        program: &'static str,
        /// Its version.
        version: String,
    },
    /// It could, if a program were installed.
    Missing {
        /// The program.
        program: &'static str,
        /// How to install it.
        remedy: &'static str,
    },
    /// It was left out when this program was built.
    NotBuiltIn {
        /// The feature that brings it.
        feature: &'static str,
    },
}

impl fmt::Display for Availability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::ReadyThrough { program, version } => write!(f, "ready, {program} {version}"),
            Self::Missing { program, remedy } => write!(f, "needs {program}: {remedy}"),
            Self::NotBuiltIn { feature } => write!(f, "not built in: feature `{feature}`"),
        }
    }
}

fn built_in(is_built_in: bool, feature: &'static str) -> Availability {
    if is_built_in {
        Availability::Ready
    } else {
        Availability::NotBuiltIn { feature }
    }
}

#[cfg(feature = "v4l2")]
fn devices() -> Vec<Device> {
    crate::v4l2::devices()
}

#[cfg(not(feature = "v4l2"))]
fn devices() -> Vec<Device> {
    Vec::new()
}

#[cfg(feature = "ffmpeg")]
fn ffmpeg() -> Availability {
    let program = "ffmpeg";
    match crate::video::version() {
        Ok(version) => Availability::ReadyThrough { program, version },
        Err(_) => Availability::Missing {
            program,
            remedy: "apt-get install ffmpeg",
        },
    }
}

#[cfg(not(feature = "ffmpeg"))]
fn ffmpeg() -> Availability {
    built_in(false, "ffmpeg")
}

//! What can be captured here.

use std::fmt;

use crate::PixelFormat;

/// The kinds of camera there are, and whether each can be used here; runs `ffmpeg -version` to see.
pub fn list() -> Vec<Listing> {
    vec![
        Listing {
            kind: "test camera",
            location: "test:?size=640x480&fps=30",
            availability: built_in(cfg!(feature = "test"), "test"),
            formats: vec![PixelFormat::Rgb8],
            sizes: "160x160 to 8192x8192",
            rates: "0.001 to 10000 fps, or as fast as frames are taken",
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
        },
        Listing {
            kind: "video file",
            location: "FILE",
            availability: ffmpeg(),
            formats: vec![PixelFormat::Jpeg],
            sizes: "as the file is",
            rates: "as fast as frames are taken",
        },
        Listing {
            kind: "network camera, MJPEG",
            location: "http://NAME:PASSWORD@HOST/PATH",
            availability: built_in(cfg!(feature = "mjpeg"), "mjpeg"),
            formats: vec![PixelFormat::Jpeg],
            sizes: "as the camera sends them",
            rates: "as the camera sends them",
        },
        Listing {
            kind: "USB or CSI camera",
            location: "/dev/video0",
            availability: Availability::Unsupported,
            formats: Vec::new(),
            sizes: "",
            rates: "",
        },
    ]
}

/// A kind of camera.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// It is not supported yet.
    Unsupported,
}

impl fmt::Display for Availability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::ReadyThrough { program, version } => write!(f, "ready, {program} {version}"),
            Self::Missing { program, remedy } => write!(f, "needs {program}: {remedy}"),
            Self::NotBuiltIn { feature } => write!(f, "not built in: feature `{feature}`"),
            Self::Unsupported => f.write_str("not supported yet"),
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

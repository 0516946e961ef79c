//! Opens whatever a location names.

use std::path::PathBuf;
use std::{fs, io};

use creel_core::port::SourceError;
use creel_core::{Context, Source};
use thiserror::Error;

#[cfg(feature = "folder")]
use crate::folder::{self, Folder, FolderError};
#[cfg(feature = "mjpeg")]
use crate::mjpeg::Mjpeg;
#[cfg(feature = "rtsp")]
use crate::rtsp::Rtsp;
use crate::test::SettingsError;
#[cfg(feature = "test")]
use crate::test::TestCamera;
#[cfg(feature = "v4l2")]
use crate::v4l2::{self, V4l2Error};
#[cfg(feature = "ffmpeg")]
use crate::video::{self, FfmpegError, Stream, Video};
use crate::{Address, FfmpegInput, Frame, Location};

/// Any camera that was built in.
///
/// ```
/// # #[cfg(feature = "test")] {
/// use creel_camera_source::Camera;
///
/// let camera = Camera::open(&"test:?fps=30&frames=90".parse()?)?;
/// assert!(camera.is_live());
/// assert_eq!(camera.frame_count(), Some(90));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Camera {
    /// The test camera.
    #[cfg(feature = "test")]
    Test(Box<TestCamera>),
    /// A network camera that sends JPEG pictures over HTTP.
    #[cfg(feature = "mjpeg")]
    Mjpeg(Mjpeg),
    /// A V4L2 device.
    #[cfg(feature = "v4l2")]
    V4l2(Box<v4l2::Capture>),
    /// A network camera that is asked by RTSP.
    #[cfg(feature = "rtsp")]
    Rtsp(Rtsp),
    /// A folder of pictures.
    #[cfg(feature = "folder")]
    Folder(Folder),
    /// A live stream that ffmpeg reads.
    #[cfg(feature = "ffmpeg")]
    Stream(Stream),
    /// A video file.
    #[cfg(feature = "ffmpeg")]
    Video(Video),
}

impl Camera {
    /// Opens the camera at this location; looks at files, starts ffmpeg for a video, and asks nobody on a network.
    ///
    /// # Errors
    /// [`OpenError`] says what is not there, or which feature would bring it.
    pub fn open(location: &Location) -> Result<Self, OpenError> {
        match location {
            #[cfg(feature = "test")]
            Location::Test(settings) => Ok(Self::Test(Box::new(TestCamera::new(*settings)?))),
            #[cfg(not(feature = "test"))]
            Location::Test(_) => Err(OpenError::NotBuiltIn {
                what: "the test camera",
                feature: "test",
            }),
            Location::Mjpeg(address) => open_mjpeg(address),
            #[cfg(feature = "v4l2")]
            Location::V4l2(settings) => open_device(settings.clone()),
            #[cfg(not(feature = "v4l2"))]
            Location::V4l2(_) => Err(NO_V4L2),
            Location::Rtsp(address) => open_rtsp(address),
            Location::Ffmpeg(input) => open_stream(input),
            Location::Path(path) => Self::open_path(path.clone()),
        }
    }

    /// Whether frames come at their own time, and are lost when nobody takes them.
    pub fn is_live(&self) -> bool {
        match *self {
            #[cfg(feature = "test")]
            Self::Test(ref camera) => camera.settings().fps.is_some(),
            #[cfg(feature = "mjpeg")]
            Self::Mjpeg(_) => true,
            #[cfg(feature = "v4l2")]
            Self::V4l2(_) => true,
            #[cfg(feature = "rtsp")]
            Self::Rtsp(_) => true,
            #[cfg(feature = "folder")]
            Self::Folder(_) => false,
            #[cfg(feature = "ffmpeg")]
            Self::Stream(_) => true,
            #[cfg(feature = "ffmpeg")]
            Self::Video(_) => false,
        }
    }

    /// How many frames there are at most, from the first; `None` where nobody knows.
    pub fn frame_count(&self) -> Option<u64> {
        match *self {
            #[cfg(feature = "test")]
            Self::Test(ref camera) => camera.settings().frames,
            #[cfg(feature = "mjpeg")]
            Self::Mjpeg(_) => None,
            #[cfg(feature = "v4l2")]
            Self::V4l2(_) => None,
            #[cfg(feature = "rtsp")]
            Self::Rtsp(_) => None,
            #[cfg(feature = "folder")]
            Self::Folder(ref folder) => Some(folder.count()),
            #[cfg(feature = "ffmpeg")]
            Self::Stream(_) => None,
            #[cfg(feature = "ffmpeg")]
            Self::Video(_) => None,
        }
    }

    fn open_path(path: PathBuf) -> Result<Self, OpenError> {
        let kind = match fs::metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(source) => return Err(OpenError::NotThere { path, source }),
        };
        if kind.is_dir() {
            open_folder(path)
        } else if kind.is_file() {
            open_file(path)
        } else if is_device(kind) {
            open_device_at(path)
        } else {
            Err(OpenError::NotFile { path })
        }
    }
}

impl Source for Camera {
    type Item = Frame;

    #[cfg_attr(
        not(any(
            feature = "test",
            feature = "mjpeg",
            feature = "v4l2",
            feature = "folder",
            feature = "ffmpeg"
        )),
        expect(unused_variables, reason = "without a camera there is nobody to tell")
    )]
    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        match *self {
            #[cfg(feature = "test")]
            Self::Test(ref mut camera) => camera.next(context),
            #[cfg(feature = "mjpeg")]
            Self::Mjpeg(ref mut mjpeg) => mjpeg.next(context),
            #[cfg(feature = "v4l2")]
            Self::V4l2(ref mut camera) => camera.next(context),
            #[cfg(feature = "rtsp")]
            Self::Rtsp(ref mut rtsp) => rtsp.next(context),
            #[cfg(feature = "folder")]
            Self::Folder(ref mut folder) => folder.next(context),
            #[cfg(feature = "ffmpeg")]
            Self::Stream(ref mut stream) => stream.next(context),
            #[cfg(feature = "ffmpeg")]
            Self::Video(ref mut video) => video.next(context),
        }
    }
}

#[cfg(feature = "mjpeg")]
fn open_mjpeg(address: &Address) -> Result<Camera, OpenError> {
    if address.scheme() == "https" && cfg!(not(feature = "tls")) {
        return Err(OpenError::NotBuiltIn {
            what: "a camera behind https://",
            feature: "tls",
        });
    }
    Ok(Camera::Mjpeg(Mjpeg::new(address.clone())))
}

#[cfg(not(feature = "mjpeg"))]
fn open_mjpeg(_: &Address) -> Result<Camera, OpenError> {
    Err(OpenError::NotBuiltIn {
        what: "a network camera that sends JPEG pictures",
        feature: "mjpeg",
    })
}

#[cfg(feature = "rtsp")]
fn open_rtsp(address: &Address) -> Result<Camera, OpenError> {
    Ok(Camera::Rtsp(Rtsp::new(address.clone())))
}

#[cfg(not(feature = "rtsp"))]
fn open_rtsp(_: &Address) -> Result<Camera, OpenError> {
    Err(OpenError::NotBuiltIn {
        what: "a network camera that is asked by RTSP",
        feature: "rtsp",
    })
}

#[cfg(feature = "folder")]
fn open_folder(path: PathBuf) -> Result<Camera, OpenError> {
    Ok(Camera::Folder(Folder::open(&path)?))
}

#[cfg(not(feature = "folder"))]
fn open_folder(_: PathBuf) -> Result<Camera, OpenError> {
    Err(OpenError::NotBuiltIn {
        what: "a folder of pictures",
        feature: "folder",
    })
}

/// Whether a file is a device such as a camera.
#[cfg(unix)]
fn is_device(kind: fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    kind.is_char_device()
}

#[cfg(not(unix))]
fn is_device(_: fs::FileType) -> bool {
    false
}

#[cfg(feature = "v4l2")]
fn open_device_at(path: PathBuf) -> Result<Camera, OpenError> {
    open_device(v4l2::Settings::new(path))
}

#[cfg(feature = "v4l2")]
fn open_device(settings: v4l2::Settings) -> Result<Camera, OpenError> {
    Ok(Camera::V4l2(Box::new(v4l2::Capture::open(settings)?)))
}

#[cfg(not(feature = "v4l2"))]
fn open_device_at(_: PathBuf) -> Result<Camera, OpenError> {
    Err(NO_V4L2)
}

#[cfg(not(feature = "v4l2"))]
const NO_V4L2: OpenError = OpenError::NotBuiltIn {
    what: "a V4L2 camera",
    feature: "v4l2",
};

/// A single picture is a folder of one; every other file is taken for a video.
fn open_file(path: PathBuf) -> Result<Camera, OpenError> {
    #[cfg(feature = "folder")]
    if folder::is_picture(&path) {
        return Ok(Camera::Folder(Folder::of(vec![path])));
    }
    open_video(path)
}

#[cfg(feature = "ffmpeg")]
fn open_stream(input: &FfmpegInput) -> Result<Camera, OpenError> {
    // It is started with the first frame; that it is missing is told before.
    video::version()?;
    Ok(Camera::Stream(Stream::new(input.clone())))
}

#[cfg(not(feature = "ffmpeg"))]
fn open_stream(_: &FfmpegInput) -> Result<Camera, OpenError> {
    Err(OpenError::NotBuiltIn {
        what: "a stream that ffmpeg reads",
        feature: "ffmpeg",
    })
}

#[cfg(feature = "ffmpeg")]
fn open_video(path: PathBuf) -> Result<Camera, OpenError> {
    Ok(Camera::Video(Video::open(&path)?))
}

#[cfg(not(feature = "ffmpeg"))]
fn open_video(_: PathBuf) -> Result<Camera, OpenError> {
    Err(OpenError::NotBuiltIn {
        what: "a video file",
        feature: "ffmpeg",
    })
}

/// Why a camera cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Nothing is there, or it may not be read.
    #[error("the camera {} cannot be opened", path.display())]
    NotThere {
        /// What was looked for.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A disk, a pipe or a socket is there.
    #[error("{} is neither a folder nor a file nor a camera", path.display())]
    NotFile {
        /// What was looked for.
        path: PathBuf,
    },
    /// This kind of camera was left out when the program was built.
    #[error("{what} is not built in: build with the feature `{feature}` of creel-camera-source")]
    NotBuiltIn {
        /// The kind of camera.
        what: &'static str,
        /// The feature that brings it.
        feature: &'static str,
    },
    /// The test camera's settings are beyond their limits.
    #[error(transparent)]
    Test(#[from] SettingsError),
    /// The V4L2 device gives no pictures.
    #[cfg(feature = "v4l2")]
    #[error(transparent)]
    V4l2(#[from] V4l2Error),
    /// The folder gives no pictures.
    #[cfg(feature = "folder")]
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// There is no ffmpeg to read the video.
    #[cfg(feature = "ffmpeg")]
    #[error(transparent)]
    Ffmpeg(#[from] FfmpegError),
}

#[cfg(test)]
mod tests;

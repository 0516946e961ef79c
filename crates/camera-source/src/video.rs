//! The frames of a video file, or of a live stream, decoded by an `ffmpeg` child process.

mod complaints;
mod parts;
mod process;
mod stream;

use std::ffi::OsStr;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, ExitStatus};

use creel_core::port::SourceError;
use creel_core::{Context, Source};
use thiserror::Error;

use self::parts::Parts;
use self::process::{Ending, Process, file};
use crate::picture_file::header;
use crate::{Frame, Moment};

pub use self::complaints::Complaints;
pub use self::process::{FfmpegError, version};
pub use self::stream::Stream;

/// The frames of a video file: each exactly once, in order, as fast as they are taken.
///
/// An `ffmpeg` process (5.1 or later, found in `PATH`) decodes the file and hands each frame over as a JPEG of
/// the best quality. It takes a tenth of the memory of raw pixels while it waits, or less, and is what is sent
/// in the end; encoding costs ffmpeg what it would cost whoever sends it. When nobody takes frames, ffmpeg waits.
///
/// A file that is damaged or cut short gives what can be decoded, then [`SourceError::Failed`] with what ffmpeg
/// said. The process ends when this is dropped, and when the context of a call is cancelled; after that there
/// are no more frames.
#[derive(Debug)]
pub struct Video {
    path: PathBuf,
    process: Process,
    parts: Parts<BufReader<ChildStdout>>,
    number: u64,
    is_over: bool,
}

impl Video {
    /// Starts ffmpeg on a file; whether it is a video shows with the first frame.
    ///
    /// # Errors
    /// [`FfmpegError`] when ffmpeg is not installed or cannot be started.
    pub fn open(path: &Path) -> Result<Self, FfmpegError> {
        Self::open_with(OsStr::new(FFMPEG), path)
    }

    /// The same with an ffmpeg that is not in `PATH`.
    ///
    /// # Errors
    /// [`FfmpegError`] when it is not there or cannot be started.
    pub fn open_with(ffmpeg: &OsStr, path: &Path) -> Result<Self, FfmpegError> {
        let (process, output) = Process::start(ffmpeg, &file(path))?;
        Ok(Self {
            path: path.to_owned(),
            process,
            parts: Parts::new(BufReader::with_capacity(PIPE_BYTES, output)),
            number: 0,
            is_over: false,
        })
    }

    /// The next frame, `None` at the end of a whole file.
    fn read(&mut self) -> Result<Option<Frame>, VideoError> {
        let jpeg = match self.parts.next() {
            Ok(Some(jpeg)) => jpeg,
            Ok(None) => return self.end(None),
            Err(cut) if cut.kind() == io::ErrorKind::UnexpectedEof => return self.end(Some(cut)),
            Err(source) => return Err(self.broken(source)),
        };
        let captured_at = Moment::now();
        let (format, size) = header(&jpeg).map_err(|source| VideoError::Picture {
            path: self.path.clone(),
            number: self.number,
            source,
        })?;
        let number = self.number;
        self.number += 1;
        Ok(Some(Frame {
            number,
            captured_at,
            size,
            format,
            bytes: jpeg.into(),
            sequence: None,
            lost_before: 0,
            name: None,
        }))
    }

    /// Reaps ffmpeg and judges by what it said whether the file was whole.
    fn end(&mut self, cut: Option<io::Error>) -> Result<Option<Frame>, VideoError> {
        let (status, complaints) = match self.process.end() {
            Ok(Ending::Stopped) => return Ok(None),
            Ok(Ending::Exited { status, complaints }) => (status, complaints),
            Err(source) => return Err(self.broken(source)),
        };
        let path = self.path.clone();
        let frames = self.number;
        Err(match cut {
            _ if status.code().is_none() => VideoError::Killed {
                path,
                frames,
                status,
            },
            _ if !status.success() || !complaints.is_empty() => {
                if frames == 0 {
                    VideoError::NotVideo { path, complaints }
                } else {
                    VideoError::Damaged {
                        path,
                        frames,
                        complaints,
                    }
                }
            }
            Some(cut) => self.broken(cut),
            None if frames == 0 => VideoError::Empty { path },
            None => return Ok(None),
        })
    }

    fn broken(&self, source: io::Error) -> VideoError {
        VideoError::Output {
            path: self.path.clone(),
            source,
        }
    }
}

impl Source for Video {
    type Item = Frame;

    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        if self.is_over {
            return Ok(None);
        }
        context.on_cancel(self.process.stopper());
        if context.is_cancelled() {
            self.process.stop();
        }
        let read = self.read();
        self.is_over = !matches!(read, Ok(Some(_)));
        if context.is_cancelled() {
            self.is_over = true;
            return Ok(None);
        }
        read.map_err(|error| SourceError::Failed(error.into()))
    }
}

/// Why a video file gives no further frames.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VideoError {
    /// ffmpeg finds no video in the file.
    #[error("{} is not a video that ffmpeg can read: {complaints}", path.display())]
    NotVideo {
        /// The file.
        path: PathBuf,
        /// The last lines that ffmpeg said.
        complaints: Complaints,
    },
    /// The file is a video without frames.
    #[error("the video {} has no frames", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Frames are missing, or their pictures are spoilt.
    #[error(
        "the video {} is damaged or cut short: ffmpeg read {frames} frames and said: {complaints}",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The frames that came before.
        frames: u64,
        /// The last lines that ffmpeg said.
        complaints: Complaints,
    },
    /// Somebody else ended ffmpeg.
    #[error("ffmpeg was ended after {frames} frames of {} ({status})", path.display())]
    Killed {
        /// The file.
        path: PathBuf,
        /// The frames that came before.
        frames: u64,
        /// How it ended.
        status: ExitStatus,
    },
    /// The pipe from ffmpeg broke.
    #[error("the frames that ffmpeg reads from {} do not arrive", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// ffmpeg handed over something that is no picture.
    #[error("frame {number} of {} is no picture", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// The number that the frame would have had.
        number: u64,
        /// What is wrong with its header.
        source: imagesize::ImageError,
    },
}

const FFMPEG: &str = "ffmpeg";

/// A pipe holds this much by default.
const PIPE_BYTES: usize = 64 * 1024;

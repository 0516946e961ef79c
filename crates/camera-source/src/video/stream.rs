//! A live stream that ffmpeg reads.

use std::ffi::{OsStr, OsString};
use std::io::{BufReader, ErrorKind};

use creel_core::port::SourceError;
use creel_core::{Context, Source};

use super::parts::Parts;
use super::process::{Ending, Process};
use super::{FFMPEG, PIPE_BYTES};
use crate::live::{Intake, Live, Picture, Trouble, Wire};
use crate::picture_file::header;
use crate::{FfmpegInput, Frame, Moment};

/// The frames of a live stream that an `ffmpeg` child process reads, whatever it is.
///
/// ffmpeg hands over each picture as a JPEG of the best quality. A thread of its own reads the pipe and never waits, so that
/// ffmpeg does not either, and the stream's server keeps its connection. Connecting, watching and losing are those of a
/// network camera: what ffmpeg itself loses it does not tell, so that it is not counted. The process ends when the
/// connection is closed.
#[derive(Debug)]
pub struct Stream {
    live: Live<Ffmpeg>,
}

impl Stream {
    /// The stream; ffmpeg is started by the first call of [`next`](Source::next).
    pub fn new(input: FfmpegInput) -> Self {
        Self::with(OsStr::new(FFMPEG), input)
    }

    /// The same with an ffmpeg that is not in `PATH`.
    pub fn with(ffmpeg: &OsStr, input: FfmpegInput) -> Self {
        let (name, patience) = (input.to_string(), input.patience());
        let wire = Ffmpeg {
            program: ffmpeg.to_owned(),
            input,
        };
        Self {
            live: Live::new(wire, name, patience),
        }
    }
}

impl Source for Stream {
    type Item = Frame;

    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        self.live.next(context)
    }
}

/// The wire through one process after the other.
#[derive(Debug)]
struct Ffmpeg {
    program: OsString,
    input: FfmpegInput,
}

impl Ffmpeg {
    fn arguments(&self) -> Vec<OsString> {
        let options = self.input.options().iter().flat_map(|(key, value)| {
            let value = value.as_ref().map(OsString::from);
            [Some(OsString::from(format!("-{key}"))), value]
        });
        let input = ["-i", self.input.input()].map(OsString::from);
        options.flatten().chain(input).collect()
    }

    /// What the end of ffmpeg means.
    fn end(&self, process: &mut Process) -> Result<(), Trouble> {
        match process.end() {
            Ok(Ending::Stopped) => Ok(()),
            Ok(Ending::Exited { status, complaints }) => {
                if complaints.is_empty() && status.success() {
                    return Ok(());
                }
                let said = self.input.redacted(&complaints.to_string());
                let is_lasting = LASTING.iter().any(|lasting| said.contains(lasting));
                Err(Trouble::Ffmpeg { said, is_lasting })
            }
            Err(error) => Err(Trouble::Broken(error.into())),
        }
    }
}

impl Wire for Ffmpeg {
    const THREAD: &'static str = "creel-ffmpeg";

    fn read(&self, intake: &Intake) -> Result<(), Trouble> {
        let (mut process, output) = Process::start(&self.program, &self.arguments())
            .map_err(|error| Trouble::Start(error.into()))?;
        let stopper = process.stopper().clone();
        intake.on_close(move || stopper.wake());
        let mut parts = Parts::new(BufReader::with_capacity(PIPE_BYTES, output));
        loop {
            let jpeg = match parts.next() {
                Ok(Some(jpeg)) => jpeg,
                Ok(None) => break,
                // ffmpeg has ended within a picture, and tells why.
                Err(cut) if cut.kind() == ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(Trouble::Broken(error.into())),
            };
            let captured_at = Moment::now();
            match header(&jpeg) {
                Ok((format, size)) => intake.push(Picture {
                    captured_at,
                    size,
                    format,
                    bytes: jpeg.into(),
                    lost_before: 0,
                }),
                Err(_) => intake.lose(1),
            }
        }
        self.end(&mut process)
    }
}

/// What ffmpeg says of a mistake that is the same the next time.
const LASTING: [&str; 9] = [
    "401 Unauthorized",
    "403 Forbidden",
    "404 Not Found",
    "No such file or directory",
    "Protocol not found",
    "Unrecognized option",
    "Option not found",
    "Unknown input format",
    "Invalid data found when processing input",
];

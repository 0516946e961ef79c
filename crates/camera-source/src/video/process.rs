//! The ffmpeg process: started, stopped, reaped.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, JoinHandle};
use std::{fmt, io};

use thiserror::Error;

use super::Complaints;

/// A running ffmpeg that writes the frames of its input to its standard output.
///
/// Its standard error is read by a thread of its own, so that it never waits for somebody to listen.
pub(super) struct Process {
    running: Arc<Running>,
    stopper: Waker,
    listener: Option<JoinHandle<io::Result<Complaints>>>,
}

impl Process {
    /// Starts it with these arguments, which end with the input.
    pub(super) fn start(
        ffmpeg: &OsStr,
        input: &[OsString],
    ) -> Result<(Self, ChildStdout), FfmpegError> {
        let failed = |source| FfmpegError::start(ffmpeg, source);
        let mut child = command(ffmpeg, input).spawn().map_err(failed)?;
        let output = child.stdout.take().expect("the standard output is piped");
        let errors = child.stderr.take().expect("the standard error is piped");
        let running = Arc::new(Running {
            state: Mutex::new(State {
                child,
                is_stopped: false,
            }),
        });
        let mut process = Self {
            stopper: Waker::from(Arc::clone(&running)),
            running,
            listener: None,
        };
        // Behind the process's `drop`, which ends ffmpeg if there is no thread to be had.
        let listener = thread::Builder::new()
            .name("creel-ffmpeg-errors".into())
            .spawn(|| Complaints::read(errors))
            .map_err(failed)?;
        process.listener = Some(listener);
        Ok((process, output))
    }

    /// Ends ffmpeg when it is woken.
    pub(super) fn stopper(&self) -> &Waker {
        &self.stopper
    }

    /// Ends ffmpeg; its output ends soon after.
    pub(super) fn stop(&self) {
        self.running.stop();
    }

    /// Blocks until ffmpeg has left, which it does behind the end of its output.
    pub(super) fn end(&mut self) -> io::Result<Ending> {
        // The listener ends when ffmpeg does, and until then ffmpeg can still be stopped.
        let complaints = match self.listener.take().map(JoinHandle::join) {
            Some(Ok(complaints)) => complaints?,
            Some(Err(_)) | None => Complaints::default(),
        };
        let mut state = self.running.state();
        let status = state.child.wait()?;
        Ok(if state.is_stopped {
            Ending::Stopped
        } else {
            Ending::Exited { status, complaints }
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
        // Nobody is left to tell of a failure; the process is gone or cannot be waited for.
        self.end().ok();
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("id", &self.running.state().child.id())
            .finish_non_exhaustive()
    }
}

/// How ffmpeg left.
pub(super) enum Ending {
    /// It was stopped from here.
    Stopped,
    /// It left by itself.
    Exited {
        /// How.
        status: ExitStatus,
        /// What it said.
        complaints: Complaints,
    },
}

/// Shared with the wakers that the process handed out, which may outlive it.
struct Running {
    state: Mutex<State>,
}

struct State {
    child: Child,
    is_stopped: bool,
}

impl Running {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        let mut state = self.state();
        // One that has left by itself was not stopped.
        if matches!(state.child.try_wait(), Ok(None)) {
            state.is_stopped = true;
            // It fails only where the process has left meanwhile.
            state.child.kill().ok();
        }
    }
}

impl Wake for Running {
    fn wake(self: Arc<Self>) {
        self.stop();
    }
}

/// Why there is no ffmpeg.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FfmpegError {
    /// It is not installed.
    #[error("ffmpeg is to read it, and there is no {program:?}: apt-get install ffmpeg")]
    Missing {
        /// What was looked for.
        program: OsString,
    },
    /// It is there and cannot be run.
    #[error("{program:?} cannot be started")]
    Start {
        /// What was started.
        program: OsString,
        /// What the system says.
        source: io::Error,
    },
}

impl FfmpegError {
    fn start(program: &OsStr, source: io::Error) -> Self {
        let program = program.to_owned();
        if source.kind() == io::ErrorKind::NotFound {
            Self::Missing { program }
        } else {
            Self::Start { program, source }
        }
    }
}

/// The version of the ffmpeg in `PATH`, as in `5.1.6`; blocks until it has answered.
///
/// # Errors
/// [`FfmpegError`] when it is not installed or cannot be started.
pub fn version() -> Result<String, FfmpegError> {
    let ffmpeg = OsStr::new(super::FFMPEG);
    let output = Command::new(ffmpeg)
        .arg("-version")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| FfmpegError::start(ffmpeg, source))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text
        .split_whitespace()
        .skip_while(|word| *word != "version");
    Ok(words.nth(1).unwrap_or("unknown").to_owned())
}

/// The arguments that name a file.
pub(super) fn file(path: &Path) -> [OsString; 2] {
    // With its scheme, no name is taken for an option or a URL.
    let mut input = OsString::from("file:");
    input.push(path);
    ["-i".into(), input]
}

fn command(ffmpeg: &OsStr, input: &[OsString]) -> Command {
    let mut command = Command::new(ffmpeg);
    command
        .args(["-nostdin", "-hide_banner", "-loglevel", "error"])
        .args(input)
        // The first real video stream: a cover picture is none.
        .args(["-map", "0:V:0"])
        // Each frame once, whatever its time stamp says: none is repeated or dropped to keep a rate, and the
        // encoder, which refuses two frames of the same time, sees their numbers in its place.
        .args(["-fps_mode", "passthrough"])
        .args(["-vf", "settb=1/1000,setpts=N"])
        .args(["-enc_time_base", "1:1000"])
        .args(["-c:v", "mjpeg", "-q:v", "2"])
        // As `image2pipe`, with the length before each picture.
        .args(["-f", "mpjpeg", "pipe:1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // An interrupt from the terminal is for us to hear; ffmpeg is told in time.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

#[cfg(test)]
mod tests;

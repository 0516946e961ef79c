//! Why a live stream gives no frame.

use std::time::Duration;

use creel_core::BoxError;
use thiserror::Error;

/// Why a live stream gives no frame, and which stream.
#[derive(Debug, Error)]
#[error("{camera}")]
pub struct StreamError {
    /// The camera, without what is secret in its URL.
    pub camera: String,
    /// What is wrong.
    #[source]
    pub trouble: Trouble,
}

/// What is wrong with a live stream.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The stream is frozen: its connection stands, and gives nothing.
    #[error("no frame for {} s", .0.as_secs_f64())]
    Stalled(Duration),
    /// A connection gave nothing from its start.
    #[error("no first frame within {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// The stream ended, as it does when its server is stopped.
    #[error("the stream has ended")]
    Ended,
    /// There is no connection to be had.
    #[error("it cannot be reached; is the camera on, and the address right?")]
    Unreachable(#[source] BoxError),
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] BoxError),
    /// The camera wants a name and a password.
    #[error("it wants a name and a password: write them as in {scheme}://NAME:PASSWORD@HOST/")]
    Locked {
        /// How the camera's URL begins.
        scheme: &'static str,
    },
    /// The camera does not take this name and password.
    #[error("it does not take this name and password (status {status})")]
    Refused {
        /// What the server answered.
        status: u16,
    },
    /// The camera has no such stream.
    #[error("it has no such stream (status {status}); is the path right?")]
    NoStream {
        /// What the server answered.
        status: u16,
    },
    /// The server answers with an error.
    #[error("it answers with status {status}")]
    Status {
        /// What the server answered.
        status: u16,
    },
    /// What the server sends is nothing that can be read here.
    #[error("it sends {what}; {remedy}")]
    Unreadable {
        /// What the server sends.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// ffmpeg, which reads the stream, ended with a complaint.
    #[error("ffmpeg ended, and said: {said}")]
    Ffmpeg {
        /// The last lines that it said, without what is secret.
        said: String,
        /// Whether it would say the same the next time.
        is_lasting: bool,
    },
    /// What reads the stream has no thread to run on, or no process.
    #[error("what reads the stream cannot be started")]
    Start(#[source] BoxError),
    /// The thread that reads the stream has panicked.
    #[error("the thread that reads the stream has panicked")]
    Crashed,
}

impl Trouble {
    /// Whether it would be the same the next time; a camera that has given frames before may be starting up, and
    /// then it would not.
    pub fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Locked { .. }
                | Self::Refused { .. }
                | Self::NoStream { .. }
                | Self::Unreadable { .. }
                | Self::Ffmpeg {
                    is_lasting: true,
                    ..
                }
        )
    }
}

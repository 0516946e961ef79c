//! Servers that are not ours.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::family::Family;

/// A kind of server, and what it serves.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// GStreamer's RTSP server: /live in H.264, /jpeg, and the file as /file.
    Rtsp {
        script: PathBuf,
        credentials: &'static str,
        file: Option<PathBuf>,
    },
    /// ffmpeg's own HTTP server, which serves one client and then ends.
    Mjpeg,
}

impl Kind {
    /// Starts it on this port, and waits until it is there.
    pub(super) fn start(&self, port: u16) -> Result<Server> {
        match self {
            Self::Rtsp {
                script,
                credentials,
                file,
            } => rtsp(script, credentials, file.as_deref(), port),
            Self::Mjpeg => mjpeg(port),
        }
    }
}

/// A server that runs; ended when this is dropped.
pub(super) struct Server {
    family: Family,
}

impl Server {
    /// Kills it as a crash would.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.family.crash()
    }

    /// Stops it in the middle of whatever it does.
    pub(super) fn freeze(&self) -> Result<()> {
        self.family.signal("STOP")
    }

    /// Lets it go on.
    pub(super) fn thaw(&self) -> Result<()> {
        self.family.signal("CONT")
    }
}

fn rtsp(script: &Path, credentials: &str, file: Option<&Path>, port: u16) -> Result<Server> {
    // Debian's packages are for Debian's own Python.
    let mut command = Command::new("/usr/bin/python3");
    command
        .arg(script)
        .args([&port.to_string(), credentials])
        .args(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut family = Family::start(&mut command)?;
    let output = family.output().context("the RTSP server has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    ensure!(
        line.starts_with("READY"),
        "the RTSP server says `{}`",
        line.trim()
    );
    Ok(Server { family })
}

/// It says nothing of when it listens; whoever asks too early asks again.
fn mjpeg(port: u16) -> Result<Server> {
    let mut command = Command::new("ffmpeg");
    command
        .args(["-nostdin", "-loglevel", "quiet", "-re", "-f", "lavfi"])
        .args(["-i", "testsrc2=size=640x360:rate=30", "-f", "mpjpeg"])
        .args(["-listen", "1"])
        .arg(format!("http://127.0.0.1:{port}/"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let family = Family::start(&mut command)?;
    Ok(Server { family })
}

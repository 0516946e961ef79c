//! The program that follows a camera, as the scenes see it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::resources::Resources;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

/// What the program says of its camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Frame {
        number: u64,
        lost: u64,
    },
    Trouble(String),
    /// It has ended, and this is what it said on its way.
    End(String),
}

/// The program that follows a camera; killed when this is dropped.
pub(super) struct Follower {
    child: Child,
    lines: Receiver<(Instant, String)>,
}

impl Follower {
    pub(super) fn start(program: &Path, location: &str, frames: u64) -> Result<Self> {
        let mut child = Command::new(program)
            .args([location, &frames.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the program that follows a camera")?;
        let (sender, lines) = channel();
        let output = child.stdout.take().context("it has no output")?;
        let errors = child.stderr.take().context("it has no errors")?;
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            let errors = BufReader::new(errors).lines().map_while(Result::ok);
            for line in lines.chain(errors.map(|error| format!("end {error}"))) {
                if sender.send((Instant::now(), line)).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, lines })
    }

    /// Blocks until it says something, and gives when.
    pub(super) fn next(&mut self) -> Result<(Instant, Said)> {
        let (at, line) = match self.lines.recv_timeout(LIMIT) {
            Ok(said) => said,
            Err(RecvTimeoutError::Timeout) => bail!("nothing was said for {LIMIT:?}"),
            Err(RecvTimeoutError::Disconnected) => {
                return Ok((Instant::now(), Said::End(String::new())));
            }
        };
        let (kind, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let said = match kind {
            "frame" => {
                let mut words = rest.split(' ');
                let number = words.next().and_then(|word| word.parse().ok());
                let lost = words.next_back().and_then(|word| word.parse().ok());
                Said::Frame {
                    number: number.with_context(|| format!("what is `{line}`?"))?,
                    lost: lost.with_context(|| format!("what is `{line}`?"))?,
                }
            }
            "trouble" => Said::Trouble(rest.to_owned()),
            _ => Said::End(rest.to_owned()),
        };
        Ok((at, said))
    }

    /// Blocks until so many frames have come in a row; gives the number of the last, and what was lost.
    pub(super) fn frames(&mut self, count: usize) -> Result<(u64, u64)> {
        let (mut row, mut lost_all) = (0, 0);
        loop {
            match self.next()?.1 {
                Said::Frame { number, lost } => {
                    row += 1;
                    lost_all += lost;
                    if row == count {
                        return Ok((number, lost_all));
                    }
                }
                Said::Trouble(_) => row = 0,
                Said::End(said) => bail!("it ended: {said}"),
            }
        }
    }

    /// Blocks until there is trouble; gives what, and when the last frame before it came.
    pub(super) fn trouble(&mut self) -> Result<(Instant, String)> {
        loop {
            match self.next()? {
                (_, Said::Frame { .. }) => {}
                (at, Said::Trouble(trouble)) => return Ok((at, trouble)),
                (_, Said::End(said)) => bail!("it ended: {said}"),
            }
        }
    }

    pub(super) fn resources(&self) -> Result<Resources> {
        Resources::of(self.child.id())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! A server that runs until it goes out of scope.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::deadline;
use crate::family::Family;

/// How long a server may take to load its model; Python takes seconds on an idle machine, and minutes on a busy one.
const READY_WITHIN: Duration = Duration::from_secs(300);
/// How long it may take to say whether it is ready.
const SAYS_WITHIN: Duration = Duration::from_secs(5);
/// How much of the log is shown when something is wrong.
const LAST_LINES: usize = 20;

/// A server and what it started, ended when this is dropped.
pub(crate) struct Running {
    name: String,
    family: Family,
    port: u16,
    log: PathBuf,
}

impl Running {
    /// Starts a server, what it prints going to the log.
    pub(crate) fn start(name: &str, mut command: Command, port: u16, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let family = Family::start(&mut command).with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            name: name.to_owned(),
            family,
            port,
            log: log.to_owned(),
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the model can be asked.
    pub(crate) fn await_ready(&mut self, model: &str) -> Result<()> {
        self.await_ok(&format!("/v2/models/{model}/ready"))
    }

    /// Waits until a path is answered with 200.
    pub(crate) fn await_ok(&mut self, path: &str) -> Result<()> {
        let ready = deadline::within(READY_WITHIN, || {
            if let Some(status) = self.family.ended()? {
                bail!("{} ended with {status}:\n{}", self.name, self.last_lines());
            }
            Ok(answers_ok(self.port, path).unwrap_or(false).then_some(()))
        })?;
        if ready.is_none() {
            bail!(
                "{} is not ready after {READY_WITHIN:?}:\n{}",
                self.name,
                self.last_lines()
            );
        }
        Ok(())
    }

    /// Kills it as a crash would.
    pub(crate) fn crash(&mut self) -> Result<()> {
        self.family.crash()
    }

    /// The end of what it printed.
    pub(crate) fn last_lines(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

/// What starts our own server on a free port, and the port.
pub(crate) fn creel(program: &Path) -> Result<(Command, u16)> {
    let port = free_port()?;
    let mut command = Command::new(program);
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
    Ok((command, port))
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

/// Whether a GET is answered with 200.
fn answers_ok(port: u16, path: &str) -> Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(SAYS_WITHIN))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    Ok(status.starts_with(b"HTTP/1.") && status.ends_with(b" 200"))
}

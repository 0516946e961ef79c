//! The built-in server, in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::output::number_before;

/// The built-in server, in a process of its own; killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    pub(crate) fn start(program: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let mut line = String::new();
        let output = child.stdout.take().context("the server has no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let url = line.split_whitespace().last();
        let url = url
            .context("the server does not say where it is")?
            .to_owned();
        Ok(Self { child, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends it a signal, by its name without SIG.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .with_context(|| format!("cannot send {name} to the server"))?;
        if !status.success() {
            bail!("the server has ended before its time");
        }
        Ok(())
    }

    /// Ends it, and gives how many rows its models were asked about.
    pub(crate) fn stop(&mut self) -> Result<u64> {
        self.signal("INT")?;
        let mut said = String::new();
        let errors = self.child.stderr.as_mut().context("the server is silent")?;
        errors.read_to_string(&mut said)?;
        said.lines()
            .find(|line| line.starts_with("received "))
            .map(|line| number_before(line, "rows"))
            .with_context(|| format!("the server does not say what it received:\n{said}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

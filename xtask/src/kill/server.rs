//! The built-in server, in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{ChildStderr, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::family::Family;
use crate::output::number_before;

/// The built-in server, in a process of its own; ended when this is dropped.
pub(crate) struct Server {
    family: Family,
    errors: ChildStderr,
    url: String,
}

impl Server {
    pub(crate) fn start(program: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut family = Family::start(&mut command)?;
        let mut line = String::new();
        let output = family.output().context("the server has no output")?;
        let errors = family.errors().context("the server is silent")?;
        BufReader::new(output).read_line(&mut line)?;
        let url = line.split_whitespace().last();
        let url = url
            .context("the server does not say where it is")?
            .to_owned();
        Ok(Self {
            family,
            errors,
            url,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends it a signal, by its name without SIG.
    pub(crate) fn signal(&mut self, name: &str) -> Result<()> {
        let ended = self.family.ended()?;
        ensure!(ended.is_none(), "the server has ended before its time");
        self.family.signal(name)
    }

    /// Ends it, and gives how many rows its models were asked about.
    pub(crate) fn stop(&mut self) -> Result<u64> {
        self.signal("INT")?;
        let mut said = String::new();
        self.errors.read_to_string(&mut said)?;
        said.lines()
            .find(|line| line.starts_with("received "))
            .map(|line| number_before(line, "rows"))
            .with_context(|| format!("the server does not say what it received:\n{said}"))
    }
}

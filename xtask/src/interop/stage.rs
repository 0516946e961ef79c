//! Where the cases of one server are played.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::creel::{Creel, Ended, Going};
use super::peer::Peer;
use crate::deadline;
use crate::environment::Environment;
use crate::running::{self, Running};

/// A server that runs, and our program to ask it with.
pub(super) struct Stage<'a> {
    peer: &'a dyn Peer,
    creel: &'a Creel,
    environment: &'a Environment,
    folder: &'a Path,
    server: Running,
}

impl<'a> Stage<'a> {
    /// Starts the server and waits until it can be asked.
    pub(super) fn set(
        peer: &'a dyn Peer,
        creel: &'a Creel,
        environment: &'a Environment,
        folder: &'a Path,
    ) -> Result<Self> {
        Ok(Self {
            peer,
            creel,
            environment,
            folder,
            server: start(peer, environment, folder, "server.log")?,
        })
    }

    /// Starts a run against another one of the servers, kills that once so many results are there, and waits for the
    /// end of the run. Its results must tell of the server.
    pub(super) fn kill_after(
        &self,
        results: usize,
        run: impl FnOnce(&str) -> Result<Going>,
    ) -> Result<Ended> {
        let mut server = start(self.peer, self.environment, self.folder, "killed.log")?;
        let going = run(&server.url())?;
        let some = deadline::within(deadline::LONG, || {
            let written = fs::read_to_string(&going.out).unwrap_or_default();
            Ok((written.lines().count() >= results).then_some(()))
        })?;
        server.crash()?;
        let ended = going.end()?;
        some.with_context(|| format!("not {results} results in time; {}", ended.said))?;
        ended.says(&[&server.url()])?;
        Ok(ended)
    }

    /// Where the server is.
    pub(super) fn url(&self) -> String {
        self.server.url()
    }

    /// What was said, without the port, which is another one each time.
    pub(super) fn note(&self, said: &str) -> String {
        said.replace(&self.url(), "SERVER")
    }

    /// The end of what the server printed.
    pub(super) fn log(&self) -> String {
        self.server.last_lines()
    }

    /// A file that was laid out.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs `creel batch` over a file that was laid out, to its end.
    pub(super) fn batch(&self, input: &str, options: &[&str]) -> Result<Ended> {
        self.start_batch(&self.url(), input, options)?.end()
    }

    /// Starts `creel batch` over a file that was laid out.
    pub(super) fn start_batch(&self, server: &str, input: &str, options: &[&str]) -> Result<Going> {
        let mut arguments = vec![OsString::from("batch"), self.file(input).into()];
        arguments.extend(["--server", server].map(OsString::from));
        arguments.extend(options.iter().map(OsString::from));
        self.creel.start(arguments, &self.results())
    }

    /// Starts `creel watch` with the test camera, whose pictures have one size for all.
    pub(super) fn start_watch(&self, server: &str, options: &[&str]) -> Result<Going> {
        let asking = [
            "watch",
            "--camera",
            "test:?size=640x480",
            "--server",
            server,
        ];
        let arguments = [&asking, options].concat();
        self.creel.start(arguments, &self.results())
    }

    fn results(&self) -> PathBuf {
        self.folder.join("run")
    }
}

fn start(peer: &dyn Peer, environment: &Environment, folder: &Path, log: &str) -> Result<Running> {
    let port = running::free_port()?;
    let mut command: Command = peer.command(environment, folder, port)?;
    command.current_dir(folder);
    let mut server = Running::start(peer.name(), command, port, &folder.join(log))?;
    server
        .await_ok(peer.ready())
        .with_context(|| format!("cannot start {}", peer.title()))?;
    Ok(server)
}

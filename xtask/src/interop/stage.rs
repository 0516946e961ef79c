//! Where the cases of one server are played.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::creel::{Creel, Ended, Going};
use super::environment::Environment;
use super::peer::Peer;
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

    /// Another one of the servers, to be killed, say.
    pub(super) fn another(&self) -> Result<Running> {
        start(self.peer, self.environment, self.folder, "another.log")
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
    pub(super) fn batch<S: AsRef<OsStr>>(&self, input: &str, options: &[S]) -> Result<Ended> {
        self.start_batch(&self.url(), input, options)?.end()
    }

    /// Starts `creel batch` over a file that was laid out.
    pub(super) fn start_batch<S: AsRef<OsStr>>(
        &self,
        server: &str,
        input: &str,
        options: &[S],
    ) -> Result<Going> {
        let mut arguments = vec![OsString::from("batch"), self.file(input).into()];
        arguments.extend(["--server", server].map(OsString::from));
        arguments.extend(options.iter().map(OsString::from));
        self.creel.start(arguments, &self.results())
    }

    /// Runs `creel watch` to its end.
    pub(super) fn watch<S: AsRef<OsStr>>(&self, options: &[S]) -> Result<Ended> {
        let mut arguments = vec![OsString::from("watch")];
        arguments.extend(options.iter().map(OsString::from));
        self.creel.start(arguments, &self.results())?.end()
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

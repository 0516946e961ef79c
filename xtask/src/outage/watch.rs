//! A watch in a process of its own.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

use crate::process;

/// A watch in a process of its own; killed when this is dropped.
pub(super) struct Watch(Child);

impl Watch {
    /// Starts it in a folder, with the test camera and a server.
    pub(super) fn start(
        program: &Path,
        folder: &Path,
        server: &str,
        camera: &str,
        options: &[&str],
    ) -> Result<Self> {
        Command::new(program)
            .args(["watch", "--quiet", "--protocol", "oip", "--model", "qr"])
            .args(["--server", server, "--camera", camera])
            .args(options)
            .current_dir(folder)
            .stdin(Stdio::null())
            .spawn()
            .map(Self)
            .context("cannot start the watch")
    }

    pub(super) fn kill(mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// The memory that it holds at this moment, in megabytes.
    pub(super) fn resident_mb(&self) -> Result<f64> {
        process::resident_mb(self.0.id())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

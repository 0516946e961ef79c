//! A watch in a process of its own.

use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::Result;

use crate::family::Family;
use crate::process;

/// A watch in a process of its own; ended when this is dropped.
pub(super) struct Watch(Family);

impl Watch {
    /// Starts it in a folder, with the test camera and a server.
    pub(super) fn start(
        program: &Path,
        folder: &Path,
        server: &str,
        camera: &str,
        options: &[&str],
    ) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["watch", "--quiet", "--protocol", "oip", "--model", "qr"])
            .args(["--server", server, "--camera", camera])
            .args(options)
            .current_dir(folder)
            .stdin(Stdio::null());
        Family::start(&mut command).map(Self)
    }

    pub(super) fn kill(mut self) -> Result<()> {
        self.0.crash()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.0.ended()
    }

    /// The memory that it holds at this moment, in megabytes.
    pub(super) fn resident_mb(&self) -> Result<f64> {
        process::resident_mb(self.0.process())
    }
}

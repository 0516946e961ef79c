//! `cargo xtask vivid`: the V4L2 source before the kernel's virtual camera, in a machine of its own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;

use crate::machine::{self, Content, ENDING, Machine, lap};
use crate::output;
use crate::workspace::Workspace;

/// What runs in the machine.
#[derive(Args)]
pub(crate) struct Vivid {
    /// Has the machine's processor run on this one's: faster, but it may hang in a machine that is virtual itself.
    #[arg(long)]
    kvm: bool,
    /// What `creel` is run with there, as in `-- watch --camera /dev/video0 --frames 50`, in place of what is claimed of the
    /// camera.
    #[arg(last = true)]
    creel: Vec<String>,
}

impl Vivid {
    /// Builds the program that does to a camera what happens to cameras, or `creel`, boots a machine with a virtual camera,
    /// and runs it there; true when every claim held, or `creel` was content.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let started = Instant::now();
        let program = self.build(workspace)?;
        lap(started, "the program is built");
        let arguments: Vec<String> = self.creel.iter().map(|text| quoted(text)).collect();
        let content = Content {
            program: &program,
            modules: &[("vivid", CAMERA)],
            script: &format!("program {}", arguments.join(" ")),
        };
        let machine = Machine::make(&workspace.target().join("vivid"), &content, self.kvm)?;
        lap(started, "the machine is there");
        // One that hangs is ended from outside.
        let boot = machine.command("");
        let mut command = Command::new("timeout");
        command
            .arg(LIMIT_SECONDS)
            .arg(boot.get_program())
            .args(boot.get_args());
        let mut held = 0;
        let mut failed = 0;
        let mut ending = None;
        output::follow(command, |line| {
            held += u32::from(line.starts_with("ok "));
            failed += u32::from(line.starts_with("FAILED "));
            if let Some(code) = line.trim_end().strip_prefix(ENDING) {
                ending = Some(code.to_owned());
            }
        })?;
        lap(started, "the machine is off");
        ensure!(ending.is_some(), "the machine ended before its program did");
        let is_content = ending.as_deref() == Some("0");
        if !self.creel.is_empty() {
            return Ok(is_content);
        }
        let succeeded = held > 0 && failed == 0 && is_content;
        let verdict = if succeeded { "ok" } else { "FAILED" };
        println!("{verdict:<6}  vivid: {held} claims held, {failed} failed");
        Ok(succeeded)
    }

    /// Builds the program for a machine that has no libraries.
    fn build(&self, workspace: &Workspace) -> Result<PathBuf> {
        if self.creel.is_empty() {
            let test = ["test", "--no-run", "--package", "creel-camera-source"];
            let arguments = [&test[..], &["--test", "vivid", "--features", "v4l2"]].concat();
            machine::build(workspace, &arguments, "vivid")
        } else {
            machine::build(workspace, &["build", "--package", "creel-cli"], "creel")
        }
    }
}

const LIMIT_SECONDS: &str = "300";

/// One camera that is a webcam, and can be told to misbehave.
const CAMERA: &str = "n_devs=1 node_types=0x1 num_inputs=1 input_types=0x00 no_error_inj=0";

/// An argument that a shell leaves as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

//! `cargo xtask vivid`: the V4L2 source before the kernel's virtual camera, in a machine of its own.

mod archive;
mod kernel;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::workspace::Workspace;
use crate::{artifacts, debian, output};
use archive::Archive;
use kernel::Kernel;

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
        let lap =
            |what: &str| println!("        {:5.1} s  {what}", started.elapsed().as_secs_f64());
        let program = self.build(workspace)?;
        lap("the program is built");
        debian::install(&["qemu-system-x86"])?;
        let folder = workspace.target().join("vivid");
        let kernel = Kernel::fetch(&folder)?;
        lap("the kernel is there");
        let disk = folder.join("disk.cpio");
        fs::write(&disk, self.disk(&kernel, &program)?)
            .with_context(|| format!("cannot write {}", disk.display()))?;
        let mut held = 0;
        let mut failed = 0;
        let mut ending = None;
        output::follow(self.machine(&kernel, &disk), |line| {
            held += u32::from(line.starts_with("ok "));
            failed += u32::from(line.starts_with("FAILED "));
            if let Some(code) = line.trim_end().strip_prefix(ENDING) {
                ending = Some(code.to_owned());
            }
        })?;
        lap("the machine is off");
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
        ensure!(
            cfg!(target_arch = "x86_64"),
            "the machine is an x86-64 one, and this is none to build for it on"
        );
        let mut command = workspace.cargo();
        let name = if self.creel.is_empty() {
            command
                .args(["test", "--no-run", "--package", "creel-camera-source"])
                .args(["--test", "vivid", "--features", "v4l2"]);
            "vivid"
        } else {
            command.args(["build", "--package", "creel-cli"]);
            "creel"
        };
        command
            // With a target named, the flags are for the program alone, and not for what runs while it is built.
            .args(["--target", "x86_64-unknown-linux-gnu"])
            .env("RUSTFLAGS", "-C target-feature=+crt-static");
        artifacts::build(&mut command)?
            .into_iter()
            .filter(|artifact| artifact.target.name == name)
            .find_map(|artifact| artifact.executable)
            .map(Into::into)
            .context("the build made no program")
    }

    /// The disk that the machine boots from: a shell, the camera's modules and the program.
    fn disk(&self, kernel: &Kernel, program: &Path) -> Result<Vec<u8>> {
        let mut archive = Archive::default();
        for folder in ["bin", "dev", "modules", "proc", "sys", "tmp"] {
            archive.folder(folder);
        }
        archive.program("bin/busybox", &kernel.busybox()?);
        archive.program("bin/program", &read(program)?);
        let mut load = String::new();
        for module in kernel.modules("vivid")? {
            let name = module.file_name().unwrap_or_default().to_string_lossy();
            archive.program(&format!("modules/{name}"), &read(&module)?);
            let options = if name == "vivid.ko" { CAMERA } else { "" };
            load += &format!("insmod /modules/{name} {options}\n");
        }
        let arguments: Vec<String> = self.creel.iter().map(|text| quoted(text)).collect();
        let arguments = arguments.join(" ");
        let init = format!(
            "#!/bin/busybox sh\n\
             /bin/busybox --install -s /bin\n\
             mount -t proc proc /proc\n\
             mount -t sysfs sys /sys\n\
             mount -t devtmpfs dev /dev\n\
             ifconfig lo up\n\
             {load}\
             cd /tmp\n\
             program {arguments}\n\
             echo \"{ENDING}$?\"\n\
             poweroff -f\n"
        );
        archive.program("init", init.as_bytes());
        Ok(archive.finish())
    }

    fn machine(&self, kernel: &Kernel, disk: &Path) -> Command {
        let accelerator = if self.kvm {
            ["kvm", "host"]
        } else {
            ["tcg,thread=multi", "max"]
        };
        // A machine that hangs is ended from outside.
        let mut command = Command::new("timeout");
        command
            .args([LIMIT_SECONDS, "qemu-system-x86_64"])
            .args(["-accel", accelerator[0], "-cpu", accelerator[1]])
            .args(["-smp", "2", "-m", "1024", "-nodefaults", "-no-reboot"])
            .args(["-display", "none", "-serial", "stdio", "-monitor", "none"])
            .arg("-kernel")
            .arg(kernel.image())
            .arg("-initrd")
            .arg(disk)
            .args([
                "-append",
                "console=ttyS0 quiet loglevel=3 panic=-1 tsc=unstable",
            ]);
        command
    }
}

/// What the machine says last, before how the program ended.
const ENDING: &str = "the program ended with ";

const LIMIT_SECONDS: &str = "300";

/// One camera that is a webcam, and can be told to misbehave.
const CAMERA: &str = "n_devs=1 node_types=0x1 num_inputs=1 input_types=0x00 no_error_inj=0";

/// An argument that a shell leaves as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

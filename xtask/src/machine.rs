//! A machine that is emulated: Debian's kernel, a shell, and one program that runs in it.

mod archive;
mod kernel;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;
use crate::{artifacts, debian};
use archive::Archive;
use kernel::Kernel;

/// What the machine says last, before how the program ended.
pub(crate) const ENDING: &str = "the program ended with ";

/// A machine to be booted, with what it boots from.
pub(crate) struct Machine {
    kernel: Kernel,
    disk: PathBuf,
    uses_kvm: bool,
}

/// What is in a machine, and what it does.
pub(crate) struct Content<'a> {
    /// The program, built without libraries; its path in the machine is `/bin/program`.
    pub(crate) program: &'a Path,
    /// Modules of the kernel, each with its options.
    pub(crate) modules: &'a [(&'a str, &'a str)],
    /// What the shell does, in `/tmp`, before the machine is turned off.
    pub(crate) script: &'a str,
}

impl Machine {
    /// Puts a machine together in a folder, and downloads for it what is not there yet.
    pub(crate) fn make(folder: &Path, content: &Content<'_>, uses_kvm: bool) -> Result<Self> {
        debian::install(&["qemu-system-x86"])?;
        let kernel = Kernel::fetch(folder)?;
        let disk = folder.join("disk.cpio");
        fs::write(&disk, archive(&kernel, content)?)
            .with_context(|| format!("cannot write {}", disk.display()))?;
        Ok(Self {
            kernel,
            disk,
            uses_kvm,
        })
    }

    /// The command that boots it; `said` stands on the command line of its kernel.
    pub(crate) fn command(&self, said: &str) -> Command {
        let accelerator = if self.uses_kvm {
            ["kvm", "host"]
        } else {
            ["tcg,thread=multi", "max"]
        };
        let mut command = Command::new("qemu-system-x86_64");
        command
            .args(["-accel", accelerator[0], "-cpu", accelerator[1]])
            .args(["-smp", "2", "-m", "1024", "-nodefaults", "-no-reboot"])
            .args(["-display", "none", "-serial", "stdio", "-monitor", "none"])
            .arg("-kernel")
            .arg(self.kernel.image())
            .arg("-initrd")
            .arg(&self.disk)
            .arg("-append")
            .arg(format!(
                "console=ttyS0 quiet loglevel=3 panic=-1 tsc=unstable {said}"
            ));
        command
    }
}

/// Builds something for a machine that has no libraries, and takes the program of that name.
pub(crate) fn build(workspace: &Workspace, arguments: &[&str], name: &str) -> Result<PathBuf> {
    ensure!(
        cfg!(target_arch = "x86_64"),
        "the machine is an x86-64 one, and this is none to build for it on"
    );
    let mut command = workspace.cargo();
    command
        .args(arguments)
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

/// Says what was done, and how long after the start.
pub(crate) fn lap(started: Instant, what: &str) {
    println!("        {:5.1} s  {what}", started.elapsed().as_secs_f64());
}

/// What the machine boots from: a shell, modules and the program.
fn archive(kernel: &Kernel, content: &Content<'_>) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    for folder in ["bin", "dev", "modules", "proc", "sys", "tmp"] {
        archive.folder(folder);
    }
    archive.program("bin/busybox", &kernel.busybox()?);
    archive.program("bin/program", &read(content.program)?);
    let mut load = String::new();
    let mut loaded = Vec::new();
    for (name, options) in content.modules {
        for module in kernel.modules(name)? {
            if loaded.contains(&module) {
                continue;
            }
            let file = module.file_name().unwrap_or_default().to_string_lossy();
            archive.program(&format!("modules/{file}"), &read(&module)?);
            let is_last = file.strip_suffix(".ko") == Some(name);
            let options = if is_last { options } else { "" };
            load += &format!("insmod /modules/{file} {options}\n");
            loaded.push(module);
        }
    }
    let script = content.script;
    let init = format!(
        "#!/bin/busybox sh\n\
         /bin/busybox --install -s /bin\n\
         mount -t proc proc /proc\n\
         mount -t sysfs sys /sys\n\
         mount -t devtmpfs dev /dev\n\
         ifconfig lo up\n\
         {load}\
         cd /tmp\n\
         {script}\n\
         echo \"{ENDING}$?\"\n\
         poweroff -f\n"
    );
    archive.program("init", init.as_bytes());
    Ok(archive.finish())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

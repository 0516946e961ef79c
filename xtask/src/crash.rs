//! `cargo xtask crash`: whoever writes results is killed, loses power, and meets a full file system.

mod power;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use crate::debian;
use crate::machine::{self, Content, Machine, lap};
use crate::output;
use crate::workspace::Workspace;

/// How often, and what.
#[derive(Args)]
pub(crate) struct Crash {
    /// How often a process is killed.
    #[arg(long, value_name = "N", default_value = "100")]
    kills: u32,
    /// How often a machine is ended hard.
    #[arg(long, value_name = "N", default_value = "20")]
    cuts: u32,
    /// Makes the random choices of a run that printed this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Has the machine's processor run on this one's: faster, but it may hang in a machine that is virtual itself.
    #[arg(long)]
    kvm: bool,
}

/// What the machine's shell does: it mounts a disk and has the program do to it what its kernel was told.
const SCRIPT: &str = "\
for word in $(cat /proc/cmdline); do case $word in job=*) job=${word#job=};; esac; done
mkdir -p /disk /small
mount -t ext4 /dev/vda /disk || { echo BROKEN no disk; poweroff -f; }
case $job in
fill) mount -t tmpfs -o size=1m none /small && program fill /disk && program fill /small;;
*) program write /disk $(echo $job | tr , ' ');;
esac";

/// What it needs of the kernel for that.
const MODULES: &[(&str, &str)] = &[
    ("virtio_pci", ""),
    ("virtio_blk", ""),
    // The file system asks for it by what it does, and not by its name.
    ("crc32c_generic", ""),
    ("ext4", ""),
];

impl Crash {
    /// Does all three; true when every record was whole each time, and all that had been flushed was there.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let started = Instant::now();
        let build = ["test", "--no-run", "--package", "creel-file-sink"];
        let build = [&build[..], &["--test", "crash", "--features", "zstd"]].concat();
        let program = machine::build(workspace, &build, "crash")?;
        lap(started, "the program is built");
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        println!("seed {seed}");
        let mut holds = true;
        if self.kills > 0 {
            holds &= kills(&program, self.kills, seed)?;
            lap(started, "the kills are over");
        }
        debian::install(&["e2fsprogs"])?;
        let content = Content {
            program: &program,
            modules: MODULES,
            script: SCRIPT,
        };
        let folder = workspace.target().join("crash");
        let machine = Machine::make(&folder, &content, self.kvm)?;
        lap(started, "the machine is there");
        holds &= power::full(&machine, &folder)?;
        lap(started, "the file systems were full");
        if self.cuts > 0 {
            holds &= power::cut(&machine, &folder, self.cuts, seed)?;
            lap(started, "the power was cut");
        }
        let verdict = if holds { "ok" } else { "BROKEN" };
        println!("{verdict:<6}  every record whole, and all there that was flushed");
        Ok(holds)
    }
}

/// Has a process that writes killed again and again.
fn kills(program: &Path, count: u32, seed: u64) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(program);
    command
        .arg("kills")
        .arg(folder.path())
        .args([count.to_string(), seed.to_string()]);
    Ok(output::follow(command, |_| {})?.success())
}

//! A file system that stands still for most of the time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::debian;
use crate::workspace::spell;

const BYTES: u64 = 512 << 20;
/// Of each second it stands still for so long.
const STILL: Duration = Duration::from_millis(900);
const MOVES: Duration = Duration::from_millis(100);

/// A file system of its own in a file, frozen for most of each second until this is dropped.
pub(super) struct SlowDisk {
    folder: PathBuf,
    freezer: Option<(Sender<()>, JoinHandle<()>)>,
}

impl SlowDisk {
    /// Mounts it on a folder, for which one has to be root.
    pub(super) fn mount(folder: &Path) -> Result<Self> {
        debian::install(&["e2fsprogs", "mount", "util-linux"])?;
        let image = folder.with_extension("img");
        File::create(&image)?.set_len(BYTES)?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(&image)
            .arg(folder))
        .context("only root can mount a disk that stands still")?;
        let (stop, stopped) = mpsc::channel();
        let freezer = thread::spawn({
            let folder = folder.to_owned();
            move || {
                loop {
                    freeze(&folder, "--freeze");
                    let is_over = stopped.recv_timeout(STILL) != Err(RecvTimeoutError::Timeout);
                    freeze(&folder, "--unfreeze");
                    if is_over || stopped.recv_timeout(MOVES) != Err(RecvTimeoutError::Timeout) {
                        return;
                    }
                }
            }
        });
        Ok(Self {
            folder: folder.to_owned(),
            freezer: Some((stop, freezer)),
        })
    }

    /// Lets it move again for good.
    pub(super) fn thaw(&mut self) {
        if let Some((stop, freezer)) = self.freezer.take() {
            drop(stop);
            // A panic of it was told on standard error.
            let _ = freezer.join();
        }
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        self.thaw();
        if let Err(error) = run(Command::new("umount").arg("--lazy").arg(&self.folder)) {
            println!("{} is still mounted: {error:#}", self.folder.display());
        }
    }
}

fn freeze(folder: &Path, how: &str) {
    if let Err(error) = run(Command::new("fsfreeze").arg(how).arg(folder)) {
        println!("{error:#}");
    }
}

fn run(command: &mut Command) -> Result<()> {
    let told = spell(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{told}`"))?;
    ensure!(status.success(), "`{told}` ended with {status}");
    Ok(())
}

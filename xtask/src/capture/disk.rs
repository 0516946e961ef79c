//! A file system that stands still for most of the time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::debian;
use crate::workspace::spell;

const BYTES: u64 = 512 << 20;
/// Of each second it stands still for so long.
const STILL: Duration = Duration::from_millis(900);
const MOVES: Duration = Duration::from_millis(100);

/// A file system of its own in a file, frozen for most of each second until this is dropped.
pub(super) struct SlowDisk {
    folder: PathBuf,
    freezer: Option<(Sender<()>, JoinHandle<Result<()>>)>,
    is_mounted: bool,
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
                    freeze(&folder, "--freeze")?;
                    let is_over = stopped.recv_timeout(STILL) != Err(RecvTimeoutError::Timeout);
                    freeze(&folder, "--unfreeze")?;
                    if is_over || stopped.recv_timeout(MOVES) != Err(RecvTimeoutError::Timeout) {
                        return Ok(());
                    }
                }
            }
        });
        Ok(Self {
            folder: folder.to_owned(),
            freezer: Some((stop, freezer)),
            is_mounted: true,
        })
    }

    /// Lets it move again for good.
    ///
    /// # Errors
    /// When it did not stand still as it should: what was tried on it says nothing then.
    pub(super) fn thaw(&mut self) -> Result<()> {
        let Some((stop, freezer)) = self.freezer.take() else {
            return Ok(());
        };
        drop(stop);
        let frozen = freezer.join();
        frozen.unwrap_or_else(|_| Err(anyhow!("whoever freezes the disk panicked")))
    }

    /// Lets it move, and takes it away.
    pub(super) fn unmount(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        let thawed = self.thaw();
        if std::mem::take(&mut self.is_mounted) {
            unmount(&self.folder)?;
        }
        thawed
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            println!("{error:#}");
        }
    }
}

/// Takes away what runs have left below a folder that were killed: their disks, which may still be frozen, and what
/// they wrote.
pub(super) fn clear(folder: &Path) -> Result<()> {
    let mounts = fs::read_to_string("/proc/mounts").context("cannot read /proc/mounts")?;
    for disk in mounted_below(&mounts, &folder.canonicalize()?) {
        println!("        {} was left by a killed run", disk.display());
        // It is not frozen if the run was killed while it moved. Whoever writes to it ends only once it moves.
        let _ = freeze(&disk, "--unfreeze");
        unmount(&disk)?;
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".tmp") {
            fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

/// What is mounted below a folder, as the kernel tells it.
fn mounted_below(mounts: &str, folder: &Path) -> Vec<PathBuf> {
    mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        // So it spells a blank, which may stand in the path of a workspace.
        .map(|place| PathBuf::from(place.replace("\\040", " ")))
        .filter(|place| place != folder && place.starts_with(folder))
        .collect()
}

fn freeze(folder: &Path, how: &str) -> Result<()> {
    run(Command::new("fsfreeze").arg(how).arg(folder))
}

/// Lazily: of a watch that was just killed files may still be open.
fn unmount(folder: &Path) -> Result<()> {
    run(Command::new("umount").arg("--lazy").arg(folder))
        .with_context(|| format!("{} is still mounted", folder.display()))
}

fn run(command: &mut Command) -> Result<()> {
    let told = spell(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{told}`"))?;
    ensure!(status.success(), "`{told}` ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_of_killed_runs_are_found_among_all_that_is_mounted() {
        let mounts = "/dev/vda / ext4 rw 0 0\n\
            tmpfs /srv/target tmpfs rw 0 0\n\
            /dev/loop0 /srv/my\\040target/capture/.tmpA/disk ext4 rw 0 0\n\
            /dev/loop1 /srv/my\\040target/capture ext4 rw 0 0\n\
            /dev/loop2 /srv/my\\040target/capture.old/disk ext4 rw 0 0\n";
        assert_eq!(
            mounted_below(mounts, Path::new("/srv/my target/capture")),
            [Path::new("/srv/my target/capture/.tmpA/disk")]
        );
    }
}

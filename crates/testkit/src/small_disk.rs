//! A file system with little room.

use std::path::Path;
use std::process::Command;

/// A file system in memory with little room, unmounted when this is dropped.
#[derive(Debug)]
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// One with so many KiB; none where this process may not mount one, and the test is to say that it was skipped.
    ///
    /// # Panics
    /// When there is no folder to mount it on.
    pub fn mount(kib: usize) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a folder for what is temporary");
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "small-disk"])
            .arg(directory.path())
            .output();
        status
            .is_ok_and(|output| output.status.success())
            .then_some(Self(directory))
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes it away, whoever uses it; the folder that it was mounted on stays.
    ///
    /// # Panics
    /// When it cannot be unmounted.
    pub fn pull_out(&self) {
        let status = Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "unmounted");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // One that cannot be unmounted is the machine's to keep.
        let _ = Command::new("umount").arg(self.path()).output();
    }
}

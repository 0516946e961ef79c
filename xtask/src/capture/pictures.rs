//! Pictures of some 50 KB, each with its number in it.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use super::Stage;

/// How many there are; streams begin again after the last.
const COUNT: usize = 120;
/// With this size the test camera's pictures have some 50 KB as JPEG.
const SIZE: &str = "848x636";

/// JPEG files, told from each other by all of their bytes.
pub(super) struct Pictures(Vec<Arc<[u8]>>);

impl Pictures {
    /// Draws them with the test camera.
    pub(super) fn draw(stage: &Stage) -> Result<Arc<Self>> {
        let folder = super::fresh(&stage.folder)?;
        let output = Command::new(&stage.examples.snapshots)
            .arg(format!("test:?size={SIZE}&frames={COUNT}"))
            .arg(folder.path())
            .output()
            .context("cannot start the example snapshots")?;
        ensure!(
            output.status.success(),
            "snapshots ended with {}",
            output.status
        );
        let read = |number| fs::read(folder.path().join(format!("frame-{number}.jpg")));
        let pictures: std::io::Result<Vec<_>> = (0..COUNT).map(|n| Ok(read(n)?.into())).collect();
        let pictures = Self(pictures.context("a picture is missing")?);
        println!("pictures of {:.0} KB", pictures.mean_bytes() / 1e3);
        Ok(Arc::new(pictures))
    }

    /// The picture of a frame.
    pub(super) fn at(&self, frame: u64) -> Arc<[u8]> {
        Arc::clone(&self.0[(frame % self.0.len() as u64) as usize])
    }

    /// Which of them this is.
    pub(super) fn number_of(&self, bytes: &[u8]) -> Option<usize> {
        self.0.iter().position(|picture| **picture == *bytes)
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    fn mean_bytes(&self) -> f64 {
        let bytes: usize = self.0.iter().map(|picture| picture.len()).sum();
        bytes as f64 / self.0.len() as f64
    }
}

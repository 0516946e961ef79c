//! Saves the first frames of the test camera as JPEG files: `snapshots [SETTINGS [FOLDER]]`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::PathBuf;

use creel_camera_source::test::TestCamera;
use creel_core::{Context, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let settings = arguments.next().unwrap_or_else(|| "fps=30&frames=3".into());
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);

    let mut camera = TestCamera::new(settings.parse()?)?;
    let context = Context::new();
    while let Some(frame) = camera.next(&context)? {
        let path = folder.join(format!("frame-{}.jpg", frame.number));
        std::fs::write(&path, frame.to_jpeg()?)?;
        println!("{}", path.display());
    }
    Ok(())
}

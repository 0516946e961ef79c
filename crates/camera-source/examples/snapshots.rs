//! Saves the frames of a camera as JPEG files: `snapshots [CAMERA [FOLDER]]`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::PathBuf;

use creel_camera_source::{Camera, list};
use creel_core::{Context, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(location) = arguments.next() else {
        for listing in list() {
            println!(
                "{:20} {:28} {}",
                listing.kind, listing.location, listing.availability
            );
        }
        return Ok(());
    };
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);

    let mut camera = Camera::open(&location.parse()?)?;
    let context = Context::new();
    while let Some(frame) = camera.next(&context)? {
        let path = folder.join(format!("frame-{}.jpg", frame.number));
        std::fs::write(&path, frame.to_jpeg()?)?;
        println!("{} {}", path.display(), frame.size);
    }
    Ok(())
}

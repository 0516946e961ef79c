//! Pictures with their number in them, as files.

use std::fs;
use std::path::Path;
use std::process::Command;

use creel_camera_source::Camera;
use creel_core::{Context, Source};

/// Writes so many frames of the test camera into a folder, as `frame-N.jpg`.
pub(crate) fn write(folder: &Path, count: u64) {
    fs::create_dir(folder).unwrap();
    let location = format!("test:?size=320x240&frames={count}");
    let mut camera = Camera::open(&location.parse().unwrap()).unwrap();
    while let Some(frame) = camera.next(&Context::new()).unwrap() {
        let path = folder.join(format!("frame-{}.jpg", frame.number));
        fs::write(path, frame.to_jpeg().unwrap()).unwrap();
    }
}

/// Makes a video of such frames; false where ffmpeg is not installed, which only CI may not be.
pub(crate) fn write_video(file: &Path, count: u64) -> bool {
    if !has_ffmpeg() {
        return false;
    }
    let folder = file.with_extension("frames");
    write(&folder, count);
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-framerate", "10", "-i"])
        .arg(folder.join("frame-%d.jpg"))
        .args(["-c:v", "mpeg4", "-q:v", "1"])
        .arg(file)
        .status()
        .unwrap();
    assert!(made.success());
    true
}

/// Whether ffmpeg is installed; in CI it has to be.
pub(crate) fn has_ffmpeg() -> bool {
    let is_there = Command::new("ffmpeg").arg("-version").output().is_ok();
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        is_there || !is_ci,
        "ffmpeg is missing: install it with apt-get install ffmpeg"
    );
    is_there
}

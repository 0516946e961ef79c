//! What every source promises.

use std::fs;

use creel_camera_source::folder::Folder;
use creel_camera_source::test::TestCamera;
use creel_camera_source::video::Video;
use creel_testkit::contract;

use crate::reader::number_in;
use crate::video::{has_ffmpeg, silent, video};

fn test_camera(settings: &str) -> TestCamera {
    TestCamera::new(settings.parse().unwrap()).unwrap()
}

#[test]
fn the_test_camera_keeps_the_contract_at_a_pace_and_without() {
    for settings in ["size=160x160&frames=5", "size=160x160&frames=5&fps=1000"] {
        let errors = contract::source(|| test_camera(settings), |frame| frame.number, 0..5);
        assert!(errors.is_empty());
    }
}

#[test]
fn a_test_camera_that_waits_keeps_the_contract() {
    // The second frame is due after a thousand seconds.
    contract::source_waits(|| test_camera("size=160x160&fps=0.001"), 1);
}

#[test]
fn a_folder_keeps_the_contract_around_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    for frame in crate::frames(&mut test_camera("size=160x160&frames=3")) {
        let name = format!("{}.jpg", frame.number);
        fs::write(folder.path().join(name), frame.to_jpeg().unwrap()).unwrap();
    }
    fs::write(folder.path().join("1a.jpg"), "no picture").unwrap();
    let open = || Folder::open(folder.path()).unwrap();
    let view = |frame: creel_camera_source::Frame| (frame.number, number_in(&frame.bytes));
    let expected = (0..3).map(|number| (number, Some(number)));
    assert_eq!(contract::source(open, view, expected).len(), 1);
}

#[test]
fn a_video_keeps_the_contract() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = video(&folder, "clip.avi", 5, &["-c:v", "mjpeg"]);
    let errors = contract::source(|| Video::open(&path).unwrap(), |frame| frame.number, 0..5);
    assert!(errors.is_empty());
}

#[test]
fn a_video_that_waits_keeps_the_contract() {
    contract::source_waits(silent, 0);
}

use std::fs;

use creel_camera_source::{Availability, Camera, OpenError, list};

use crate::{chain, frames};

fn open(location: &str) -> Result<Camera, OpenError> {
    Camera::open(&location.parse().unwrap())
}

#[test]
fn the_test_camera_is_live_only_at_a_pace() {
    let camera = open("test:?fps=30&frames=9").unwrap();
    assert!(camera.is_live());
    assert_eq!(camera.frame_count(), Some(9));
    let camera = open("test:").unwrap();
    assert!(!camera.is_live());
    assert_eq!(camera.frame_count(), None);
}

#[test]
fn a_path_is_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let frame = frames(&mut open("test:?frames=1").unwrap()).remove(0);
    let picture = folder.path().join("one.jpg");
    fs::write(&picture, frame.to_jpeg().unwrap()).unwrap();

    for path in [folder.path(), &picture] {
        let mut camera = open(&path.to_string_lossy()).unwrap();
        assert!(matches!(camera, Camera::Folder(_)));
        assert_eq!(camera.frame_count(), Some(1));
        let frames = frames(&mut camera);
        assert_eq!(frames[0].name.as_deref(), Some("one.jpg"));
        assert_eq!(frames[0].size, frame.size);
    }
}

#[test]
fn a_path_where_nothing_can_be_captured_says_why() {
    let error = open("/no/such/clip.mp4").unwrap_err();
    assert!(chain(&error).starts_with("the camera /no/such/clip.mp4 cannot be opened: No such"));
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let error = open(&socket.to_string_lossy()).unwrap_err();
    assert!(matches!(error, OpenError::NotFile { .. }));
}

#[test]
fn the_list_tells_what_can_be_used_here() {
    let list = list();
    assert_eq!(list[0].availability, Availability::Ready);
    assert!(open(list[0].location).is_ok());
    let devices = list
        .iter()
        .find(|listing| listing.location.starts_with("/dev"));
    let expected = if cfg!(feature = "v4l2") {
        Availability::Ready
    } else {
        Availability::NotBuiltIn { feature: "v4l2" }
    };
    assert_eq!(devices.unwrap().availability, expected);
}

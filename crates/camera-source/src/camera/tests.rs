use super::{Camera, OpenError};

/// What opening this location lacks, if it lacks something.
fn lacking(location: &str) -> Option<String> {
    match Camera::open(&location.parse().unwrap()) {
        Err(error @ OpenError::NotBuiltIn { .. }) => Some(error.to_string()),
        _ => None,
    }
}

#[test]
fn a_camera_that_was_left_out_says_which_feature_brings_it() {
    let check = |location: &str, is_built_in: bool, feature: &str| {
        let lacking = lacking(location);
        assert_eq!(lacking.is_none(), is_built_in, "{location}");
        if let Some(message) = lacking {
            let wanted = format!("the feature `{feature}` of creel-camera-source");
            assert!(message.contains(&wanted), "{message}");
        }
    };
    check("http://127.0.0.1:9/", cfg!(feature = "mjpeg"), "mjpeg");
    check("rtsp://127.0.0.1:9/", cfg!(feature = "rtsp"), "rtsp");
    let root = env!("CARGO_MANIFEST_DIR");
    check("test:", cfg!(feature = "test"), "test");
    check(root, cfg!(feature = "folder"), "folder");
    check(
        "ffmpeg:udp://127.0.0.1:9",
        cfg!(feature = "ffmpeg"),
        "ffmpeg",
    );
    let file = format!("{root}/Cargo.toml");
    check(&file, cfg!(feature = "ffmpeg"), "ffmpeg");
    check("v4l2:/dev/null", cfg!(feature = "v4l2"), "v4l2");
    check("/dev/null", cfg!(feature = "v4l2"), "v4l2");
}

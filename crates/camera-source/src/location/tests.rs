use proptest::prelude::*;

use super::{Location, LocationError};
use crate::test::Settings;
use crate::v4l2;

#[test]
fn a_location_is_told_by_its_text() {
    let check = |text: &str, expected: Location| assert_eq!(text.parse(), Ok(expected), "{text}");
    let path = |path: &str| Location::Path(path.into());
    check("test:", Location::Test(Settings::default()));
    check("test:?", Location::Test(Settings::default()));
    let settings = Settings {
        fps: Some(30.0),
        ..Settings::default()
    };
    check("test:?fps=30", Location::Test(settings));
    let device = |settings: &str| Location::V4l2(settings.parse().unwrap());
    check("/dev/video0", device("/dev/video0"));
    check("v4l2:/dev/video0", device("/dev/video0"));
    check("v4l2:/dev/webcam?fps=30", device("/dev/webcam?fps=30"));
    check(
        "/dev/video10?size=640x480",
        device("/dev/video10?size=640x480"),
    );
    check("/dev/v4l/by-id/usb-1", device("/dev/v4l/by-id/usb-1"));
    check("/dev/videos", path("/dev/videos"));
    check("file:/dev/video0", path("/dev/video0"));
    check("test", path("test"));
    check("photos", path("photos"));
    check("/tmp/a b.mp4", path("/tmp/a b.mp4"));
    check("./odd:name.mp4", path("./odd:name.mp4"));
    check("10:30.mp4", path("10:30.mp4"));
    check("C:\\clips", path("C:\\clips"));
    check(
        "http://me:secret@cam/video?key=4",
        Location::Mjpeg("http://me:secret@cam/video?key=4".parse().unwrap()),
    );
    check(
        "rtsp://cam/live#transport=udp",
        Location::Rtsp("rtsp://cam/live#transport=udp".parse().unwrap()),
    );
    check(
        "ffmpeg:udp://:5000#f=mpegts",
        Location::Ffmpeg("udp://:5000#f=mpegts".parse().unwrap()),
    );
    check("file:clip.mp4", path("clip.mp4"));
    check("file:///clips/a.mp4", path("/clips/a.mp4"));
}

#[test]
fn an_error_says_what_is_accepted_and_repeats_no_password() {
    let check = |text: &str, expected: &str| {
        let message = text.parse::<Location>().unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
        assert!(!message.contains("secret"), "{message}");
    };
    check("", "a camera is test:, a device such as /dev/video0");
    check(
        "test:640x480",
        "no `640x480`; its settings follow a question mark",
    );
    check("test:?rate=3", "no setting `rate`");
    check(
        "rtsps://me:secret@camera/live",
        "rtsps: streams are read by ffmpeg: write ffmpeg:rtsps:",
    );
    check("http://me:secret@/live", "has no host and port");
    check("v4l2:", "named by its device");
    check("/dev/video0?rate=30", "no setting `rate`");
    check(
        "tset:?fps=30",
        "tset: is no kind of camera; a camera is test:,",
    );
}

#[test]
fn a_network_camera_is_shown_without_its_secrets() {
    let location: Location = "http://me:secret@cam/video?key=secret".parse().unwrap();
    assert_eq!(location.to_string(), "http://cam/video?…");
    assert!(!format!("{location:?}").contains("secret"));
}

#[test]
fn a_wrong_setting_is_told_as_one() {
    assert!(matches!(
        "test:?fps=x".parse::<Location>(),
        Err(LocationError::Test(_))
    ));
    assert_eq!(
        "/dev/video0?fps".parse::<Location>(),
        Err(v4l2::SettingsError::NoValue("fps".to_owned()).into())
    );
}

proptest! {
    #[test]
    fn a_path_survives_being_written(text in "[a-z./:? -]{1,12}") {
        for text in [text.clone(), format!("/dev/{text}"), format!("v4l2:/dev/{text}")] {
            let Ok(location) = text.parse::<Location>() else { continue };
            prop_assert_eq!(location.to_string().parse(), Ok(location));
        }
    }
}

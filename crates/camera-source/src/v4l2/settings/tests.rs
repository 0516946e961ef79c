use std::time::Duration;

use proptest::prelude::*;

use super::{Settings, SettingsError};
use crate::Size;
use crate::v4l2::Format;

#[test]
fn every_setting_is_read() {
    let text =
        "/dev/video2?size=1280x720&fps=12.5&format=yuy2&control.gain=-3&control.hflip=on&stall=0.5";
    let settings = Settings {
        device: "/dev/video2".into(),
        size: Some(Size::new(1280, 720)),
        fps: Some(12.5),
        format: Some(Format::Yuyv),
        controls: vec![("gain".to_owned(), -3), ("hflip".to_owned(), 1)],
        stall: Some(Duration::from_millis(500)),
    };
    assert_eq!(text.parse(), Ok(settings));
    assert_eq!("/dev/video0?".parse(), Ok(Settings::new("/dev/video0")));
}

#[test]
fn a_format_has_the_names_that_people_use() {
    let check = |text: &str, expected: Format| {
        assert_eq!(text.parse(), Ok(expected), "{text}");
        assert_eq!(expected.to_string().parse(), Ok(expected));
    };
    check("mjpeg", Format::Mjpg);
    check("JPEG", Format::Jpeg);
    check("yuyv", Format::Yuyv);
    check("NV12", Format::Nv12);
    check("rgb24", Format::Rgb3);
    check("gray", Format::Grey);
    assert_eq!("H264".parse::<Format>(), Err(()));
}

#[test]
fn an_error_says_what_is_accepted() {
    let check = |text: &str, expected: &str| {
        let error = text.parse::<Settings>().unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
    };
    check("?size=640x480", "named by its device");
    check("/dev/video0?rate=30", "no setting `rate`; it takes size");
    check("/dev/video0?control.=1", "no setting `control.`");
    check("/dev/video0?fps", "`fps` has no value");
    check("/dev/video0?fps=1&fps=2", "`fps` is given twice");
    check("/dev/video0?size=640", "size cannot be `640`");
    check("/dev/video0?size=0x480", "from 1x1");
    check("/dev/video0?fps=0", "fps cannot be `0`");
    check("/dev/video0?fps=NaN", "fps cannot be `NaN`");
    check("/dev/video0?format=H264", "it is MJPG, JPEG, YUYV");
    check("/dev/video0?stall=0", "stall cannot be `0`");
    check("/dev/video0?control.gain=much", "control.gain cannot be");
}

#[test]
fn a_control_may_be_given_once() {
    assert_eq!(
        "/dev/video0?control.gain=1&control.gain=2".parse::<Settings>(),
        Err(SettingsError::Twice("control.gain".to_owned()))
    );
}

fn settings() -> impl Strategy<Value = Settings> {
    let size = (1..5000u32, 1..5000u32).prop_map(|(width, height)| Size::new(width, height));
    let control = ("[a-z_]{1,8}", any::<i32>());
    (
        "/dev/[a-z/]{1,8}[0-9]",
        proptest::option::of(size),
        proptest::option::of(0.001..10_000.0),
        proptest::option::of(proptest::sample::select(Format::ALL.to_vec())),
        proptest::collection::btree_map(control.0, control.1, 0..3),
        proptest::option::of((100..3_600_000u64).prop_map(Duration::from_millis)),
    )
        .prop_map(|(device, size, fps, format, controls, stall)| Settings {
            device: device.into(),
            size,
            fps,
            format,
            controls: controls.into_iter().collect(),
            stall,
        })
}

proptest! {
    #[test]
    fn settings_survive_being_written(settings in settings()) {
        prop_assert_eq!(settings.to_string().parse(), Ok(settings));
    }
}

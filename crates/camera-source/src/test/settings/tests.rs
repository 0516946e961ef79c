use proptest::prelude::*;

use super::{Format, Settings, SettingsError};
use crate::Size;

#[test]
fn what_is_not_told_has_its_default() {
    let settings: Settings = "frames=3".parse().unwrap();
    assert_eq!(
        settings,
        Settings {
            size: Size::new(640, 480),
            format: Format::Rgb,
            fps: None,
            frames: Some(3),
            seed: 0,
        }
    );
}

#[test]
fn an_error_says_what_is_accepted() {
    let check = |text: &str, expected: &str| {
        let error = text.parse::<Settings>().unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    };
    check(
        "sise=640x480",
        "no setting `sise`; it takes size, format, fps",
    );
    check("fps", "`fps` has no value");
    check(
        "fps=0",
        "fps cannot be `0`: it is frames per second from 0.001",
    );
    check("fps=NaN", "fps cannot be `NaN`");
    check("fps=inf", "fps cannot be `inf`");
    check("size=640", "size cannot be `640`: it is WIDTHxHEIGHT");
    check("size=100x480", "size cannot be `100x480`");
    check("size=9000x9000", "size cannot be `9000x9000`");
    check("format=png", "format cannot be `png`: it is rgb or jpeg");
    check("frames=-1", "frames cannot be `-1`: it is a whole number");
    check("seed=x", "seed cannot be `x`");
}

#[test]
fn a_setting_given_twice_is_refused() {
    assert_eq!(
        "fps=1&fps=2".parse::<Settings>(),
        Err(SettingsError::Twice("fps".to_owned()))
    );
}

proptest! {
    #[test]
    fn settings_survive_being_written(
        width in 160u32..=8192,
        height in 160u32..=8192,
        format in proptest::sample::select(&[Format::Rgb, Format::Jpeg][..]),
        fps in proptest::option::of(0.001..10_000.0f64),
        frames in proptest::option::of(any::<u64>()),
        seed in any::<u64>(),
    ) {
        let settings = Settings { size: Size::new(width, height), format, fps, frames, seed };
        prop_assert_eq!(settings.to_string().parse(), Ok(settings));
    }
}

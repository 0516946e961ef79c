use super::{FfmpegInput, FfmpegInputError};

fn parse(text: &str) -> FfmpegInput {
    text.parse().unwrap()
}

#[test]
fn an_input_has_options_behind_its_last_hash() {
    let input = parse("testsrc2=size=64x48#f=lavfi&re&stall=0.5&headers=A%3A%20b%26c");
    assert_eq!(input.input(), "testsrc2=size=64x48");
    let options: Vec<_> = input
        .options()
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_deref()))
        .collect();
    let expected = [
        ("f", Some("lavfi")),
        ("re", None),
        ("headers", Some("A: b&c")),
    ];
    assert_eq!(options, expected);
    assert_eq!(input.patience().stall.as_millis(), 500);
    assert_eq!(parse("color=#ff0000#").input(), "color=#ff0000");
    assert!(parse("udp://:5000").options().is_empty());
}

#[test]
fn what_is_no_input_says_what_to_do_and_repeats_nothing() {
    for (text, expected) in [
        ("", FfmpegInputError::Empty),
        ("#re", FfmpegInputError::Empty),
        ("udp://:5000#-i secret", FfmpegInputError::Option),
        ("color=#ff0000 secret", FfmpegInputError::Option),
    ] {
        let error = text.parse::<FfmpegInput>().unwrap_err();
        assert_eq!(error, expected, "{text}");
        assert!(!error.to_string().contains("secret"));
    }
    assert!("x#stall=no".parse::<FfmpegInput>().is_err());
}

#[test]
fn nothing_shown_of_an_input_is_secret_and_nothing_that_ffmpeg_says_of_it() {
    let input =
        parse("rtsp://me:se%2Fcret@door/live?key=4242#headers=X-Key: hidden&rtsp_transport=tcp");
    let shown = format!("{input} {input:?}");
    let said = "rtsp://me:se%2Fcret@door/live?key=4242: Server returned 401; se/cret; me:se%2Fcret; \
                'X-Key: hidden' by tcp; key=4242";
    let redacted = input.redacted(said);
    for text in [&shown, &redacted] {
        for secret in ["cret", "4242", "hidden"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("door/live"), "{text}");
    }
    assert!(redacted.contains("Server returned 401"), "{redacted}");
    assert!(redacted.contains("by tcp"), "{redacted}");
}

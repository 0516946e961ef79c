use std::time::Duration;

use clap::{CommandFactory, Parser};
use serde_json::json;

use super::size::Bytes;
use super::{Arguments, Command, NamedCamera, duration, listen};

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn watch_needs_no_options() {
    let arguments = Arguments::try_parse_from(["creel", "watch"]).unwrap();
    let Command::Watch(watch) = arguments.command else {
        panic!("it was told to watch");
    };
    let [camera] = &watch.camera[..] else {
        panic!("there is one camera without a choice");
    };
    assert_eq!(camera.location.to_string(), "test:?size=640x480&fps=30");
    assert_eq!(&*camera.name(), "test");
    assert_eq!(watch.asking.server, None);
    assert_eq!(watch.recording.out.to_str(), Some("results.jsonl"));
}

#[test]
fn a_time_is_seconds_or_has_its_unit() {
    assert_eq!(duration("2.5"), Ok(Duration::from_millis(2500)));
    assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
    for wrong in ["", "0", "-1", "soon", "inf", "nan", "1e300"] {
        assert!(duration(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_camera_may_have_a_name_in_front_of_it() {
    let read = |text: &str| {
        let named: NamedCamera = text.parse().unwrap();
        (named.name().to_string(), named.location.to_string())
    };
    let own = |name: &str, location: &str| (name.to_owned(), location.to_owned());
    assert_eq!(read("front=clips/a.mp4"), own("front", "clips/a.mp4"));
    assert_eq!(read("clips/a=b.mp4"), own("clips/a=b.mp4", "clips/a=b.mp4"));
    let test = "test:?size=640x480&fps=30";
    assert_eq!(read("test:?fps=30"), own("test", test));
    assert_eq!(read("left=test:?fps=30"), own("left", test));
    assert!("front=".parse::<NamedCamera>().is_err());
}

#[test]
fn a_size_is_a_number_of_bytes_with_or_without_a_unit() {
    for (text, bytes) in [
        ("1", 1),
        ("512K", 512 << 10),
        ("4g", 4 << 30),
        ("1TiB", 1 << 40),
    ] {
        assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
    }
    for wrong in ["", "0", "-1", "1X", "G", "99999999T"] {
        assert!(wrong.parse::<Bytes>().is_err(), "{wrong}");
    }
}

#[test]
fn a_bare_port_is_one_of_this_machine() {
    for text in ["8000", ":8000", "127.0.0.1:8000"] {
        assert_eq!(listen::address(text).unwrap().to_string(), "127.0.0.1:8000");
    }
    assert!(listen::address("here").is_err());
}

#[test]
fn a_parameter_is_json_or_a_string() {
    let parse = |text: &str| {
        let parsed = Arguments::try_parse_from(["creel", "watch", "--parameter", text]).ok()?;
        let Command::Watch(watch) = parsed.command else {
            panic!("it was told to watch");
        };
        watch.asking.speaking.parameters.into_iter().next()
    };
    for (text, name, value) in [
        ("max_tokens=100", "max_tokens", json!(100)),
        ("stop=[\"a\"]", "stop", json!(["a"])),
        ("effort=low", "effort", json!("low")),
        ("a=b=c", "a", json!("b=c")),
        ("empty=", "empty", json!("")),
    ] {
        assert_eq!(parse(text), Some((name.to_owned(), value)));
    }
    for wrong in ["", "max_tokens", "=5"] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_key_is_not_in_what_is_said_of_the_arguments() {
    let line = ["creel", "watch", "--roboflow-key", "xyzzy"];
    let arguments = Arguments::try_parse_from(line).unwrap();
    assert!(!format!("{arguments:?}").contains("xyzzy"));
}

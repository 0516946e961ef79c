use std::time::Duration;

use clap::{CommandFactory, Parser};

use super::{Arguments, Command, duration, listen};

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
    assert_eq!(watch.camera.to_string(), "test:?size=640x480&fps=30");
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
fn a_bare_port_is_one_of_this_machine() {
    for text in ["8000", ":8000", "127.0.0.1:8000"] {
        assert_eq!(listen::address(text).unwrap().to_string(), "127.0.0.1:8000");
    }
    assert!(listen::address("here").is_err());
}

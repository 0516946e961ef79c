use std::ffi::OsStr;

use creel_camera_source::video::Stream;
use creel_camera_source::{Frame, PixelFormat, Size};
use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_testkit::contract;

use crate::chain;
use crate::video::has_ffmpeg;

fn open(input: &str) -> Stream {
    Stream::new(input.parse().unwrap())
}

fn next(stream: &mut Stream) -> Result<Option<Frame>, SourceError> {
    stream.next(&Context::new())
}

fn frame(stream: &mut Stream) -> Frame {
    next(stream).unwrap().expect("a live stream has no end")
}

#[test]
fn a_stream_is_read_and_read_again_when_it_ends() {
    if !has_ffmpeg() {
        return;
    }
    let mut stream = open("testsrc2=size=64x48:rate=50:duration=0.1#f=lavfi&first=60");
    for run in 0..2 {
        for number in 0..5 {
            let frame = frame(&mut stream);
            assert_eq!(frame.number, 5 * run + number);
            assert_eq!(frame.size, Size::new(64, 48));
            assert_eq!(frame.format, PixelFormat::Jpeg);
        }
        let error = next(&mut stream).unwrap_err();
        assert!(error.is_transient());
        let message = chain(&error);
        assert!(message.ends_with("the stream has ended"), "{message}");
    }
}

#[test]
fn what_ffmpeg_says_is_told_without_a_password() {
    if !has_ffmpeg() {
        return;
    }
    let check = |input: &str, expected: &str, is_transient: bool| {
        let error = next(&mut open(input)).unwrap_err();
        let message = chain(&error);
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("secret"), "{message}");
        assert_eq!(error.is_transient(), is_transient, "{message}");
    };
    check(
        "http://me:secret@127.0.0.1:9/live?key=secret#first=60",
        "Connection refused",
        true,
    );
    check(
        "/no/such/clip.mp4#first=60",
        "No such file or directory",
        false,
    );
    check(
        "/dev/null#nonsense=secret&first=60",
        "nrecognized option 'nonsense'",
        false,
    );
}

#[test]
fn a_stream_that_waits_keeps_the_contract() {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/silent-ffmpeg.sh");
    let open = || Stream::with(OsStr::new(program), "udp://127.0.0.1:9".parse().unwrap());
    contract::source_waits(open, 0);
}

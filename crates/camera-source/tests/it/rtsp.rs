mod packets;
mod server;

use creel_camera_source::rtsp::Rtsp;
use creel_camera_source::test::TestCamera;
use creel_camera_source::{Frame, PixelFormat, Size};
use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_testkit::contract;

use self::packets::Packer;
use self::server::{Script, Server};
use crate::chain;
use crate::reader::number_in;

/// The first pictures of the test camera.
fn jpegs(count: u64) -> Vec<Vec<u8>> {
    let settings = format!("size=160x160&frames={count}").parse().unwrap();
    crate::frames(&mut TestCamera::new(settings).unwrap())
        .iter()
        .map(|frame| frame.to_jpeg().unwrap().to_vec())
        .collect()
}

fn open(server: &Server, rest: &str) -> Rtsp {
    Rtsp::new(server.url("", rest).parse().unwrap())
}

fn next(camera: &mut Rtsp) -> Result<Option<Frame>, SourceError> {
    camera.next(&Context::new())
}

fn frame(camera: &mut Rtsp) -> Frame {
    next(camera).unwrap().expect("a live stream has no end")
}

/// Why the camera gives no frame, and whether it may give one later.
fn trouble(camera: &mut Rtsp) -> (String, bool) {
    let error = next(camera).unwrap_err();
    (chain(&error), error.is_transient())
}

#[test]
fn pictures_come_over_as_many_connections_as_it_takes() {
    let jpegs = jpegs(4);
    let first = Packer::default().add(&jpegs[0]).add(&jpegs[1]).bytes();
    let mut cut = Packer::default().add(&jpegs[2]).add(&jpegs[3]).bytes();
    cut.truncate(cut.len() - 10);
    let server = Server::start([Script::Play(first), Script::Play(cut), Script::Hang]);
    let mut camera = open(&server, "/live");
    for number in 0..2 {
        let frame = frame(&mut camera);
        assert_eq!((frame.number, frame.lost_before), (number, 0));
        assert_eq!(frame.size, Size::new(160, 160));
        assert_eq!(frame.format, PixelFormat::Jpeg);
        assert_eq!(number_in(&frame.bytes), Some(number));
    }
    let (message, is_transient) = trouble(&mut camera);
    assert!(message.contains("/live: "), "{message}");
    assert!(is_transient);
    let frame = frame(&mut camera);
    assert_eq!((frame.number, number_in(&frame.bytes)), (2, Some(2)));
    let (_, is_transient) = trouble(&mut camera);
    assert!(is_transient, "a stream that is cut short is tried again");
}

#[test]
fn frames_that_go_with_lost_packets_are_told() {
    let jpegs = jpegs(5);
    let bytes = Packer::default()
        .add(&jpegs[0])
        .add(&jpegs[1])
        .add_without(&jpegs[2], Some(1))
        .add(&jpegs[3])
        .skip(3)
        .add(&jpegs[4])
        .bytes();
    let server = Server::start([Script::PlayAndFreeze(bytes)]);
    let mut camera = open(&server, "/live");
    let seen: Vec<_> = (0..4)
        .map(|_| {
            let frame = frame(&mut camera);
            (number_in(&frame.bytes), frame.lost_before)
        })
        .collect();
    let expected = [(Some(0), 0), (Some(1), 0), (Some(3), 1), (Some(4), 3)];
    assert_eq!(seen, expected);
}

#[test]
fn a_frozen_camera_is_found_out() {
    let picture = Packer::default().add(&jpegs(1)[0]).bytes();
    let server = Server::start([
        Script::PlayAndFreeze(picture.clone()),
        Script::PlayAndFreeze(Vec::new()),
        Script::Hang,
        Script::PlayAndFreeze(picture),
    ]);
    let mut camera = open(&server, "/live#stall=0.05&first=0.2");
    frame(&mut camera);
    let (message, is_transient) = trouble(&mut camera);
    assert!(message.ends_with("no frame for 0.05 s"), "{message}");
    assert!(is_transient);
    for _ in 0..2 {
        let (message, is_transient) = trouble(&mut camera);
        assert!(
            message.ends_with("no first frame within 0.2 s"),
            "{message}"
        );
        assert!(is_transient);
    }
    assert_eq!(frame(&mut camera).number, 1);
}

#[test]
fn whatever_is_no_stream_says_what_to_do() {
    let check = |script: Script, expected: &str, is_transient: bool| {
        let server = Server::start([script]);
        let url = server.url("me:secret@", "/live?key=secret");
        let (message, transient) = trouble(&mut Rtsp::new(url.parse().unwrap()));
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("secret"), "{message}");
        assert_eq!(transient, is_transient, "{message}");
    };
    let asks = "WWW-Authenticate: Basic realm=\"cam\"\r\n";
    check(
        Script::Refuse(401, asks),
        "does not take this name and password",
        false,
    );
    check(
        Script::Refuse(404, ""),
        "no such stream (status 404)",
        false,
    );
    check(Script::Refuse(503, ""), "it answers with status 503", true);
    check(
        Script::Say(b"rubbish\r\n\r\nand more"),
        "cannot be reached",
        true,
    );
    check(
        Script::Say(b"RTSP/1.0 200 OK\r\n"),
        "cannot be reached",
        true,
    );
    let sound = "m=audio 0 RTP/AVP 0\r\na=control:trackID=0\r\n";
    check(Script::Offer(sound), "it sends no pictures", false);
    let other = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=control:trackID=0\r\n";
    check(
        Script::Offer(other),
        "it sends H265; ffmpeg may read it",
        false,
    );
}

#[cfg(not(feature = "h264"))]
#[test]
fn h264_without_a_decoder_says_which_feature_brings_it() {
    let media = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n";
    let server = Server::start([Script::Offer(media)]);
    let (message, is_transient) = trouble(&mut open(&server, "/live"));
    assert!(
        message.contains("build with the feature `h264`"),
        "{message}"
    );
    assert!(!is_transient);
}

#[test]
fn name_and_password_go_to_a_camera_that_asks() {
    let picture = Packer::default().add(&jpegs(1)[0]).bytes();
    let asks = "WWW-Authenticate: Basic realm=\"cam\"\r\n";
    let play = Box::new(Script::PlayAndFreeze(picture));
    let server = Server::start([Script::Challenge(asks, play)]);
    let url = server.url("me:p%40ss@", "/live");
    frame(&mut Rtsp::new(url.parse().unwrap()));
    let heard = server.heard();
    assert!(!heard[0].contains("Authorization"), "{heard:?}");
    assert!(
        heard[1].contains("Authorization: Basic bWU6cEBzcw=="),
        "{heard:?}"
    );

    let server = Server::start([Script::Refuse(401, asks)]);
    let (message, is_transient) = trouble(&mut open(&server, "/live"));
    assert!(
        message.contains("write them as in rtsp://NAME:PASSWORD@HOST/"),
        "{message}"
    );
    assert!(!is_transient);
}

#[test]
fn a_camera_that_waits_keeps_the_contract() {
    let picture = Packer::default().add(&jpegs(1)[0]).bytes();
    let server = Server::start([Script::PlayAndFreeze(picture)]);
    contract::source_waits(|| open(&server, "/"), 1);
    let silent = Server::start([Script::Hang]);
    contract::source_waits(|| open(&silent, "/"), 0);
}

#[test]
fn a_camera_that_is_left_is_taken_leave_of() {
    let picture = Packer::default().add(&jpegs(1)[0]).bytes();
    let server = Server::start([Script::PlayAndFreeze(picture)]);
    let mut camera = open(&server, "/live");
    frame(&mut camera);
    drop(camera);
    let last = server.heard().pop().unwrap();
    assert!(last.contains("TEARDOWN "), "{last}");
}

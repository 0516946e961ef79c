use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use creel_camera_source::mjpeg::Mjpeg;
use creel_camera_source::test::TestCamera;
use creel_camera_source::{Frame, PixelFormat, Size};
use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_testkit::contract;
use creel_testkit::http::{Reply, ScriptedServer};

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

/// The pictures as a stream that announces the wrong type and length.
fn stream(pictures: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"HTTP/1.0 200 OK\r\nContent-Type: application/x-whatever\r\n\r\n".to_vec();
    for picture in pictures {
        bytes.extend(b"--ffmpeg\r\nContent-type: text/plain\r\nContent-length: 7\r\n\r\n");
        bytes.extend(picture);
        bytes.extend(b"\r\n");
    }
    bytes
}

fn open(server: &ScriptedServer, rest: &str) -> Mjpeg {
    Mjpeg::new(format!("{}{rest}", server.url()).parse().unwrap())
}

fn next(camera: &mut Mjpeg) -> Result<Option<Frame>, SourceError> {
    camera.next(&Context::new())
}

fn frame(camera: &mut Mjpeg) -> Frame {
    next(camera).unwrap().expect("a live stream has no end")
}

/// Why the camera gives no frame, and whether it may give one later.
fn trouble(camera: &mut Mjpeg) -> (String, bool) {
    let error = next(camera).unwrap_err();
    (chain(&error), error.is_transient())
}

#[test]
fn pictures_pass_untouched_over_as_many_connections_as_it_takes() {
    let jpegs = jpegs(3);
    let torn = [&jpegs[..2], &[jpegs[2][..700].to_vec()]].concat();
    let server = ScriptedServer::start([
        Reply::Bytes(stream(&torn)),
        Reply::Bytes(stream(&jpegs[2..])),
    ]);
    let mut camera = open(&server, "/video");
    for (number, jpeg) in (0..).zip(&jpegs[..2]) {
        let frame = frame(&mut camera);
        assert_eq!((frame.number, frame.lost_before), (number, 0));
        assert_eq!(frame.size, Size::new(160, 160));
        assert_eq!(frame.format, PixelFormat::Jpeg);
        assert_eq!(frame.bytes, jpeg);
    }
    let (message, is_transient) = trouble(&mut camera);
    assert!(
        message.ends_with("/video: the stream has ended"),
        "{message}"
    );
    assert!(is_transient);
    let frame = frame(&mut camera);
    assert_eq!(frame.number, 2);
    assert_eq!(number_in(&frame.bytes), Some(2));
    assert_eq!(frame.lost_before, 1, "the torn picture is told");
}

#[test]
fn a_frozen_camera_is_found_out() {
    let jpegs = jpegs(1);
    let server = ScriptedServer::start([
        Reply::Stall(stream(&jpegs)),
        Reply::Stall(stream(&[])),
        Reply::Hang,
        Reply::Stall(stream(&jpegs)),
    ]);
    let mut camera = open(&server, "/#stall=0.05&first=0.07");
    frame(&mut camera);
    let (message, is_transient) = trouble(&mut camera);
    assert!(message.ends_with("no frame for 0.05 s"), "{message}");
    assert!(is_transient);
    for _ in 0..2 {
        let (message, is_transient) = trouble(&mut camera);
        assert!(
            message.ends_with("no first frame within 0.07 s"),
            "{message}"
        );
        assert!(is_transient);
    }
    assert_eq!(frame(&mut camera).number, 1);
}

#[test]
fn whatever_is_no_stream_says_what_to_do() {
    let check = |reply: Reply, rest: &str, expected: &str, is_transient: bool| {
        let server = ScriptedServer::start([reply.clone(), reply]);
        let url = server.url().replace("//", "//me:secret@") + rest;
        let mut camera = Mjpeg::new(url.parse().unwrap());
        let (message, transient) = trouble(&mut camera);
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("secret"), "{message}");
        assert_eq!(transient, is_transient, "{message}");
    };
    let page = Reply::text(200, "<html>no picture</html>");
    check(page, "/", "it sends text/plain and no JPEG picture", false);
    check(
        Reply::text(404, ""),
        "/",
        "no such stream (status 404)",
        false,
    );
    check(
        Reply::text(401, ""),
        "/?key=secret",
        "name and password",
        false,
    );
    check(
        Reply::text(503, ""),
        "/",
        "it answers with status 503",
        true,
    );
    check(
        Reply::Bytes(b"\xff\xd8 rubbish".to_vec()),
        "/",
        "cannot be reached",
        true,
    );
    check(Reply::Close, "/", "cannot be reached", true);
}

#[test]
fn name_and_password_go_to_a_camera_that_asks_in_the_way_it_asks() {
    let jpegs = jpegs(1);
    let digest = "Digest realm=\"cam\", qop=\"auth\", nonce=\"abc\", algorithm=MD5";
    let check = |asks: &str, expected: &str| {
        let asks = Reply::text(401, "").with_header("WWW-Authenticate", asks);
        let server = ScriptedServer::start([asks, Reply::Stall(stream(&jpegs))]);
        let url = server.url().replace("//", "//me:p%40ss@");
        frame(&mut Mjpeg::new(format!("{url}/v?sub=1").parse().unwrap()));
        let received = server.received();
        assert_eq!(received[0].header("authorization"), None);
        let sent = received[1].header("authorization").unwrap();
        assert!(sent.starts_with(expected), "{sent}");
        assert!(!sent.contains("p@ss"));
        assert_eq!(received[1].path, "/v?sub=1");
        sent.to_owned()
    };
    check("Basic realm=\"cam\"", "Basic bWU6cEBzcw==");
    check("Nonsense", "Basic bWU6cEBzcw==");
    let sent = check(digest, "Digest ");
    assert!(sent.contains("uri=\"/v?sub=1\"") && sent.contains("username=\"me\""));
}

#[test]
fn a_camera_without_a_name_and_password_says_that_it_wants_them() {
    let asks = Reply::text(401, "").with_header("WWW-Authenticate", "Basic realm=\"cam\"");
    let server = ScriptedServer::start([asks]);
    let (message, is_transient) = trouble(&mut open(&server, "/"));
    assert!(
        message.contains("write them as in http://NAME:PASSWORD@HOST/"),
        "{message}"
    );
    assert!(!is_transient);
}

#[test]
fn a_url_of_a_single_picture_is_asked_again() {
    let jpegs = jpegs(2);
    let mut answers = jpegs.clone().into_iter();
    let server = ScriptedServer::answering(move |_| match answers.next() {
        Some(jpeg) => Reply::Answer {
            status: 200,
            headers: vec![("Content-Type".into(), "image/jpeg".into())],
            body: jpeg,
        },
        None => Reply::Hang,
    });
    let mut camera = open(&server, "/snapshot.jpg");
    for jpeg in &jpegs {
        assert_eq!(frame(&mut camera).bytes, jpeg);
    }
}

#[test]
fn nobody_is_there_is_told_and_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut camera = Mjpeg::new(format!("http://{address}/").parse().unwrap());
    for _ in 0..2 {
        let (message, is_transient) = trouble(&mut camera);
        assert!(message.contains("is the camera on"), "{message}");
        assert!(is_transient);
    }
}

#[test]
fn a_camera_that_waits_keeps_the_contract() {
    let jpegs = jpegs(1);
    let server = ScriptedServer::answering(move |_| Reply::Stall(stream(&jpegs)));
    contract::source_waits(|| open(&server, "/"), 1);
    let silent = ScriptedServer::answering(|_| Reply::Hang);
    contract::source_waits(|| open(&silent, "/"), 0);
}

#[test]
fn a_camera_that_is_dropped_closes_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, closed) = mpsc::channel();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let picture = self::stream(&jpegs(1));
        std::io::Write::write_all(&mut stream, &picture).unwrap();
        // The request, and then the end.
        std::io::copy(&mut stream, &mut std::io::sink()).ok();
        seen.send(()).unwrap();
    });
    let mut camera = Mjpeg::new(format!("http://{address}/").parse().unwrap());
    frame(&mut camera);
    drop(camera);
    closed.recv().unwrap();
    server.join().unwrap();
}

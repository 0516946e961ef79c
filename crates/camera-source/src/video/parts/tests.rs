use std::io::ErrorKind;

use proptest::prelude::*;

use super::Parts;

fn stream(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = b"--ffmpeg\r\n".to_vec();
    for part in parts {
        stream.extend(b"Content-type: image/jpeg\r\nContent-length: ");
        stream.extend(part.len().to_string().bytes());
        stream.extend(b"\r\n\r\n");
        stream.extend(part);
        stream.extend(b"\r\n--ffmpeg\r\n");
    }
    stream
}

/// The parts up to the end, and why it ended if not where it may.
fn split(stream: &[u8]) -> (Vec<Vec<u8>>, Option<ErrorKind>) {
    let mut parts = Parts::new(stream);
    let mut found = Vec::new();
    loop {
        match parts.next() {
            Ok(Some(part)) => found.push(part),
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error.kind())),
        }
    }
}

#[test]
fn a_stream_without_parts_ends_at_once() {
    assert_eq!(split(b""), (vec![], None));
}

#[test]
fn what_ffmpeg_does_not_write_is_refused() {
    let check = |stream: &[u8]| assert_eq!(split(stream), (vec![], Some(ErrorKind::InvalidData)));
    check(b"--ffmpeg\r\nContent-length: many\r\n\r\n");
    check(b"--ffmpeg\r\nContent-length: 99999999999\r\n\r\n");
    check(b"something else\r\n");
    check(b"\xff\xd8\xff\xe0\n");
}

#[test]
fn a_stream_cut_anywhere_gives_the_parts_before_and_never_a_torn_one() {
    let parts = [b"0123456789".to_vec(), b"\r\n--ffmpeg\r\n".to_vec()];
    let whole = stream(&parts);
    let boundary = b"--ffmpeg\r\n".len();
    // Behind a content, behind the line end that follows it, and behind the boundary.
    let behind = |end: usize| [end - boundary - 2, end - boundary, end];
    let between = [
        vec![0, boundary],
        behind(stream(&parts[..1]).len()).to_vec(),
        behind(whole.len()).to_vec(),
    ]
    .concat();
    for cut in 0..=whole.len() {
        let (found, error) = split(&whole[..cut]);
        assert_eq!(found, parts[..found.len()], "cut at {cut}");
        let torn = (!between.contains(&cut)).then_some(ErrorKind::UnexpectedEof);
        assert_eq!(error, torn, "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn parts_come_out_as_they_went_in(
        parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..6),
    ) {
        prop_assert_eq!(split(&stream(&parts)), (parts, None));
    }
}

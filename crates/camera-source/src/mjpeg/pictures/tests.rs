use proptest::prelude::*;

use super::{JpegPicture, Pictures};
use crate::Size;

const BYTES_MAX: usize = 4096;

/// A JPEG of that size by its structure, with this coded content and everything that may stand in between.
fn picture(width: u16, height: u16, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    // A thumbnail, whole as a picture of its own.
    let thumbnail = b"\xff\xd8\xff\xda\x00\x02\x12\xff\xd9";
    bytes.extend(segment(0xe1, thumbnail));
    let [high, low] = height.to_be_bytes();
    let [wide, narrow] = width.to_be_bytes();
    bytes.extend(segment(0xc0, &[8, high, low, wide, narrow, 1, 1, 0x11, 0]));
    bytes.extend(segment(0xc4, &[0; 17]));
    bytes.push(0xff);
    bytes.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
    for &byte in content {
        bytes.push(byte);
        if byte == 0xff {
            bytes.push(0);
        }
    }
    bytes.extend([0xff, 0xd3, 0x01, 0xff, 0xff, 0xd9]);
    bytes
}

fn segment(code: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xff, code], &length.to_be_bytes()[..], content].concat()
}

/// What is found, and what is lost behind it.
fn found<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<JpegPicture>, u64) {
    let mut pictures = Pictures::new(BYTES_MAX);
    let mut found = Vec::new();
    for piece in pieces {
        pictures.push(piece, |picture| found.push(picture));
        assert!(pictures.byte_len() <= BYTES_MAX);
    }
    pictures.end();
    (found, pictures.lost())
}

fn whole(bytes: &[u8]) -> JpegPicture {
    JpegPicture {
        size: Size::new(320, 240),
        bytes: bytes.to_vec().into(),
        lost_before: 0,
    }
}

#[test]
fn pictures_are_found_whatever_stands_between_them() {
    let jpeg = picture(320, 240, b"one \xff two");
    let between: [&[u8]; 6] = [
        b"",
        b"\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n",
        b"--ffmpeg\r\nContent-type: application/octet-stream\r\n\r\n",
        b"\xff\xff",
        b"\xff\xd8",
        b"\x00\xff\xd9\xff\x00 and \xd8",
    ];
    for between in between {
        let stream = [between, &jpeg, between, &jpeg, between].concat();
        let expected = vec![whole(&jpeg), whole(&jpeg)];
        assert_eq!(found([&stream[..]]), (expected, 0), "{between:?}");
    }
}

#[test]
fn a_real_picture_is_one() {
    let mut jpeg = Vec::new();
    let pixels: Vec<u8> = (0..64 * 48 * 3).map(|byte| (byte / 64) as u8).collect();
    jpeg_encoder::Encoder::new(&mut jpeg, 90)
        .encode(&pixels, 64, 48, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    let (pictures, lost) = found([&jpeg[..]]);
    assert_eq!(lost, 0);
    assert_eq!(pictures.len(), 1);
    assert_eq!(pictures[0].size, Size::new(64, 48));
    assert_eq!(pictures[0].bytes, jpeg);
}

#[test]
fn a_picture_that_breaks_off_is_counted_and_harms_no_other() {
    let jpeg = picture(320, 240, b"some content");
    // Within the content, so that the next picture is seen to begin.
    let torn = &jpeg[..jpeg.len() - 8];
    let stream = [torn, b"\r\n--frame\r\n\r\n", &jpeg, torn].concat();
    let expected = JpegPicture {
        lost_before: 1,
        ..whole(&jpeg)
    };
    assert_eq!(found([&stream[..]]), (vec![expected], 1));
}

#[test]
fn a_picture_larger_than_allowed_is_lost_and_takes_no_memory() {
    let large = picture(320, 240, &[7; 2 * BYTES_MAX]);
    let small = picture(320, 240, b"small");
    let stream = [&large[..], &small].concat();
    let expected = JpegPicture {
        lost_before: 1,
        ..whole(&small)
    };
    assert_eq!(found(stream.chunks(100)), (vec![expected], 0));
}

#[test]
fn what_has_no_size_or_no_content_is_no_picture() {
    let sizeless = picture(320, 0, b"content");
    let empty = [&[0xff, 0xd8][..], &segment(0xe0, b"JFIF"), &[0xff, 0xd9]].concat();
    for bytes in [sizeless, empty] {
        assert_eq!(found([&bytes[..]]), (vec![], 1));
    }
    assert_eq!(found([&b"<html>\xff\xd8\xff\xd9</html>"[..]]), (vec![], 0));
}

proptest! {
    #[test]
    fn however_a_stream_is_cut_the_same_pictures_come_out(
        contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..5),
        rubbish in proptest::collection::vec(any::<u8>(), 0..40),
        cut in 1_usize..50,
    ) {
        let mut stream = Vec::new();
        for content in &contents {
            stream.extend(picture(320, 240, content));
            stream.extend(&rubbish);
        }
        let at_once = found([&stream[..]]);
        prop_assert_eq!(found(stream.chunks(cut)), at_once);
    }

    #[test]
    fn whatever_comes_a_picture_that_follows_pictures_is_found(
        rubbish in proptest::collection::vec(any::<u8>(), 0..2000),
    ) {
        // A length within the rubbish may swallow what follows it, but no more than that.
        let jpeg = picture(320, 240, b"content");
        let mut stream = rubbish;
        while stream.len() < 2 * usize::from(u16::MAX) {
            stream.extend(&jpeg);
        }
        let mut pictures = Pictures::new(usize::from(u16::MAX) * 2);
        let mut last = None;
        pictures.push(&stream, |picture| last = Some(picture.bytes));
        prop_assert_eq!(last.as_deref(), Some(&jpeg[..]));
    }
}

use proptest::prelude::*;

use super::{Layout, jpeg_end};
use crate::v4l2::{Format, PictureError};
use crate::{Frame, Moment, PixelFormat, Size};

fn layout(format: Format, width: u32, height: u32, stride: usize) -> Layout {
    Layout {
        format,
        size: Size::new(width, height),
        stride,
    }
}

/// A real JPEG, which has entropy-coded data with escaped bytes.
fn jpeg(seed: u8) -> Vec<u8> {
    let size = Size::new(64, 48);
    let noise = (0..size.pixels() * 3)
        .map(|at| ((at as u32).wrapping_mul(2_654_435_761) >> 13) as u8 ^ seed);
    let frame = Frame {
        number: 0,
        captured_at: Moment::now(),
        size,
        format: PixelFormat::Rgb8,
        bytes: noise.collect(),
        sequence: None,
        lost_before: 0,
        name: None,
    };
    frame.to_jpeg().unwrap().into()
}

#[test]
fn rows_lose_their_padding() {
    let check = |layout: Layout, buffer: &[u8], expected: &[u8]| {
        assert_eq!(layout.take(buffer).unwrap(), expected, "{layout:?}");
    };
    let grey = [1, 2, 3, 0, 4, 5, 6, 0];
    check(layout(Format::Grey, 3, 2, 4), &grey, &[1, 2, 3, 4, 5, 6]);
    // The last row may lack its padding.
    check(
        layout(Format::Grey, 3, 2, 4),
        &grey[..7],
        &[1, 2, 3, 4, 5, 6],
    );
    check(layout(Format::Grey, 4, 2, 4), &grey, &grey);
    // A driver may not tell how its rows lie: then they are not padded.
    check(layout(Format::Grey, 4, 2, 0), &grey, &grey);
    let yuyv = [1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0];
    check(
        layout(Format::Yuyv, 2, 2, 6),
        &yuyv,
        &[1, 2, 3, 4, 5, 6, 7, 8],
    );
    let rgb = [1, 2, 3, 0, 4, 5, 6, 0];
    check(layout(Format::Rgb3, 1, 2, 4), &rgb, &[1, 2, 3, 4, 5, 6]);
    let nv12 = [1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0];
    check(layout(Format::Nv12, 2, 2, 4), &nv12, &[1, 2, 3, 4, 5, 6]);
    // What follows a picture is not part of it.
    check(
        layout(Format::Grey, 2, 2, 2),
        &[1, 2, 3, 4, 9, 9],
        &[1, 2, 3, 4],
    );
}

#[test]
fn a_picture_that_is_not_whole_is_refused() {
    let error = layout(Format::Yuyv, 4, 2, 8).take(&[0; 15]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a picture of 4x2 in YUYV takes 16 bytes, the camera gave 15"
    );
    let error = layout(Format::Mjpg, 4, 2, 0).take(&[]).unwrap_err();
    assert!(matches!(error, PictureError::Empty), "{error}");
    let error = layout(Format::Mjpg, 4, 2, 0).take(b"\xFF\xD9\xFF\xD8");
    assert!(matches!(error, Err(PictureError::NotJpeg)));
}

#[test]
fn a_jpeg_ends_at_its_own_end() {
    let (old, jpeg) = (jpeg(0), jpeg(85));
    let layout = layout(Format::Mjpg, 64, 48, 0);
    assert_eq!(layout.take(&jpeg).unwrap(), jpeg);
    // What is behind it is left of an older picture, whose end must not be mistaken.
    let mut buffer = jpeg.clone();
    buffer.extend_from_slice(&old[old.len() / 2..]);
    buffer.extend_from_slice(&[0; 1000]);
    assert_eq!(layout.take(&buffer).unwrap(), jpeg);
}

#[test]
fn a_small_picture_within_a_segment_is_not_the_end() {
    let jpeg = jpeg(0);
    let mut with_thumbnail = jpeg[..2].to_vec();
    with_thumbnail.extend_from_slice(&[0xFF, 0xE1, 0, 8, 0xFF, 0xD8, 0xFF, 0xD9, 0, 0]);
    with_thumbnail.extend_from_slice(&jpeg[2..]);
    assert_eq!(jpeg_end(&with_thumbnail), Some(with_thumbnail.len()));
}

#[test]
fn a_jpeg_without_an_end_stays_as_it_is() {
    let jpeg = jpeg(0);
    let layout = layout(Format::Mjpg, 64, 48, 0);
    for cut in 2..jpeg.len() {
        assert_eq!(jpeg_end(&jpeg[..cut]), None, "cut at {cut}");
        assert_eq!(layout.take(&jpeg[..cut]).unwrap(), jpeg[..cut]);
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [b"\xFF\xD8".as_slice(), &bytes].concat();
        if let Some(end) = jpeg_end(&bytes) {
            prop_assert!(end <= bytes.len());
            prop_assert!(bytes[..end].ends_with(&[0xD9]));
        }
    }
}

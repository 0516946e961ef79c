use bytes::Bytes;

use super::{EncodeError, Frame, Moment, PixelFormat};
use crate::Size;

fn frame(size: Size, format: PixelFormat, bytes: impl Into<Bytes>) -> Frame {
    Frame {
        number: 0,
        captured_at: Moment::now(),
        size,
        format,
        bytes: bytes.into(),
        sequence: None,
        name: None,
    }
}

#[test]
fn a_jpeg_passes_through_untouched() {
    let bytes = Bytes::from_static(b"not even looked at");
    let frame = frame(Size::new(3, 2), PixelFormat::Jpeg, bytes.clone());
    assert_eq!(frame.to_jpeg().unwrap().as_ptr(), bytes.as_ptr());
}

#[test]
fn raw_pixels_come_back_from_the_jpeg_nearly_the_same() {
    let size = Size::new(16, 8);
    for (format, pixel) in [
        (PixelFormat::Rgb8, &[200u8, 60, 30][..]),
        (PixelFormat::Luma8, &[90]),
    ] {
        let frame = frame(size, format, pixel.repeat(size.pixels()));
        let picture = image::load_from_memory(&frame.to_jpeg().unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (16, 8));
        assert_eq!(picture.as_bytes().len(), frame.byte_len());
        for (&sent, &found) in frame.bytes.iter().zip(picture.as_bytes()) {
            assert!(sent.abs_diff(found) < 8, "{format}: {sent} became {found}");
        }
    }
}

#[test]
fn bytes_that_are_no_such_picture_are_refused() {
    let error = frame(Size::new(4, 4), PixelFormat::Rgb8, vec![0; 47])
        .to_jpeg()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "a picture of 4x4 in RGB has 48 bytes, this one 47"
    );
}

#[test]
fn a_side_that_no_jpeg_can_have_is_refused() {
    for width in [0, 65_536] {
        let size = Size::new(width, 1);
        let error = frame(size, PixelFormat::Luma8, vec![0; size.pixels()])
            .to_jpeg()
            .unwrap_err();
        assert!(
            matches!(error, EncodeError::Size(refused) if refused == size),
            "{error}"
        );
    }
}

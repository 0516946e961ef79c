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
        lost_before: 0,
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

#[test]
fn every_format_of_picture_file_becomes_a_jpeg() {
    let size = Size::new(8, 8);
    let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([200, 60, 30]));
    for (format, file_format) in [
        (PixelFormat::Png, image::ImageFormat::Png),
        (PixelFormat::Bmp, image::ImageFormat::Bmp),
        (PixelFormat::Gif, image::ImageFormat::Gif),
        (PixelFormat::WebP, image::ImageFormat::WebP),
    ] {
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, file_format).unwrap();
        let result = frame(size, format, file.into_inner()).to_jpeg();
        if cfg!(feature = "image") {
            let decoded = image::load_from_memory(&result.unwrap())
                .unwrap()
                .into_rgb8();
            let [red, green, blue] = decoded.get_pixel(4, 4).0;
            assert!(red.abs_diff(200) < 10 && green.abs_diff(60) < 10 && blue.abs_diff(30) < 10);
        } else {
            let message = result.unwrap_err().to_string();
            assert!(message.contains("need the feature `image`"), "{message}");
        }
    }
}

#[cfg(feature = "image")]
#[test]
fn what_is_transparent_becomes_white() {
    let picture = image::RgbaImage::from_pixel(8, 8, image::Rgba([0, 0, 0, 0]));
    let mut file = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    let frame = frame(Size::new(8, 8), PixelFormat::Png, file.into_inner());
    let decoded = image::load_from_memory(&frame.to_jpeg().unwrap()).unwrap();
    assert!(
        decoded
            .into_rgb8()
            .pixels()
            .all(|pixel| pixel.0.iter().all(|&channel| channel > 250))
    );
}

#[cfg(feature = "image")]
#[test]
fn a_spoilt_picture_file_is_told_as_one() {
    let frame = frame(Size::new(8, 8), PixelFormat::Png, &b"\x89PNG\r\n\x1a\n"[..]);
    let error = frame.to_jpeg().unwrap_err();
    assert_eq!(error.to_string(), "the PNG picture cannot be decoded");
}

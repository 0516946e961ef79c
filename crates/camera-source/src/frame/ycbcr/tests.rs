use jpeg_encoder::ImageBuffer;
use proptest::prelude::*;

use super::{Chroma, Ycbcr};
use crate::{Frame, Moment, PixelFormat, Range, Size};

/// A picture of one colour in brightness, blue and red.
fn plain(chroma: Chroma, size: Size, [luma, blue, red]: [u8; 3]) -> Vec<u8> {
    match chroma {
        Chroma::Yuyv => [luma, blue, luma, red].repeat(chroma.byte_len(size) / 4),
        Chroma::Nv12 => {
            let mut pixels = vec![luma; size.pixels()];
            pixels.extend([blue, red].repeat((chroma.byte_len(size) - size.pixels()) / 2));
            pixels
        }
    }
}

/// The colour that a picture has everywhere, once it was a JPEG.
fn decoded(format: PixelFormat, size: Size, pixels: Vec<u8>) -> [u8; 3] {
    let frame = Frame {
        number: 0,
        captured_at: Moment::now(),
        size,
        format,
        bytes: pixels.into(),
        sequence: None,
        lost_before: 0,
        name: None,
    };
    let picture = image::load_from_memory(&frame.to_jpeg().unwrap()).unwrap();
    assert_eq!(
        (picture.width(), picture.height()),
        (size.width, size.height)
    );
    let picture = picture.into_rgb8();
    let first = picture.get_pixel(0, 0).0;
    assert!(picture.pixels().all(|pixel| pixel.0 == first));
    first
}

/// What these formats mean, by the book: ITU-R BT.601.
fn reference(range: Range, [luma, blue, red]: [u8; 3]) -> [u8; 3] {
    let (luma, blue, red) = (f64::from(luma), f64::from(blue), f64::from(red));
    let (luma, blue, red) = match range {
        Range::Limited => (
            (luma - 16.0) / 219.0,
            (blue - 128.0) / 224.0,
            (red - 128.0) / 224.0,
        ),
        Range::Full => (luma / 255.0, (blue - 128.0) / 255.0, (red - 128.0) / 255.0),
    };
    [
        luma + 1.402 * red,
        luma - 0.344_136 * blue - 0.714_136 * red,
        luma + 1.772 * blue,
    ]
    .map(|channel| (255.0 * channel).round().clamp(0.0, 255.0) as u8)
}

#[test]
fn colours_are_those_of_the_standard_in_both_ranges() {
    let size = Size::new(18, 10);
    for range in [Range::Limited, Range::Full] {
        for colour in [
            [16, 128, 128],
            [235, 128, 128],
            [126, 128, 128],
            [81, 90, 240],
            [145, 54, 34],
            [41, 240, 110],
            [180, 100, 150],
        ] {
            let expected = reference(range, colour);
            for (chroma, format) in [
                (Chroma::Yuyv, PixelFormat::Yuyv(range)),
                (Chroma::Nv12, PixelFormat::Nv12(range)),
            ] {
                let found = decoded(format, size, plain(chroma, size, colour));
                let is_near = expected.iter().zip(found).all(|(&a, b)| a.abs_diff(b) < 6);
                assert!(
                    is_near,
                    "{format} {range:?} {colour:?}: {found:?}, not {expected:?}"
                );
            }
        }
    }
}

#[test]
fn pictures_with_odd_sides_are_whole() {
    for (width, height) in [(1, 1), (17, 9), (7, 16), (16, 7)] {
        let size = Size::new(width, height);
        let colour = [126, 128, 128];
        let yuyv = plain(Chroma::Yuyv, size, colour);
        decoded(PixelFormat::Yuyv(Range::Limited), size, yuyv);
        let nv12 = plain(Chroma::Nv12, size, colour);
        decoded(PixelFormat::Nv12(Range::Limited), size, nv12);
    }
}

#[test]
fn the_length_is_checked() {
    for format in [
        PixelFormat::Yuyv(Range::Limited),
        PixelFormat::Nv12(Range::Limited),
    ] {
        let frame = Frame {
            number: 0,
            captured_at: Moment::now(),
            size: Size::new(16, 16),
            format,
            bytes: vec![0; 100].into(),
            sequence: None,
            lost_before: 0,
            name: None,
        };
        let message = frame.to_jpeg().unwrap_err().to_string();
        assert!(message.contains("this one 100"), "{message}");
    }
}

/// A picture in both layouts, and the brightness and colours of each of its pixels.
fn picture() -> impl Strategy<Value = (Chroma, u16, u16, Vec<u8>)> {
    (
        prop_oneof![Just(Chroma::Yuyv), Just(Chroma::Nv12)],
        1..40u16,
        1..20u16,
    )
        .prop_flat_map(|(chroma, width, height)| {
            let size = Size::new(width.into(), height.into());
            let pixels = proptest::collection::vec(any::<u8>(), chroma.byte_len(size));
            (Just(chroma), Just(width), Just(height), pixels)
        })
}

proptest! {
    #[test]
    fn each_pixel_has_its_own_brightness_and_that_of_its_pair_in_colour(
        (chroma, width, height, pixels) in picture()
    ) {
        let image = Ycbcr::new(chroma, Range::Full, (width, height), &pixels);
        let (columns, rows) = (usize::from(width), usize::from(height));
        let pairs = columns.div_ceil(2);
        for y in 0..rows {
            let mut buffers = [const { Vec::new() }; 4];
            image.fill_buffers(y as u16, &mut buffers);
            // Where the brightness, the blue and the red of a pixel of this row stand.
            let places = |x: usize| match chroma {
                Chroma::Yuyv => {
                    let quad = 4 * (y * pairs + x / 2);
                    [quad + 2 * (x % 2), quad + 1, quad + 3]
                }
                Chroma::Nv12 => {
                    let pair = columns * rows + 2 * (y / 2 * pairs + x / 2);
                    [y * columns + x, pair, pair + 1]
                }
            };
            for (channel, found) in buffers[..3].iter().enumerate() {
                let expected: Vec<u8> = (0..columns).map(|x| pixels[places(x)[channel]]).collect();
                prop_assert_eq!(found, &expected);
            }
        }
    }
}

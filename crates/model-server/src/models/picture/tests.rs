use jpeg_encoder::{ColorType as JpegColor, Encoder as JpegEncoder};
use png::{BitDepth, ColorType};

use super::*;

fn png(colors: ColorType, depth: BitDepth, (width, height): (u32, u32), pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colors);
    encoder.set_depth(depth);
    if colors == ColorType::Indexed {
        encoder.set_palette(vec![0, 0, 0, 255, 255, 255, 255, 0, 0]);
    }
    encoder
        .write_header()
        .unwrap()
        .write_image_data(pixels)
        .unwrap();
    bytes
}

#[track_caller]
fn check_png(colors: ColorType, depth: BitDepth, row: &[u8], expected: &[u8]) {
    let picture = Picture::decode(&png(colors, depth, (expected.len() as u32, 1), row)).unwrap();
    assert_eq!((picture.width, picture.height), (expected.len(), 1));
    assert_eq!(picture.luma, expected, "{colors:?}");
}

#[test]
fn every_kind_of_png_becomes_grey() {
    check_png(
        ColorType::Grayscale,
        BitDepth::Eight,
        &[0, 100, 255],
        &[0, 100, 255],
    );
    check_png(
        ColorType::Grayscale,
        BitDepth::One,
        &[0b0110_0000],
        &[0, 255, 255, 0],
    );
    check_png(
        ColorType::Grayscale,
        BitDepth::Sixteen,
        &[0, 0, 255, 255],
        &[0, 255],
    );
    check_png(
        ColorType::Rgb,
        BitDepth::Eight,
        &[255, 0, 0, 0, 255, 0, 0, 0, 255],
        &[76, 150, 29],
    );
    check_png(
        ColorType::Indexed,
        BitDepth::Eight,
        &[0, 1, 2],
        &[0, 255, 76],
    );
}

#[test]
fn what_is_transparent_is_seen_on_white() {
    check_png(
        ColorType::GrayscaleAlpha,
        BitDepth::Eight,
        &[0, 0, 0, 255, 0, 128],
        &[255, 0, 127],
    );
    check_png(
        ColorType::Rgba,
        BitDepth::Eight,
        &[9, 9, 9, 0, 9, 9, 9, 255],
        &[255, 9],
    );
}

#[track_caller]
fn check_jpeg(colors: JpegColor, pixel: &[u8], expected: u8) {
    let (width, height) = (33, 17);
    let pixels = pixel.repeat(width * height);
    let mut bytes = Vec::new();
    JpegEncoder::new(&mut bytes, 95)
        .encode(&pixels, width as u16, height as u16, colors)
        .unwrap();
    let picture = Picture::decode(&bytes).unwrap();
    assert_eq!((picture.width, picture.height), (width, height));
    assert_eq!(picture.luma.len(), width * height);
    for luma in picture.luma {
        assert!(
            luma.abs_diff(expected) <= 3,
            "{luma} is not about {expected}"
        );
    }
}

#[test]
fn every_kind_of_jpeg_becomes_grey() {
    check_jpeg(JpegColor::Luma, &[200], 200);
    check_jpeg(JpegColor::Rgb, &[255, 0, 0], 76);
    check_jpeg(JpegColor::Cmyk, &[0, 255, 255, 0], 76);
}

#[test]
fn what_is_no_picture_is_told_apart() {
    assert!(matches!(Picture::decode(b""), Err(PictureError::Empty)));
    assert!(matches!(
        Picture::decode(b"GIF89a"),
        Err(PictureError::Format)
    ));
    assert!(matches!(
        Picture::decode(b"\xff\xd8\xff\xe0rubbish"),
        Err(PictureError::Jpeg(_))
    ));
    let whole = png(ColorType::Grayscale, BitDepth::Eight, (2, 1), &[1, 2]);
    let torn = Picture::decode(&whole[..whole.len() / 2]);
    assert!(matches!(torn, Err(PictureError::Png(_))));
}

#[test]
fn a_small_file_of_a_huge_picture_is_not_unfolded() {
    let mut bytes = png(ColorType::Grayscale, BitDepth::Eight, (2, 1), &[1, 2]);
    // Width and height are the first fields of the header chunk; its checksum closes it.
    bytes[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
    let checksum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert!(matches!(
        Picture::decode(&bytes),
        Err(PictureError::Size {
            width: 0x8000,
            height: 0x8000
        })
    ));
}

/// The checksum of PNG, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |checksum, &byte| {
        (0..8).fold(checksum ^ u32::from(byte), |rest, _| {
            (rest >> 1) ^ if rest & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

use proptest::prelude::*;

use self::reader::number_in;
use super::Picture;
use crate::test::marks;
use crate::{Frame, Moment, PixelFormat, Size};

#[path = "../../../tests/it/reader.rs"]
mod reader;

fn frame(picture: &mut Picture, number: u64) -> Frame {
    Frame {
        number,
        captured_at: Moment::now(),
        size: picture.size,
        format: PixelFormat::Rgb8,
        bytes: picture.draw(number).into(),
        sequence: None,
        lost_before: 0,
        name: None,
    }
}

fn check(size: Size, seed: u64, numbers: impl IntoIterator<Item = u64>) {
    let mut picture = Picture::new(size, seed);
    for number in numbers {
        let jpeg = frame(&mut picture, number).to_jpeg().unwrap();
        assert_eq!(number_in(&jpeg), Some(number), "{size}, seed {seed}");
    }
}

const VGA: Size = Size::new(640, 480);
const QVGA: Size = Size::new(320, 240);

#[test]
fn small_and_large_numbers_can_be_read_back() {
    let sample = (0..12).chain((12..2000).step_by(173));
    check(VGA, 0, sample.clone());
    check(QVGA, 1, sample);
    let ends = (1..20).map(|digits| 10u64.pow(digits) - 1);
    check(QVGA, 2, ends.chain([u64::MAX]));
}

#[test]
fn marks_can_be_read_back_at_the_limits_of_size() {
    check(Size::new(160, 160), 0, [0, 7, 1_000_000]);
    check(Size::new(161, 1000), 0, [8]);
    check(Size::new(1000, 193), 0, [9]);
    check(Size::new(1920, 1080), 0, [10]);
}

#[test]
#[ignore = "takes minutes without optimization; the sample above is the ordinary check"]
fn every_number_to_2000_can_be_read_back() {
    for seed in 0..3 {
        check(VGA, seed, 0..=2000);
        check(QVGA, seed, 0..=2000);
    }
}

#[test]
fn neighbouring_pictures_differ_beside_the_marks() {
    let mut picture = Picture::new(QVGA, 0);
    let last_row = |bytes: Vec<u8>| bytes[bytes.len() - 320 * 3..].to_vec();
    let (first, second) = (picture.draw(5), picture.draw(6));
    assert_eq!(picture.draw(5), first);
    assert_ne!(last_row(first), last_row(second));
}

/// The columns of the digits' plate that hold ink.
fn inked_columns(picture: &mut Picture, number: u64) -> Vec<u32> {
    let plate = marks(picture.size).digits;
    let width = picture.size.width;
    let pixels = picture.draw(number);
    let is_dark = |x: u32, y: u32| pixels[((y * width + x) * 3) as usize] < 100;
    let inset = plate.height / 10;
    (plate.x + 1..plate.x + plate.width - 1)
        .filter(|&x| (plate.y + inset..plate.y + plate.height - inset).any(|y| is_dark(x, y)))
        .collect()
}

#[test]
fn as_many_digits_are_drawn_as_the_number_has() {
    for size in [QVGA, VGA] {
        for (number, digits) in [(0, 1), (47, 2), (502, 3), (98_765, 5), (u64::MAX, 20)] {
            let columns = inked_columns(&mut Picture::new(size, 0), number);
            let gaps = columns.windows(2).filter(|pair| pair[1] - pair[0] > 1);
            assert_eq!(gaps.count() + 1, digits, "{number} at {size}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_number_can_be_read_back(number: u64, seed: u64) {
        check(QVGA, seed, [number]);
    }
}

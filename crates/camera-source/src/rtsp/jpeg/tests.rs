use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

use super::Assembly;

/// A picture of our own encoder, and where its coded part begins.
fn picture(quality: u8, sampling: SamplingFactor) -> (Vec<u8>, usize) {
    let pixels: Vec<u8> = (0..64 * 48 * 3)
        .map(|at: u32| (at * at / 99) as u8)
        .collect();
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(sampling);
    encoder.encode(&pixels, 64, 48, ColorType::Rgb).unwrap();
    let scan = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xda])
        .unwrap();
    (jpeg, scan + 14)
}

/// The packets of a coded picture, behind headers of this kind and quality.
fn packets(coded: &[u8], kind: u8, quality: u8) -> Vec<Vec<u8>> {
    let mut offset = 0_u32;
    let mut packets = Vec::new();
    for piece in coded.chunks(200) {
        let [_, high, middle, low] = offset.to_be_bytes();
        let mut packet = vec![0, high, middle, low, kind, quality, 8, 6];
        packet.extend(piece);
        packets.push(packet);
        offset += piece.len() as u32;
    }
    packets
}

fn pixels(jpeg: &[u8]) -> Vec<u8> {
    image::load_from_memory(jpeg)
        .unwrap()
        .into_rgb8()
        .into_raw()
}

#[test]
fn a_picture_without_tables_has_those_of_its_quality() {
    let check = |quality, kind, sampling| {
        let (jpeg, at) = picture(quality, sampling);
        let packets = packets(&jpeg[at..jpeg.len() - 2], kind, quality);
        let (last, others) = packets.split_last().unwrap();
        let mut assembly = Assembly::default();
        for packet in others {
            assert_eq!(assembly.push(packet, false), None);
        }
        let whole = assembly.push(last, true).unwrap();
        assert_eq!(pixels(&whole), pixels(&jpeg), "quality {quality}");
    };
    for quality in [5, 50, 80, 99] {
        check(quality, 0, SamplingFactor::F_2_1);
        check(quality, 1, SamplingFactor::F_2_2);
    }
}

#[test]
fn a_picture_from_which_a_packet_is_missing_is_none_and_the_next_is_whole() {
    let (jpeg, at) = picture(80, SamplingFactor::F_2_2);
    let packets = packets(&jpeg[at..], 1, 80);
    assert!(packets.len() > 3);
    for missing in 0..packets.len() {
        let mut assembly = Assembly::default();
        let mut whole = 0;
        for round in 0..3 {
            for (index, packet) in packets.iter().enumerate() {
                let is_last = index + 1 == packets.len();
                if round == 1 && index == missing {
                    continue;
                }
                whole += usize::from(assembly.push(packet, is_last).is_some());
            }
        }
        assert_eq!(whole, 2, "without packet {missing}");
    }
}

proptest! {
    #[test]
    fn whatever_comes_is_no_panic(
        packets in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..200), any::<bool>()), 0..6),
    ) {
        let mut assembly = Assembly::default();
        for (mut packet, is_last) in packets {
            // Often a first one.
            packet.iter_mut().take(4).for_each(|byte| *byte &= 1);
            assembly.push(&packet, is_last);
        }
    }
}

use std::sync::Arc;

use bytes::Bytes;
use creel_protocols::{Image, Payload};

use super::{Known, SeenFrame, decode, encode};
use crate::input::{Content, Item};
use crate::record::{CapturedAt, Key};
use crate::run_id::RunId;

fn frame(run: &RunId, number: u64) -> Item {
    Item {
        key: Key::Frame {
            run: run.clone(),
            camera: Arc::from("front door"),
            frame: number,
            name: None,
        },
        captured_at: CapturedAt::new(std::time::SystemTime::now()),
        content: Content::Payload(Payload::Image(Image {
            media_type: "image/jpeg".to_owned(),
            bytes: Bytes::from_static(b"\xff\xd8 picture \xff\xd9"),
        })),
        lost_before: 3,
        original: None,
        encoded: std::sync::OnceLock::new(),
    }
}

#[test]
fn a_frame_comes_back_with_its_key_its_time_and_its_picture() {
    let item = frame(&RunId::new(), 17);
    let read = decode(&encode(&item).unwrap()).unwrap();
    assert_eq!((read.key, read.captured_at), (item.key, item.captured_at));
    let Content::Payload(Payload::Image(image)) = read.content else {
        panic!("a picture went in");
    };
    assert_eq!(image.media_type, "image/jpeg");
    assert_eq!(&image.bytes[..], b"\xff\xd8 picture \xff\xd9");
}

#[test]
fn an_entry_cut_within_its_header_is_refused() {
    let item = frame(&RunId::new(), 17);
    let entry = encode(&item).unwrap();
    let picture = b"\xff\xd8 picture \xff\xd9".len();
    for length in 0..entry.len() - picture {
        assert!(decode(&entry[..length]).is_err(), "{length}");
    }
}

#[test]
fn a_frame_is_known_by_its_run_camera_and_number_together() {
    let (ours, other) = (RunId::new(), RunId::new());
    let mut known = Known::default();
    known.insert(SeenFrame {
        run: ours.clone(),
        camera: Arc::from("front door"),
        frame: 17,
    });
    assert!(known.contains(&frame(&ours, 17)));
    assert!(!known.contains(&frame(&ours, 18)));
    assert!(!known.contains(&frame(&other, 17)));
}

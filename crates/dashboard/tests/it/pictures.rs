use std::time::{Duration, Instant};

use bytes::Bytes;
use creel_dashboard::{Answer, Picture};
use serde_json::{Value, json};

use crate::client::{events, get};
use crate::run::{settings, start};

/// The beginning of a PNG of 200x100 pixels, which is enough to know its size.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\xc8\0\0\0\x64\x08\x02\0\0\0";

fn outputs(answer: Value) -> Answer {
    let Value::Object(outputs) = answer else {
        unreachable!()
    };
    Answer::Outputs(outputs)
}

fn picture(number: u64) -> Picture {
    Picture::encoded(number, Instant::now(), Bytes::from_static(PNG))
}

#[test]
fn a_picture_comes_in_one_piece_with_what_is_drawn_over_it() {
    let (dashboard, address) = start(settings());
    let easel = dashboard.easel(0).unwrap();
    let answer = json!({"text": ["7"], "corners": [20, 10, 60, 10, 60, 40, 20, 40]});
    easel.answered(picture(7), outputs(answer));
    let shot = get(address, "/sources/0/shot", "").body;
    let (length, rest) = shot.split_first_chunk::<4>().unwrap();
    let (head, png) = rest.split_at(u32::from_le_bytes(*length) as usize);
    assert_eq!(png, PNG);
    let head: Value = serde_json::from_slice(head).unwrap();
    assert_eq!(
        head,
        json!({
            "number": 7, "width": 200, "height": 100, "media_type": "image/png",
            "is_answered": true, "failure": null, "texts": [],
            "shapes": [{"label": "7", "score": null, "points": [[0.1, 0.1], [0.3, 0.1], [0.3, 0.4], [0.1, 0.4]]}],
        })
    );
    let alone = get(address, "/sources/0/picture", "");
    assert_eq!(
        (alone.header("content-type"), &*alone.body),
        (Some("image/png"), PNG)
    );
}

#[test]
fn a_picture_comes_with_its_age_which_grows() {
    let (dashboard, address) = start(settings());
    let easel = dashboard.easel(0).unwrap();
    let captured = Instant::now().checked_sub(Duration::from_secs(3)).unwrap();
    easel.captured(Picture::encoded(1, captured, Bytes::from_static(PNG)));
    // The second comes from what was made for the first.
    for _ in 0..2 {
        let before = captured.elapsed().as_secs_f64();
        let shot = get(address, "/sources/0/shot", "");
        let age: f64 = shot.header("creel-captured-age").unwrap().parse().unwrap();
        let after = captured.elapsed().as_secs_f64();
        assert!(before - 1e-6 < age && age < after + 1e-6, "{age}");
    }
}

#[test]
fn a_failure_is_told_with_its_picture() {
    let (dashboard, address) = start(settings());
    let easel = dashboard.easel(0).unwrap();
    easel.answered(picture(1), Answer::Failed("out of order".into()));
    let shot = get(address, "/sources/0/shot", "").body;
    let text = String::from_utf8_lossy(&shot);
    assert!(
        text.contains(r#""is_answered":false,"failure":"out of order""#),
        "{text}"
    );
}

#[test]
fn where_there_is_no_picture_there_is_none() {
    let (dashboard, address) = start(settings());
    for path in ["/sources/0/shot", "/sources/0/picture", "/sources/1/shot"] {
        assert_eq!(get(address, path, "").status, 404);
    }
    let easel = dashboard.easel(0).unwrap();
    let torn = Picture::encoded_by(0, Instant::now(), || Err("torn".into()));
    easel.captured(torn);
    assert_eq!(get(address, "/sources/0/shot", "").status, 404);
    assert!(dashboard.easel(1).is_none());
}

#[test]
fn a_page_is_told_of_each_picture_that_can_be_had() {
    let (dashboard, address) = start(settings());
    let (mut client, _) = events(address);
    let easel = dashboard.easel(0).unwrap();
    for (number, name) in [(3, "3c"), (4, "4c")] {
        easel.captured(picture(number));
        loop {
            let (event, data) = client.event().unwrap();
            let data: Value = serde_json::from_str(&data).unwrap();
            if event == "pictures" && data["easels"][0]["shown"] == name {
                break;
            }
        }
    }
}

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{CapturedAt, Id, Key, Milliseconds, Record, Seen, Status};

fn check(record: &Record, expected: &str) {
    assert_eq!(serde_json::to_string(record).unwrap(), expected);
}

#[test]
fn a_frame_that_was_answered_says_what_when_and_how_fast() {
    let answer = json!({"text": ["7"]});
    check(
        &Record {
            key: Key::Frame {
                run: serde_json::from_value(json!("monday")).unwrap(),
                camera: "test".into(),
                frame: 7,
                name: None,
            },
            captured_at: CapturedAt::new(
                SystemTime::UNIX_EPOCH + Duration::from_micros(1_750_000_000_120_900),
            ),
            status: Status::Answered,
            answer: answer.as_object().cloned(),
            error: None,
            latency_ms: Some(Milliseconds(Duration::from_nanos(12_345_678))),
            original: None,
            picture: None,
        },
        r#"{"run":"monday","camera":"test","frame":7,"captured_at":"2025-06-15T15:06:40.120Z","status":"answered","answer":{"text":["7"]},"latency_ms":12.345}"#,
    );
}

#[test]
fn what_is_absent_is_left_out() {
    check(
        &Record {
            key: Key::Item {
                index: 1,
                id: Id::from(3),
            },
            captured_at: None,
            status: Status::Dropped,
            answer: None,
            error: Some("interrupted".into()),
            latency_ms: None,
            original: Some("not written".into()),
            picture: None,
        },
        r#"{"index":1,"id":3,"status":"dropped","error":"interrupted"}"#,
    );
}

#[test]
fn a_request_of_a_batch_file_is_answered_in_the_form_of_such_files() {
    let answered = Record {
        key: Key::Request {
            index: 7,
            custom_id: "a".into(),
        },
        captured_at: None,
        status: Status::Answered,
        answer: json!({"id": "chat-1", "choices": []}).as_object().cloned(),
        error: None,
        latency_ms: None,
        original: None,
        picture: None,
    };
    let failed = Record {
        status: Status::Failed,
        answer: None,
        error: Some("gone".into()),
        ..answered.clone()
    };
    for (record, expected) in [
        (
            answered,
            r#"{"id":"batch_req_7","custom_id":"a","response":{"status_code":200,"request_id":"chat-1","body":{"id":"chat-1","choices":[]}},"error":null}"#,
        ),
        (
            failed,
            r#"{"id":"batch_req_7","custom_id":"a","response":null,"error":{"code":"request_failed","message":"gone"}}"#,
        ),
    ] {
        let line = serde_json::to_string(&record.reply().unwrap()).unwrap();
        assert_eq!(line, expected);
        let seen: Seen = serde_json::from_str(&line).unwrap();
        assert_eq!((seen.index, seen.status), (7, record.status));
    }
    let foreign = serde_json::from_str::<Seen>(r#"{"id":"x"}"#).unwrap_err();
    assert!(foreign.to_string().contains("`index`"), "{foreign}");
}

#[test]
fn a_whole_second_is_written_with_its_milliseconds() {
    let time = CapturedAt::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    assert_eq!(json!(time), json!("1970-01-01T00:00:01.000Z"));
}

use serde_json::{Map, json};

use super::*;
use crate::Protocol;
use crate::sample::{answered, body, complaint, objection, picture, refusal, reply, text};

fn roboflow() -> Roboflow {
    Roboflow::new("chess/3")
}

#[test]
fn a_picture_goes_along_in_base64_with_the_model_and_the_key() {
    let parameters = Map::from_iter([("confidence".to_owned(), json!(0.4))]);
    let protocol = roboflow()
        .with_api_key(Secret::new("xyzzy"))
        .with_parameters(parameters);
    assert_eq!(
        body(protocol, &picture()),
        json!({"model_id": "chess/3", "api_key": "xyzzy", "confidence": 0.4,
            "image": {"type": "base64", "value": "/9j/"}})
    );
    assert_eq!(body(roboflow(), &picture()).get("api_key"), None);
}

#[test]
fn the_task_is_the_path() {
    let protocol = Protocol::from(roboflow().with_task("instance_segmentation"));
    let sent = protocol.encode(&picture()).unwrap();
    assert_eq!(sent.uri(), "/infer/instance_segmentation");
}

#[test]
fn the_key_is_in_no_message() {
    let protocol = roboflow().with_api_key(Secret::new("xyzzy"));
    assert!(!format!("{protocol:?}").contains("xyzzy"));
    let error = complaint(
        &protocol.into(),
        &picture(),
        &reply(401, "application/json", r#"{"message": "bad key"}"#),
    );
    assert_eq!(error.to_string(), "status 401 Unauthorized: bad key");
}

#[test]
fn a_request_can_be_shown_without_the_key() {
    let protocol = Protocol::from(roboflow().with_api_key(Secret::new("xyzzy")));
    assert_eq!(body(protocol.without_secrets(), &picture())["api_key"], "…");
    let without = Protocol::from(roboflow());
    assert_eq!(without.clone().without_secrets(), without);
}

#[test]
fn what_was_predicted_is_the_answer_with_what_stands_beside_it() {
    let found = json!({"predictions": [{"class": "pawn"}], "time": 0.5});
    assert_eq!(answered(roboflow(), &picture(), &found), found);
    assert_eq!(answered(roboflow(), &picture(), &json!([found])), found);
    let nothing = json!({"predictions": []});
    assert_eq!(answered(roboflow(), &picture(), &nothing), nothing);
    // Classification with several labels has them by name.
    let labels = json!({"predictions": {"pawn": {"confidence": 0.9}}});
    assert_eq!(answered(roboflow(), &picture(), &labels), labels);
}

#[test]
fn an_answer_without_predictions_or_to_several_pictures_is_refused() {
    for body in [json!({}), json!({"predictions": null}), json!([5])] {
        let error = objection(roboflow(), &picture(), &body);
        assert!(matches!(error, ReplyError::Missing { .. }), "{error}");
    }
    let one = json!({"predictions": []});
    for body in [json!([]), json!([one, one])] {
        let error = objection(roboflow(), &picture(), &body);
        assert!(matches!(error, ReplyError::RowCount { .. }), "{error}");
    }
    let error = objection(roboflow(), &picture(), &json!("ok"));
    assert!(matches!(error, ReplyError::Json { .. }), "{error}");
}

#[test]
fn only_pictures_are_carried_to_a_model_that_has_a_name() {
    assert_eq!(
        refusal(roboflow(), &text()),
        "Roboflow's protocol cannot carry text"
    );
    assert_eq!(
        refusal(Roboflow::new(""), &picture()),
        "Roboflow's protocol asks a model by its name, and none was given"
    );
}

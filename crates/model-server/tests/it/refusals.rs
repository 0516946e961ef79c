//! Requests that are refused, each with its status and a message that helps.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use creel_model_server::Settings;
use serde_json::{Value, json};

use crate::client::{Answer, agent, get, post, post_json, serve};
use crate::gate;

fn serving<T>(ask: impl FnOnce(&str) -> T) -> T {
    let server = serve(Settings::default());
    ask(&server.url())
}

fn infer(model: &str, request: &Value) -> Answer {
    serving(|url| post_json(&format!("{url}/v2/models/{model}/infer"), request))
}

fn flowers(shape: Value, datatype: &str, data: Value) -> Value {
    json!({ "inputs": [{ "name": "features", "shape": shape, "datatype": datatype, "data": data }] })
}

#[test]
fn an_unknown_model_is_404_and_the_known_ones_are_named() {
    let expected = "there is no model `rose`, only `iris`, `lang`, `qr`";
    assert_eq!(infer("rose", &json!({})).error(404), expected);
    serving(|url| {
        assert_eq!(get(&format!("{url}/v2/models/rose")).error(404), expected);
        assert_eq!(
            get(&format!("{url}/v2/models/rose/ready")).error(404),
            expected
        );
        assert_eq!(
            post(&format!("{url}/predict/rose"), "image/jpeg", b"x").error(404),
            expected
        );
    });
}

#[test]
fn an_unknown_version_is_404_and_the_known_one_is_named() {
    let error = infer("iris/versions/7", &json!({})).error(404);
    assert_eq!(error, "the model `iris` has no version `7`, only 1");
}

#[test]
fn an_unknown_path_is_404_and_tells_where_to_look() {
    let error = serving(|url| get(&format!("{url}/v3"))).error(404);
    assert_eq!(
        error,
        "there is nothing at `/v3`; this server has /v2 (the Open Inference Protocol), /v1/models/MODEL:predict \
         (TensorFlow Serving) and /predict/MODEL (plain bodies and forms); `GET /` tells more"
    );
}

#[test]
fn a_path_that_is_not_utf_8_is_400() {
    let error = serving(|url| get(&format!("{url}/v2/models/%ff"))).error(400);
    assert!(
        error.starts_with("the path cannot be understood: "),
        "{error}"
    );
}

#[test]
fn a_wrong_method_is_405_and_the_right_one_is_named() {
    let answer = serving(|url| get(&format!("{url}/v2/models/iris/infer")));
    assert_eq!(answer.header("allow"), "POST");
    assert!(answer.error(405).contains("`Allow`"), "{answer:?}");
    let answer = serving(|url| post(&format!("{url}/v2/health/live"), "", b""));
    assert_eq!(answer.header("allow"), "GET,HEAD");
    answer.error(405);
}

#[test]
fn broken_json_is_400_and_tells_where() {
    let url = "/v2/models/iris/infer";
    let error = serving(|base| {
        post(
            &format!("{base}{url}"),
            "application/json",
            b"{\"inputs\": [",
        )
    })
    .error(400);
    assert!(error.contains("line 1 column 12"), "{error}");
}

#[test]
fn a_shape_that_the_model_does_not_take_is_400() {
    let error = infer("iris", &flowers(json!([1, 3]), "FP64", json!([1, 2, 3]))).error(400);
    assert_eq!(
        error,
        "the request does not fit the model `iris`: the input `features` must have the shape [-1, 4] \
         (-1 is any size), not [1, 3]"
    );
}

#[test]
fn a_datatype_that_the_model_does_not_take_is_400() {
    let error = infer(
        "iris",
        &flowers(json!([1, 4]), "INT64", json!([1, 2, 3, 4])),
    )
    .error(400);
    assert!(
        error.ends_with("the input `features` must be FP64, not INT64"),
        "{error}"
    );
    let error = infer(
        "iris",
        &flowers(json!([1, 4]), "FP128", json!([1, 2, 3, 4])),
    )
    .error(400);
    assert!(error.contains("`FP128` is no datatype"), "{error}");
}

#[test]
fn fewer_elements_than_the_shape_asks_for_are_400() {
    let error = infer("iris", &flowers(json!([2, 4]), "FP64", json!([1, 2, 3, 4]))).error(400);
    assert!(error.contains("tensor `features` is wrong"), "{error}");
    assert!(
        error.contains("asks for 8 elements, the data has 4"),
        "{error}"
    );
}

#[test]
fn elements_of_another_kind_are_400() {
    let error = infer(
        "iris",
        &flowers(json!([1, 4]), "FP64", json!([1, 2, 3, "4"])),
    )
    .error(400);
    assert!(error.contains("does not hold FP64 elements"), "{error}");
}

#[test]
fn an_input_that_is_missing_is_400() {
    let error = infer("iris", &json!({ "inputs": [] })).error(400);
    assert!(
        error.ends_with("the input `features` is missing"),
        "{error}"
    );
}

#[test]
fn an_output_that_the_model_does_not_give_is_400() {
    let mut request = flowers(json!([1, 4]), "FP64", json!([1, 2, 3, 4]));
    request["outputs"] = json!([{ "name": "scent" }]);
    let error = infer("iris", &request).error(400);
    assert!(
        error.contains("has no output `scent`, only `class`"),
        "{error}"
    );
}

#[test]
fn a_picture_that_cannot_be_decoded_is_400() {
    let error =
        serving(|url| post(&format!("{url}/predict/qr"), "image/jpeg", b"no picture")).error(400);
    assert_eq!(
        error,
        "the model `qr` gives no answer: the model cannot work on these inputs: image 0 is no picture: \
         the picture is neither a JPEG nor a PNG"
    );
}

#[test]
fn a_wrong_media_type_is_415_and_the_right_one_is_named() {
    serving(|url| {
        let error = post(
            &format!("{url}/v2/models/iris/infer"),
            "text/csv",
            b"1,2,3,4",
        )
        .error(415);
        assert!(
            error.starts_with("the body must be application/json, not text/csv"),
            "{error}"
        );
        let error = post(&format!("{url}/predict/qr"), "image/gif", b"GIF89a").error(415);
        assert!(
            error.starts_with("the body must be image/jpeg or image/png, not image/gif"),
            "{error}"
        );
        let error = post(&format!("{url}/predict/iris"), "image/jpeg", b"").error(415);
        assert!(
            error.ends_with("ask it at /v2/models/iris/infer"),
            "{error}"
        );
    });
}

#[test]
fn a_body_that_is_too_large_is_413_announced_or_not() {
    let settings = Settings {
        body_bytes_max: 100_000,
        ..Settings::default()
    };
    let server = serve(settings);
    let url = server.url() + "/predict/lang";
    let body = vec![b'a'; 100_001];
    let expected = "the body is larger than 100000 bytes";
    assert_eq!(post(&url, "text/plain", &body).error(413), expected);
    let chunked = ureq::SendBody::from_owned_reader(std::io::Cursor::new(body));
    let answer: Answer = agent()
        .post(&url)
        .content_type("text/plain")
        .send(chunked)
        .unwrap()
        .into();
    assert_eq!(answer.error(413), expected);
    assert_eq!(post(&url, "text/plain", &[b'a'; 100_000]).status, 200);
    assert_eq!(server.stats().rejected, 2);
}

#[test]
fn a_body_that_does_not_arrive_in_time_is_408() {
    let settings = Settings {
        receive_timeout: Duration::from_millis(20),
        ..Settings::default()
    };
    let server = serve(settings);
    let mut connection = TcpStream::connect(server.local_addr()).unwrap();
    let half = "POST /predict/lang HTTP/1.1\r\nHost: creel\r\nContent-Type: text/plain\r\n\
                Content-Length: 10\r\n\r\nhello";
    connection.write_all(half.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.ends_with(r#"{"error":"the body did not arrive within 20ms"}"#),
        "{answer}"
    );
}

#[test]
fn a_model_that_panics_or_fails_is_500_and_harms_no_other_request() {
    let (server, keeper) = gate::serve(Settings {
        workers: 1,
        ..Settings::default()
    });
    keeper.open();
    let url = server.url() + "/predict/gate";
    let error = post(&url, "text/plain", b"panic").error(500);
    assert_eq!(error, "the model panicked: the gate fell");
    let error = post(&url, "text/plain", b"fail").error(500);
    assert_eq!(
        error,
        "the model `gate` gives no answer: the model failed: the gate is stuck"
    );
    assert_eq!(
        post(&url, "text/plain", b"hello").json(),
        json!({ "text": ["hello"] })
    );
    let stats = server.stats();
    assert_eq!((stats.received, stats.failed, stats.answered), (3, 2, 1));
}

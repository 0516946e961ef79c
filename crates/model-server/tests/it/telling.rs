//! What the server tells about itself and its models.

use creel_model_server::Settings;
use serde_json::{Value, json};

use crate::client::{get, post, serve};

#[track_caller]
fn check(path: &str, expected: Value) {
    let server = serve(Settings::default());
    let answer = get(&(server.url() + path));
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json(), expected);
}

#[test]
fn the_server_tells_what_it_is() {
    check(
        "/v2",
        json!({
            "name": "creel",
            "version": env!("CARGO_PKG_VERSION"),
            "extensions": ["model_repository", "binary_tensor_data"],
        }),
    );
}

#[test]
fn the_server_tells_that_it_lives_and_is_ready() {
    check("/v2/health/live", json!({ "live": true }));
    check("/v2/health/ready", json!({ "ready": true }));
}

#[test]
fn the_models_are_listed() {
    check("/v2/models", json!({ "models": ["iris", "lang", "qr"] }));
    let server = serve(Settings::default());
    let index = post(&(server.url() + "/v2/repository/index"), "", b"").json();
    let model = |name| json!({ "name": name, "version": "1", "state": "READY" });
    assert_eq!(index, json!([model("iris"), model("lang"), model("qr")]));
}

#[test]
fn a_model_tells_what_it_takes_and_gives() {
    let expected = json!({
        "name": "iris",
        "versions": ["1"],
        "platform": "smartcore logistic regression",
        "inputs": [{ "name": "features", "datatype": "FP64", "shape": [-1, 4] }],
        "outputs": [
            { "name": "class", "datatype": "INT64", "shape": [-1] },
            { "name": "label", "datatype": "BYTES", "shape": [-1] },
            { "name": "probabilities", "datatype": "FP64", "shape": [-1, 3] },
        ],
    });
    check("/v2/models/iris", expected.clone());
    check("/v2/models/iris/versions/1", expected);
}

#[test]
fn a_model_tells_that_it_is_ready() {
    check(
        "/v2/models/qr/ready",
        json!({ "name": "qr", "ready": true }),
    );
    check(
        "/v2/models/qr/versions/1/ready",
        json!({ "name": "qr", "ready": true }),
    );
}

#[test]
fn a_person_finds_a_guide() {
    let server = serve(Settings::default());
    let guide = get(&server.url());
    assert_eq!(guide.status, 200);
    assert!(guide.header("content-type").starts_with("text/plain"));
    assert!(
        guide.text.contains("qr: image/jpeg, image/png"),
        "{}",
        guide.text
    );
}

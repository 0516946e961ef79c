//! Inference by the Open Inference Protocol.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use creel_model_server::Settings;
use serde_json::{Value, json};

use crate::client::{post_json, serve};
use crate::pictures::Picture;

fn infer(model: &str, request: &Value) -> Value {
    let server = serve(Settings::default());
    let answer = post_json(
        &format!("{}/v2/models/{model}/infer", server.url()),
        request,
    );
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(server.stats().answered, 1);
    answer.json()
}

fn output<'a>(response: &'a Value, name: &str) -> &'a Value {
    let outputs = response["outputs"].as_array().unwrap();
    outputs
        .iter()
        .find(|output| output["name"] == name)
        .expect(name)
}

#[test]
fn a_batch_of_flowers_is_classified_and_the_id_comes_back() {
    let request = json!({
        "id": "d3b07384-d113-4ec2",
        "inputs": [{
            "name": "features",
            "shape": [3, 4],
            "datatype": "FP64",
            "data": [[5.1, 3.5, 1.4, 0.2], [7.0, 3.2, 4.7, 1.4], [6.3, 3.3, 6.0, 2.5]],
        }],
    });
    let response = infer("iris", &request);
    assert_eq!(response["model_name"], "iris");
    assert_eq!(response["model_version"], "1");
    assert_eq!(response["id"], "d3b07384-d113-4ec2");
    assert_eq!(
        *output(&response, "class"),
        json!({ "name": "class", "shape": [3], "datatype": "INT64", "data": [0, 1, 2] })
    );
    assert_eq!(
        output(&response, "label")["data"],
        json!(["setosa", "versicolor", "virginica"])
    );
    assert_eq!(output(&response, "probabilities")["shape"], json!([3, 3]));
}

#[test]
fn flat_single_precision_features_are_taken_and_only_what_is_wanted_is_given() {
    let request = json!({
        "inputs": [{
            "name": "features", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2],
        }],
        "outputs": [{ "name": "label" }],
    });
    let response = infer("iris", &request);
    assert!(response.get("id").is_none(), "{response}");
    assert_eq!(
        response["outputs"],
        json!([{ "name": "label", "shape": [1], "datatype": "BYTES", "data": ["setosa"] }])
    );
}

#[test]
fn texts_are_told_by_language() {
    let request = json!({
        "inputs": [{
            "name": "text",
            "shape": [2],
            "datatype": "BYTES",
            "data": ["Où sont les neiges d'antan ?", "The snows of yesteryear are where they always were"],
        }],
    });
    let response = infer("lang/versions/1", &request);
    assert_eq!(output(&response, "language")["data"], json!(["fra", "eng"]));
    assert_eq!(
        output(&response, "name")["data"],
        json!(["French", "English"])
    );
}

#[test]
fn codes_are_read_from_a_batch_of_pictures_and_keep_their_picture() {
    let two = Picture::blank(640, 480)
        .with_code("left", (40, 100), 6)
        .with_code("right", (360, 120), 8);
    let none = Picture::blank(320, 240);
    let one = Picture::blank(320, 240).with_code("4711", (60, 20), 5);
    let pictures =
        [two.to_jpeg(), none.to_jpeg(), one.to_png()].map(|bytes| STANDARD.encode(bytes));
    let request = json!({
        "inputs": [{
            "name": "image",
            "shape": [3],
            "datatype": "BYTES",
            "parameters": { "content_type": "base64" },
            "data": pictures,
        }],
    });
    let response = infer("qr", &request);
    let texts = output(&response, "text")["data"].as_array().unwrap();
    let indices = output(&response, "image_index")["data"].as_array().unwrap();
    let mut found: Vec<_> = texts
        .iter()
        .zip(indices)
        .map(|(t, i)| (t.as_str().unwrap(), i.as_u64().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("4711", 2), ("left", 0), ("right", 0)]);
    assert_eq!(output(&response, "corners")["shape"], json!([3, 4, 2]));
}

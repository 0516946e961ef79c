//! The server, asked as TensorFlow Serving is.

use creel_model_server::Settings;
use creel_protocols::tensorflow::Metadata;
use serde_json::{Value, json};

use crate::client::{Answer, get, post_json, serve};

fn predict(model: &str, body: &Value) -> Answer {
    let server = serve(Settings::default());
    post_json(&format!("{}/v1/models/{model}:predict", server.url()), body)
}

#[test]
fn flowers_are_classified_in_rows() {
    let rows = json!([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]]);
    for (model, instances) in [
        ("iris", rows.clone()),
        ("iris/versions/1", rows.clone()),
        (
            "iris",
            json!([{"features": rows[0]}, {"features": rows[1]}]),
        ),
    ] {
        let server = serve(Settings::default());
        let url = format!("{}/v1/models/{model}:predict", server.url());
        let answer = post_json(&url, &json!({ "instances": instances }));
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!((server.stats().received, server.stats().rows), (1, 2));
        let predictions = &answer.json()["predictions"];
        assert_eq!(predictions[0]["label"], "setosa");
        assert_eq!(predictions[1]["label"], "virginica");
        assert_eq!(predictions[1]["probabilities"].as_array().unwrap().len(), 3);
    }
}

#[test]
fn texts_are_told_apart_in_rows() {
    let answer = predict(
        "lang",
        &json!({"instances": ["Guten Tag, wie geht es Ihnen heute?"]}),
    );
    assert_eq!(answer.json()["predictions"][0]["language"], "deu");
}

#[test]
fn the_server_tells_of_its_models() {
    let server = serve(Settings::default());
    let told = get(&format!("{}/v1/models/iris", server.url())).json();
    assert_eq!(told["model_version_status"][0]["state"], "AVAILABLE");
    let told = get(&format!("{}/v1/models/iris/metadata", server.url()));
    assert!(serde_json::from_str::<Metadata>(&told.text).is_ok());
    let signature = &told.json()["metadata"]["signature_def"]["signature_def"]["serving_default"];
    assert_eq!(signature["inputs"]["features"]["dtype"], "DT_DOUBLE");
    assert_eq!(
        signature["inputs"]["features"]["tensor_shape"]["dim"][1]["size"],
        "4"
    );
    let url = format!("{}/v1/models/nonsuch", server.url());
    assert!(get(&url).error(404).contains("`nonsuch`"));
}

#[test]
fn what_cannot_be_predicted_from_is_refused() {
    let rows = json!({"instances": [[1, 2]]});
    let error = predict("iris", &rows).error(400);
    assert!(error.contains("must have the shape [-1, 4]"), "{error}");
    let error = predict("iris", &json!({"inputs": [[1, 2, 3, 4]]})).error(400);
    assert!(error.contains("`instances`"), "{error}");
    let error = predict("qr", &json!({"instances": [{"b64": ""}]})).error(400);
    assert!(error.contains("does not answer in rows"), "{error}");
    let server = serve(Settings::default());
    let url = format!("{}/v1/models/iris", server.url());
    assert!(
        post_json(&url, &rows)
            .error(404)
            .contains("there is nothing")
    );
}

use serde_json::{Map, json};

use super::*;
use crate::Protocol;
use crate::sample::{
    answered, body, document, objection, one_row, picture, refusal, text, two_rows, two_texts,
};

fn model() -> TensorFlow {
    TensorFlow::new("m")
}

#[test]
fn rows_are_instances() {
    assert_eq!(
        body(model(), &two_rows()),
        json!({"instances": [[1.0, 2.0], [3.0, 4.0]]})
    );
    assert_eq!(
        body(model().with_input("x"), &two_rows()),
        json!({"instances": [{"x": [1.0, 2.0]}, {"x": [3.0, 4.0]}]})
    );
    assert_eq!(
        body(model(), &two_texts()),
        json!({"instances": ["one", "two"]})
    );
    assert_eq!(body(model(), &text()), json!({"instances": ["Grüße"]}));
}

#[test]
fn columns_are_inputs() {
    assert_eq!(
        body(model().in_columns(), &two_rows()),
        json!({"inputs": [[1.0, 2.0], [3.0, 4.0]]})
    );
    assert_eq!(
        body(model().in_columns().with_input("x"), &one_row()),
        json!({"inputs": {"x": [[1.0, 2.0]]}})
    );
}

#[test]
fn a_picture_is_bytes_in_base64() {
    assert_eq!(
        body(model(), &picture()),
        json!({"instances": [{"b64": "/9j/"}]})
    );
    assert_eq!(
        body(model().with_input("image"), &picture()),
        json!({"instances": [{"image": {"b64": "/9j/"}}]})
    );
}

#[test]
fn integers_are_written_as_such() {
    let sent = Protocol::from(model().with_datatype(Datatype::Int32))
        .encode(&one_row())
        .unwrap();
    assert_eq!(&sent.body()[..], br#"{"instances":[[1,2]]}"#);
    let half = Request::new("1", crate::Features::row([0.5]));
    assert_eq!(
        refusal(model().with_datatype(Datatype::Int32), &half),
        "feature 0 of row 0, counted from 0, is 0.5, which INT32 cannot hold"
    );
}

#[test]
fn the_path_names_the_model_and_its_version() {
    let path = |protocol: TensorFlow| {
        let sent = Protocol::from(protocol).encode(&one_row()).unwrap();
        sent.uri().to_string()
    };
    assert_eq!(path(model()), "/v1/models/m:predict");
    assert_eq!(
        path(model().with_version("3")),
        "/v1/models/m/versions/3:predict"
    );
    assert_eq!(
        path(model().with_label("a b")),
        "/v1/models/m/labels/a%20b:predict"
    );
}

#[test]
fn parameters_go_along() {
    let parameters = Map::from_iter([("signature_name".to_owned(), json!("s"))]);
    assert_eq!(
        body(model().with_parameters(parameters), &one_row()),
        json!({"signature_name": "s", "instances": [[1.0, 2.0]]})
    );
}

#[test]
fn predictions_are_as_many_as_rows() {
    let two = json!({"predictions": [[0.1, 0.9], [0.8, 0.2]]});
    assert_eq!(answered(model(), &two_rows(), &two), two);
    let error = objection(model(), &one_row(), &two);
    assert_eq!(
        error.to_string(),
        "`predictions` has 2 rows where 1 were asked; the server mixes requests up"
    );
    let error = objection(model(), &picture(), &two);
    assert!(matches!(error, ReplyError::RowCount { .. }), "{error}");
    for body in [
        json!({}),
        json!({"predictions": 5}),
        json!({"outputs": [1]}),
    ] {
        let error = objection(model(), &one_row(), &body);
        assert!(matches!(error, ReplyError::Missing { .. }), "{error}");
    }
}

#[test]
fn outputs_of_the_columnar_form_are_as_long_as_its_rows() {
    let columns = model().in_columns();
    assert_eq!(
        answered(columns.clone(), &two_rows(), &json!({"outputs": [1, 2]})),
        json!({"outputs": [1, 2]})
    );
    let named = json!({"outputs": {"y": [1, 2], "z": [[3], [4]]}});
    assert_eq!(
        answered(columns.clone(), &two_rows(), &named),
        named["outputs"]
    );
    let uneven = json!({"outputs": {"y": [1, 2], "z": [3]}});
    let error = objection(columns.clone(), &two_rows(), &uneven);
    assert!(matches!(error, ReplyError::RowCount { .. }), "{error}");
    let error = objection(columns, &two_rows(), &json!({"outputs": {}}));
    assert!(matches!(error, ReplyError::NoOutputs), "{error}");
}

/// What a server tells of a model with one input.
fn metadata(dtype: &str, dimensions: &[&str]) -> Metadata {
    let dimensions: Vec<_> = dimensions
        .iter()
        .map(|size| json!({"size": size, "name": ""}))
        .collect();
    let shape = json!({"dim": dimensions, "unknown_rank": false});
    let input = json!({"dtype": dtype, "tensor_shape": shape, "name": "serving_default_x:0"});
    let signature = json!({"inputs": {"x": input}, "outputs": {}, "method_name": ""});
    let told = json!({"model_spec": {"name": "m", "version": "1"},
        "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}}});
    serde_json::from_value(told).unwrap()
}

#[test]
fn features_are_checked_against_the_models_metadata() {
    let mut protocol = model();
    protocol.fit(&metadata("DT_FLOAT", &["-1", "3"]));
    assert_eq!(
        refusal(protocol, &two_rows()),
        "the model's input `x` has the shape [-1, 3] (-1 is any size), which [2, 2] does not fit"
    );
    let mut protocol = model();
    protocol.fit(&metadata("DT_INT64", &["-1", "2"]));
    let sent = Protocol::from(protocol).encode(&one_row()).unwrap();
    assert_eq!(&sent.body()[..], br#"{"instances":[[1,2]]}"#);

    let mut protocol = model();
    protocol.fit(&metadata("DT_FLOAT", &["-1", "2"]));
    assert_eq!(
        refusal(protocol, &text()),
        "the model takes FP32, which text cannot be sent as"
    );
}

#[test]
fn metadata_that_tells_nothing_changes_nothing() {
    let mut protocol = model();
    protocol.fit(&Metadata::default());
    assert_eq!(protocol, model());
}

#[test]
fn what_is_no_row_is_not_carried() {
    assert_eq!(
        refusal(model(), &document("", &json!({}))),
        "TensorFlow Serving cannot carry a document"
    );
    assert_eq!(
        refusal(TensorFlow::new(""), &one_row()),
        "TensorFlow Serving asks a model by its name, and none was given"
    );
}

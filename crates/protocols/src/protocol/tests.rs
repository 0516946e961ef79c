use bytes::Bytes;
use http::{Response, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::TensorForm;
use crate::oip::{
    Datatype, InferRequest, InferResponse, JSON_LENGTH, ModelMetadata, Tensor, TensorData,
    TensorMetadata,
};
use crate::sample::{complaint, json_reply, one_row, picture, reply, text, two_rows};
use crate::{Features, Image, Payload};

fn open_inference() -> Protocol {
    OpenInference::new("m").into()
}

fn raw() -> Protocol {
    Raw.into()
}

/// The one input of an encoded request.
fn input(protocol: &OpenInference, request: &Request) -> Tensor {
    let sent = Protocol::from(protocol.clone()).encode(request).unwrap();
    let mut message = InferRequest::from_json(sent.body()).unwrap();
    assert_eq!(message.id.as_deref(), Some("b1f0"));
    assert_eq!(message.inputs.len(), 1);
    message.inputs.remove(0)
}

fn refusal(protocol: &OpenInference, request: &Request) -> String {
    let protocol = Protocol::from(protocol.clone());
    protocol.encode(request).unwrap_err().to_string()
}

fn outputs(outputs: &Value) -> Response<Bytes> {
    json_reply(&json!({"model_name": "m", "id": "b1f0", "outputs": outputs}))
}

#[test]
fn features_are_rows_and_columns() {
    let protocol = OpenInference::new("m").with_input("x");
    let expected = Tensor::new("x", [2, 2], TensorData::Fp64(vec![1.0, 2.0, 3.0, 4.0]));
    assert_eq!(input(&protocol, &two_rows()), expected.unwrap());
}

#[test]
fn a_picture_is_one_element_in_base64() {
    let protocol: Protocol = OpenInference::new("m").with_version("1").into();
    let sent = protocol.encode(&picture()).unwrap();
    assert_eq!(sent.method(), "POST");
    assert_eq!(sent.uri(), "/v2/models/m/versions/1/infer");
    assert_eq!(sent.headers()["content-type"], "application/json");
    let body: Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!(
        body,
        json!({"id": "b1f0", "inputs": [{"name": "input-0", "shape": [1], "datatype": "BYTES",
            "parameters": {"content_type": "base64"}, "data": ["/9j/"]}]})
    );
}

#[test]
fn a_picture_is_in_base64_even_if_its_bytes_are_text() {
    let picture = Payload::Image(Image {
        media_type: "image/svg+xml".into(),
        bytes: "<svg/>".into(),
    });
    let sent = open_inference()
        .encode(&Request::new("b1f0", picture))
        .unwrap();
    let body: Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!(body["inputs"][0]["data"], json!(["PHN2Zy8+"]));
}

#[test]
fn a_picture_can_be_sent_byte_by_byte() {
    let protocol = OpenInference::new("m").with_datatype(Datatype::Uint8);
    assert_eq!(
        input(&protocol, &picture()),
        Tensor::vector("input-0", TensorData::Uint8(vec![0xff, 0xd8, 0xff]))
    );
}

#[test]
fn pictures_alone_can_be_sent_byte_by_byte() {
    let protocol = OpenInference::new("m").with_picture_datatype(Datatype::Uint8);
    let bytes = TensorData::Uint8(vec![0xff, 0xd8, 0xff]);
    assert_eq!(
        input(&protocol, &picture()),
        Tensor::vector("input-0", bytes)
    );
    assert_eq!(input(&protocol, &one_row()).datatype(), Datatype::Fp64);
    // What is known of the input goes before.
    let known = protocol.with_datatype(Datatype::Bytes);
    assert_eq!(input(&known, &picture()).datatype(), Datatype::Bytes);
}

#[test]
fn a_text_is_one_string() {
    assert_eq!(
        input(&OpenInference::new("m"), &text()),
        Tensor::vector("input-0", TensorData::text(["Grüße"]))
    );
}

#[test]
fn metadata_fills_in_what_was_not_said() {
    let metadata = ModelMetadata {
        inputs: vec![TensorMetadata::new("seen", Datatype::Fp32, [-1, 2])],
        ..ModelMetadata::default()
    };
    let mut protocol = OpenInference::new("m");
    protocol.fit(&metadata);
    let seen = Tensor::new("seen", [1, 2], TensorData::Fp32(vec![1.0, 2.0])).unwrap();
    assert_eq!(input(&protocol, &one_row()), seen);

    let mut protocol = OpenInference::new("m")
        .with_input("said")
        .with_datatype(Datatype::Int8);
    protocol.fit(&metadata);
    let said = Tensor::new("said", [1, 2], TensorData::Int8(vec![1, 2])).unwrap();
    assert_eq!(input(&protocol, &one_row()), said);
}

#[test]
fn the_number_of_dimensions_is_the_models() {
    let mut protocol = OpenInference::new("m");
    protocol.fit(&ModelMetadata {
        inputs: vec![TensorMetadata::new("x", Datatype::Bytes, [-1, 1])],
        ..ModelMetadata::default()
    });
    assert_eq!(input(&protocol, &text()).shape(), [1, 1]);

    let mut protocol = OpenInference::new("m");
    protocol.fit(&ModelMetadata {
        inputs: vec![TensorMetadata::new("x", Datatype::Fp64, [2])],
        ..ModelMetadata::default()
    });
    assert_eq!(input(&protocol, &one_row()).shape(), [2]);
    assert_eq!(input(&protocol, &two_rows()).shape(), [2, 2]);
}

/// A protocol that knows a model of two columns, which promises one class a row.
fn fitted(form: TensorForm) -> OpenInference {
    let mut protocol = OpenInference::new("m").with_form(form);
    protocol.fit(&ModelMetadata {
        inputs: vec![TensorMetadata::new("x", Datatype::Fp32, [-1, 2])],
        outputs: vec![TensorMetadata::new("class", Datatype::Int64, [-1, 1])],
        ..ModelMetadata::default()
    });
    protocol
}

#[test]
fn features_of_another_shape_than_the_models_are_not_sent() {
    let three = Request::new("b1f0", Features::row([1.0, 2.0, 3.0]));
    assert_eq!(
        refusal(&fitted(TensorForm::Json), &three),
        "the model's input `x` has the shape [-1, 2] (-1 is any size), which [1, 3] does not fit"
    );
    // Another input than the one that the metadata tells of may have any shape.
    let other = fitted(TensorForm::Json).with_input("y");
    assert_eq!(input(&other, &three).shape(), [1, 3]);
}

#[test]
fn outputs_that_the_metadata_does_not_promise_are_refused() {
    let protocol = Protocol::from(fitted(TensorForm::Json));
    let reply = |shape: Value, datatype: &str| {
        outputs(&json!([{"name": "class", "shape": shape, "datatype": datatype, "data": [1]}]))
    };
    let promised = reply(json!([1, 1]), "INT64");
    assert!(protocol.decode(&one_row(), &promised).is_ok());
    let without_columns = reply(json!([1]), "INT64");
    assert!(protocol.decode(&one_row(), &without_columns).is_ok());
    let error = complaint(&protocol, &one_row(), &reply(json!([1, 1]), "FP32"));
    assert_eq!(
        error.to_string(),
        "output `class` is FP32 [1, 1], where the model's metadata promises INT64 [-1, 1] (-1 is any size)"
    );
    let two = json!([{"name": "class", "shape": [1, 2], "datatype": "INT64", "data": [1, 2]}]);
    let error = complaint(&protocol, &one_row(), &outputs(&two));
    assert!(matches!(error, ReplyError::Promise { .. }), "{error}");
}

/// A reply with tensors behind its JSON.
fn binary_reply(outputs: Vec<Tensor>) -> Response<Bytes> {
    let response = InferResponse {
        id: Some("b1f0".into()),
        outputs,
        ..InferResponse::default()
    };
    let framed = response.to_binary(|_| true);
    Response::builder()
        .header(JSON_LENGTH, framed.json_length)
        .body(framed.body)
        .unwrap()
}

#[test]
fn a_binary_request_says_where_its_json_ends() {
    let protocol = Protocol::from(fitted(TensorForm::Binary));
    let sent = protocol.encode(&two_rows()).unwrap();
    assert_eq!(sent.headers()["content-type"], "application/octet-stream");
    let length = sent.headers()[JSON_LENGTH].to_str().unwrap();
    let message = InferRequest::from_binary(sent.body(), length).unwrap();
    let expected = TensorData::Fp32(vec![1.0, 2.0, 3.0, 4.0]);
    assert_eq!(message.inputs[0].data(), &expected);
    assert!(message.wants_binary("class"));
    // A picture goes as it is.
    let sent = Protocol::from(OpenInference::new("m").with_form(TensorForm::Binary))
        .encode(&picture())
        .unwrap();
    assert!(sent.body().ends_with(b"\x03\0\0\0\xff\xd8\xff"));
}

#[test]
fn a_binary_reply_gives_the_same_answer_as_one_in_json() {
    let binary = Protocol::from(OpenInference::new("m").with_form(TensorForm::Binary));
    let tensors = vec![
        Tensor::new("class", [1, 1], TensorData::Int64(vec![2])).unwrap(),
        Tensor::new("scores", [1, 2], TensorData::Fp32(vec![0.1, 0.9])).unwrap(),
        Tensor::vector("label", TensorData::text(["virginica"])),
    ];
    let answer = binary.decode(&one_row(), &binary_reply(tensors)).unwrap();
    let expected = json!({"class": [2], "scores": [0.1, 0.9], "label": ["virginica"]});
    assert_eq!(Value::from(answer.outputs), expected);
    // A server may answer a binary request in JSON.
    let json = outputs(&json!([{"name": "y", "shape": [1], "datatype": "INT8", "data": [1]}]));
    let answer = binary.decode(&one_row(), &json).unwrap();
    assert_eq!(Value::from(answer.outputs), json!({"y": [1]}));
}

#[test]
fn a_binary_reply_is_checked_like_one_in_json() {
    let protocol = Protocol::from(fitted(TensorForm::Binary));
    let tensor = |data| Tensor::vector("class", data);
    let three = binary_reply(vec![tensor(TensorData::Int64(vec![1, 2, 3]))]);
    let error = complaint(&protocol, &two_rows(), &three);
    assert!(matches!(error, ReplyError::Rows { rows: 2, .. }), "{error}");
    let other = Request::new("c2a1", Features::row([1.0, 2.0]));
    let error = complaint(&protocol, &other, &three);
    assert!(matches!(error, ReplyError::WrongId { .. }), "{error}");
    let twice = vec![
        tensor(TensorData::Int64(vec![1])),
        tensor(TensorData::Int64(vec![1])),
    ];
    let error = complaint(&protocol, &one_row(), &binary_reply(twice));
    assert!(matches!(error, ReplyError::Message { .. }), "{error}");
    let mut cut = binary_reply(vec![tensor(TensorData::Int64(vec![1]))]);
    *cut.body_mut() = cut.body().slice(..cut.body().len() - 1);
    let error = complaint(&protocol, &one_row(), &cut);
    assert!(matches!(error, ReplyError::Message { .. }), "{error}");
}

#[test]
fn metadata_with_several_inputs_changes_nothing() {
    let mut protocol = OpenInference::new("m");
    let input = TensorMetadata::new("x", Datatype::Fp32, [-1, 2]);
    protocol.fit(&ModelMetadata {
        inputs: vec![input.clone(), input],
        ..ModelMetadata::default()
    });
    assert_eq!(protocol, OpenInference::new("m"));
}

#[test]
fn a_number_that_the_datatype_cannot_hold_is_told_with_its_place() {
    let rows = |value| {
        let features = Features::rows([vec![1.0, 2.0], vec![3.0, value]]).unwrap();
        Request::new("b1f0", features)
    };
    for (datatype, value) in [
        (Datatype::Fp64, f64::NAN),
        (Datatype::Fp32, 1e39),
        (Datatype::Fp16, -70_000.0),
        (Datatype::Int8, 1.5),
        (Datatype::Uint64, -1.0),
        (Datatype::Uint64, 2_f64.powi(64)),
    ] {
        let protocol = OpenInference::new("m").with_datatype(datatype);
        assert_eq!(
            refusal(&protocol, &rows(value)),
            format!("feature 1 of row 1, counted from 0, is {value}, which {datatype} cannot hold")
        );
    }
    assert_eq!(
        refusal(
            &OpenInference::new("m"),
            &Request::new("1", Features::row([]))
        ),
        "there are no features to send"
    );
}

#[test]
fn a_payload_of_another_kind_than_the_models_is_refused() {
    let numeric = OpenInference::new("m").with_datatype(Datatype::Fp32);
    assert_eq!(
        refusal(&numeric, &text()),
        "the model takes FP32, which text cannot be sent as"
    );
    assert_eq!(
        refusal(&numeric, &picture()),
        "the model takes FP32, which a picture cannot be sent as"
    );
    let bytes = OpenInference::new("m").with_datatype(Datatype::Bytes);
    assert_eq!(
        refusal(&bytes, &one_row()),
        "the model takes BYTES, which features cannot be sent as"
    );
}

#[test]
fn rows_have_the_same_length() {
    let error = Features::rows([vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0]]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 2, counted from 0, has 1 numbers where the first has 2"
    );
}

#[test]
fn outputs_are_kept_as_they_were_given() {
    let reply = outputs(&json!([
        {"name": "class", "shape": [1], "datatype": "INT64", "data": [2]},
        {"name": "scores", "shape": [1, 2], "datatype": "FP32", "data": [[0.1, 0.9]]},
        {"name": "label", "shape": [1], "datatype": "BYTES", "data": ["virginica"]},
    ]));
    let answer = open_inference().decode(&one_row(), &reply).unwrap();
    assert_eq!(
        Value::from(answer.outputs),
        json!({"class": [2], "scores": [[0.1, 0.9]], "label": ["virginica"]})
    );
}

#[test]
fn an_answer_to_another_request_is_refused() {
    let reply = json_reply(&json!({"id": "c2a1", "outputs":
        [{"name": "y", "shape": [1], "datatype": "INT8", "data": [1]}]}));
    let error = complaint(&open_inference(), &one_row(), &reply);
    assert!(
        matches!(&error, ReplyError::WrongId { expected, found } if expected == "b1f0" && found == "c2a1"),
        "{error}"
    );
}

#[test]
fn an_answer_without_an_id_is_taken() {
    let reply = json_reply(&json!({"outputs":
        [{"name": "y", "shape": [1], "datatype": "INT8", "data": [1]}]}));
    let answer = open_inference().decode(&one_row(), &reply).unwrap();
    assert_eq!(Value::from(answer.outputs), json!({"y": [1]}));
}

#[test]
fn a_shape_that_does_not_fit_its_data_is_refused() {
    // What a server gave that had batched three requests.
    let reply =
        outputs(&json!([{"name": "y", "shape": [1, 1], "datatype": "FP32", "data": [1, 2, 3]}]));
    let error = complaint(&open_inference(), &one_row(), &reply);
    assert!(matches!(error, ReplyError::Message { .. }), "{error}");
}

#[test]
fn an_answer_for_other_rows_is_refused() {
    let three =
        outputs(&json!([{"name": "y", "shape": [3, 1], "datatype": "INT8", "data": [1, 2, 3]}]));
    let error = complaint(&open_inference(), &two_rows(), &three);
    assert_eq!(
        error.to_string(),
        "output `y` has shape [3, 1] where 2 rows were asked; the server mixes requests up"
    );
    let none = outputs(&json!([{"name": "y", "shape": [0], "datatype": "INT8", "data": []}]));
    let error = complaint(&open_inference(), &one_row(), &none);
    assert!(matches!(error, ReplyError::Rows { rows: 1, .. }), "{error}");

    let nothing_found = open_inference().decode(&picture(), &none).unwrap();
    assert_eq!(Value::from(nothing_found.outputs), json!({"y": []}));
}

#[test]
fn an_answer_without_outputs_is_refused() {
    let error = complaint(&open_inference(), &text(), &outputs(&json!([])));
    assert!(matches!(error, ReplyError::NoOutputs), "{error}");
    let error = complaint(&raw(), &text(), &json_reply(&json!({})));
    assert!(matches!(error, ReplyError::NoOutputs), "{error}");
}

#[test]
fn an_output_that_comes_twice_is_refused() {
    let output = json!({"name": "y", "shape": [1], "datatype": "INT8", "data": [1]});
    let reply = outputs(&json!([output, output]));
    let error = complaint(&open_inference(), &text(), &reply);
    assert!(matches!(error, ReplyError::Message { .. }), "{error}");
}

#[test]
fn a_success_with_rubbish_is_no_answer() {
    let long = "x".repeat(2000);
    for body in [
        "",
        "OK",
        "{\"outputs\": [",
        "<html>welcome</html>",
        "[1]",
        &long,
    ] {
        let reply = reply(200, "text/html", body.to_owned());
        let error = complaint(&open_inference(), &text(), &reply);
        assert!(matches!(error, ReplyError::Message { .. }), "{error}");
        assert!(error.to_string().chars().count() < 400, "{error}");
    }
    for (content_type, body) in [
        ("application/json", &b"{\"label\": "[..]),
        ("application/octet-stream", b"\x00\x01\x02"),
        ("text/plain", b"\xff\xfe"),
        ("image/png", b""),
    ] {
        let reply = reply(200, content_type, body);
        let error = complaint(&raw(), &text(), &reply);
        assert!(matches!(error, ReplyError::Unreadable { .. }), "{error}");
    }
}

#[test]
fn a_refusal_is_told_in_the_servers_words() {
    for (body, said) in [
        (r#"{"error": "no model `m`"}"#, "no model `m`"),
        (
            r#"{"error": {"message": "too long", "code": 7}}"#,
            "too long",
        ),
        (r#"{"detail": "Not Found"}"#, "Not Found"),
        (r#"{"error": 5}"#, r#"{"error": 5}"#),
        ("Internal\n  Server Error\n", "Internal Server Error"),
        (" \n", "the server gives no reason"),
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in a\n    b()\nValueError: two\nlines\n",
            "ValueError: two lines",
        ),
        (
            "Traceback (most recent call last):\n  File",
            "Traceback (most recent call last): File",
        ),
    ] {
        for protocol in [open_inference(), raw()] {
            let reply = reply(500, "text/plain", body);
            let error = complaint(&protocol, &text(), &reply);
            assert_eq!(
                error.to_string(),
                format!("status 500 Internal Server Error: {said}")
            );
        }
    }
    let error = complaint(&raw(), &text(), &reply(400, "text/plain", "x".repeat(5000)));
    assert!(error.to_string().ends_with("xx…"));
    assert!(error.to_string().chars().count() < 350);
}

#[test]
fn the_same_refusal_of_two_requests_reads_the_same() {
    let refused = |id: &str| {
        let request = Request::new(id, Payload::from("a".to_owned()));
        let body = json!({"error": format!("[request id: {id}] unexpected shape")});
        let mut reply = json_reply(&body);
        *reply.status_mut() = StatusCode::BAD_REQUEST;
        let error = open_inference().decode(&request, &reply).unwrap_err();
        error.to_string()
    };
    assert_eq!(refused("b1f0"), refused("77aa"));
    assert!(refused("b1f0").contains("unexpected shape"));
}

#[test]
fn a_redirection_names_the_place_to_ask() {
    let mut reply = reply(308, "text/html", "moved");
    reply
        .headers_mut()
        .insert("location", "https://b/".parse().unwrap());
    let error = complaint(&open_inference(), &text(), &reply);
    assert!(
        matches!(&error, ReplyError::Status { status, message }
            if *status == StatusCode::PERMANENT_REDIRECT && message.contains("https://b/")),
        "{error}"
    );
}

#[test]
fn a_plain_post_carries_the_payload_itself() {
    let sent = raw().encode(&picture()).unwrap();
    assert_eq!(sent.method(), "POST");
    assert_eq!(sent.uri(), "/");
    assert_eq!(sent.headers()["content-type"], "image/jpeg");
    assert_eq!(sent.headers()["x-request-id"], "b1f0");
    assert_eq!(&sent.body()[..], b"\xff\xd8\xff");

    let sent = raw().encode(&text()).unwrap();
    assert_eq!(sent.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(&sent.body()[..], "Grüße".as_bytes());

    assert_eq!(
        raw().encode(&one_row()).unwrap_err().to_string(),
        "a plain POST cannot carry features"
    );
    let unsendable = Request::new("line\nbreak", "text".to_owned());
    let error = raw().encode(&unsendable).unwrap_err();
    assert!(matches!(error, EncodeError::Http(_)), "{error}");
}

#[test]
fn a_plain_reply_is_json_or_text() {
    for (content_type, body, expected) in [
        (
            "application/json",
            r#"{"label": "dog"}"#,
            json!({"label": "dog"}),
        ),
        ("application/json", "[1, 2]", json!({"reply": [1, 2]})),
        (
            "text/plain; charset=utf-8",
            "Hund",
            json!({"reply": "Hund"}),
        ),
        ("text/plain", "17", json!({"reply": "17"})),
    ] {
        let answer = raw()
            .decode(&picture(), &reply(200, content_type, body))
            .unwrap();
        assert_eq!(Value::from(answer.outputs), expected);
    }
}

proptest! {
    #[test]
    fn features_arrive_as_they_were_sent(
        rows in (1..4_usize).prop_flat_map(|columns| {
            let number = proptest::num::f64::NORMAL | proptest::num::f64::ZERO;
            prop::collection::vec(prop::collection::vec(number, columns), 1..4)
        })
    ) {
        let request = Request::new("b1f0", Features::rows(rows.clone()).unwrap());
        let tensor = input(&OpenInference::new("m"), &request);
        prop_assert_eq!(tensor.shape(), [rows.len(), rows[0].len()]);
        prop_assert_eq!(tensor.into_data(), TensorData::Fp64(rows.concat()));
    }

    #[test]
    fn no_reply_makes_the_decoder_panic(
        status in 200..600_u16,
        content_type in "text/plain|application/json|image/png",
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let reply = reply(status, &content_type, body);
        prop_assert!(open_inference().decode(&text(), &reply).is_err());
        if status >= 300 {
            prop_assert!(raw().decode(&text(), &reply).is_err());
        }
    }
}

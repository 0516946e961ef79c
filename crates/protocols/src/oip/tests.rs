use std::error::Error;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A request with the one input that `input` spells.
fn read_input(input: &Value) -> Result<Tensor, MessageError> {
    let body = json!({ "inputs": [input] }).to_string();
    InferRequest::from_json(body.as_bytes()).map(|mut request| request.inputs.remove(0))
}

/// What is wrong with `input`, with all causes.
fn complaint(input: &Value) -> String {
    described(&read_input(input).unwrap_err())
}

fn described(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += ": ";
        text += &cause.to_string();
        source = cause.source();
    }
    text
}

#[test]
fn flat_and_nested_data_are_the_same_tensor() {
    let flat =
        json!({"name": "x", "shape": [2, 3], "datatype": "INT32", "data": [1, 2, 3, 4, 5, 6]});
    let nested =
        json!({"name": "x", "shape": [2, 3], "datatype": "INT32", "data": [[1, 2, 3], [4, 5, 6]]});
    let expected = Tensor::new("x", [2, 3], TensorData::Int32(vec![1, 2, 3, 4, 5, 6])).unwrap();
    assert_eq!(read_input(&flat).unwrap(), expected);
    assert_eq!(read_input(&nested).unwrap(), expected);
}

#[test]
fn the_datatype_may_come_after_the_data() {
    let body = br#"{"inputs":[{"data":[[true],[false]],"shape":[2,1],"datatype":"BOOL","name":"x"}],"id":"7"}"#;
    let request = InferRequest::from_json(body).unwrap();
    assert_eq!(
        request.inputs[0].data(),
        &TensorData::Bool(vec![true, false])
    );
    assert_eq!(request.id.as_deref(), Some("7"));
}

#[test]
fn optional_fields_may_be_null() {
    let body = br#"{"id":null,"parameters":null,"outputs":null,
        "inputs":[{"name":"x","shape":[1],"datatype":"UINT8","parameters":null,"data":[9]}]}"#;
    let request = InferRequest::from_json(body).unwrap();
    assert_eq!(request.id, None);
    assert_eq!(request.inputs[0].data(), &TensorData::Uint8(vec![9]));

    let body =
        br#"{"model_name":"m","model_version":null,"id":null,"parameters":null,"outputs":[]}"#;
    let response = InferResponse::from_json(body).unwrap();
    assert_eq!(response.model_name, "m");
    assert_eq!(response.model_version, None);
}

#[test]
fn bytes_are_strings_or_base64() {
    let text = json!({"name": "x", "shape": [2], "datatype": "BYTES", "data": ["Grüße", ""]});
    assert_eq!(
        read_input(&text).unwrap().data(),
        &TensorData::text(["Grüße", ""])
    );

    for spelled in ["/9j/4A==", "/9j/4A"] {
        let picture = json!({"name": "x", "shape": [1], "datatype": "BYTES",
            "parameters": {"content_type": "base64"}, "data": [spelled]});
        assert_eq!(
            read_input(&picture).unwrap().data().as_bytes(),
            Some(&[Bytes::from_static(&[0xff, 0xd8, 0xff, 0xe0])][..])
        );
    }
}

#[test]
fn bytes_that_are_not_text_are_written_in_base64() {
    let tensor = Tensor::vector(
        "image",
        TensorData::Bytes(vec![Bytes::from_static(b"\xff")]),
    )
    .with_parameters(Parameters::from_iter([(
        "content_type".into(),
        "str".into(),
    )]));
    assert_eq!(
        serde_json::to_value(&tensor).unwrap(),
        json!({"name": "image", "shape": [1], "datatype": "BYTES",
            "parameters": {"content_type": "base64"}, "data": ["/w=="]})
    );
}

#[test]
fn null_is_not_a_number_and_only_for_floating_point() {
    let floats = json!({"name": "x", "shape": [2], "datatype": "FP32", "data": [null, 1.5]});
    let TensorData::Fp32(elements) = read_input(&floats).unwrap().into_data() else {
        panic!("the datatype is FP32");
    };
    assert!(elements[0].is_nan());
    assert_eq!(elements[1], 1.5);

    let integers = json!({"name": "x", "shape": [1], "datatype": "INT8", "data": [null]});
    assert!(complaint(&integers).contains("invalid type: null"));
}

#[test]
fn a_wrong_count_is_told_with_both_numbers() {
    let short = json!({"name": "x", "shape": [2, 3], "datatype": "FP64", "data": [1, 2, 3, 4, 5]});
    assert_eq!(
        complaint(&short),
        "tensor `x` is wrong: the shape [2, 3] asks for 6 elements, the data has 5"
    );
    let empty = json!({"name": "x", "shape": [1], "datatype": "FP64", "data": []});
    assert!(complaint(&empty).contains("asks for 1 elements, the data has 0"));
}

#[test]
fn an_uncountable_shape_is_refused() {
    let huge = json!({"name": "x", "shape": [u32::MAX, u32::MAX, u32::MAX], "datatype": "INT8", "data": []});
    assert!(complaint(&huge).contains("too large"));
    let negative = json!({"name": "x", "shape": [-1], "datatype": "INT8", "data": []});
    assert!(complaint(&negative).contains("-1"));
}

#[test]
fn nested_data_of_another_shape_is_refused() {
    for (shape, data) in [
        (json!([2, 2]), json!([[1, 2, 3], [4]])),
        (json!([2, 2]), json!([[1, 2], 3, 4])),
        (json!([2, 2]), json!([[[1, 2]], [[3, 4]]])),
        (json!([4]), json!([[1, 2, 3, 4]])),
        (json!([]), json!([[1]])),
        (json!([1, 2, 2]), json!([[1, 2], [3, 4]])),
        (json!([2]), json!(5)),
        (json!([1]), json!({"0": 5})),
    ] {
        let input = json!({"name": "x", "shape": shape, "datatype": "INT8", "data": data});
        let complaint = complaint(&input);
        assert!(
            complaint.contains("does not hold INT8 elements of shape"),
            "{input}: {complaint}"
        );
    }
}

#[test]
fn an_element_beyond_its_datatype_is_refused() {
    for (datatype, element) in [
        ("UINT8", json!(256)),
        ("UINT16", json!(-1)),
        ("INT8", json!(-129)),
        ("INT64", json!(1.5)),
        ("BOOL", json!(1)),
        ("FP16", json!(65505)),
        ("FP32", json!(1e39)),
        ("FP64", json!("1")),
        ("BYTES", json!(1)),
    ] {
        let input = json!({"name": "x", "shape": [1], "datatype": datatype, "data": [element]});
        let complaint = complaint(&input);
        assert!(complaint.contains("does not hold"), "{input}: {complaint}");
    }
    let base64 = json!({"name": "x", "shape": [1], "datatype": "BYTES",
        "parameters": {"content_type": "base64"}, "data": ["not base64!"]});
    assert!(complaint(&base64).contains("Invalid symbol"));
}

#[test]
fn an_unknown_datatype_is_named() {
    let input = json!({"name": "x", "shape": [1], "datatype": "FLOAT", "data": [1]});
    assert!(complaint(&input).starts_with("tensor `x` is wrong: `FLOAT` is no datatype"));
}

#[test]
fn a_name_that_comes_twice_is_refused() {
    let body = br#"{"inputs":[{"name":"x","shape":[1],"datatype":"INT8","data":[1]},
        {"name":"x","shape":[1],"datatype":"INT8","data":[2]}]}"#;
    let error = InferRequest::from_json(body).unwrap_err();
    assert_eq!(error.to_string(), "there is more than one tensor `x`");
}

#[test]
fn a_message_without_tensors_is_refused() {
    for body in [
        &b"{}"[..],
        b"[]",
        b"",
        b"null",
        br#"{"outputs":{}}"#,
        b"\xff",
    ] {
        assert!(matches!(
            InferRequest::from_json(body),
            Err(MessageError::Json(_))
        ));
        assert!(matches!(
            InferResponse::from_json(body),
            Err(MessageError::Json(_))
        ));
    }
}

#[test]
fn paths_encode_what_a_path_cannot_hold() {
    assert_eq!(path::infer("iris", None), "/v2/models/iris/infer");
    assert_eq!(
        path::model_ready("a/b c", Some("1.0")),
        "/v2/models/a%2Fb%20c/versions/1.0/ready"
    );
}

#[test]
fn metadata_may_be_sparse() {
    let model: ModelMetadata = serde_json::from_value(json!({"name": "m"})).unwrap();
    assert_eq!(model.inputs, []);
    let model = ModelMetadata {
        inputs: vec![TensorMetadata::new("x", Datatype::Fp64, [-1, 4])],
        ..model
    };
    assert_eq!(
        serde_json::to_value(&model).unwrap(),
        json!({"name": "m", "versions": [], "platform": "", "outputs": [],
            "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 4]}]})
    );
}

#[test]
fn what_a_server_does_not_tell_may_be_null() {
    let told = json!({"name": "iris", "versions": null, "platform": "", "inputs": null});
    let metadata: ModelMetadata = serde_json::from_value(told).unwrap();
    let named = ModelMetadata {
        name: "iris".into(),
        ..ModelMetadata::default()
    };
    assert_eq!(metadata, named);
}

#[test]
fn no_outputs_asked_for_means_all() {
    let mut request = InferRequest::default();
    assert!(request.wants("label"));
    request.outputs = serde_json::from_value(json!([{"name": "score"}])).unwrap();
    assert!(request.wants("score"));
    assert!(!request.wants("label"));
}

/// Finite: what is not becomes `null`, and equality could not tell.
fn data(count: usize) -> impl Strategy<Value = TensorData> {
    use proptest::num::{f32, f64};
    prop_oneof![
        vec(any::<bool>(), count).prop_map(TensorData::Bool),
        vec(any::<u8>(), count).prop_map(TensorData::Uint8),
        vec(any::<u16>(), count).prop_map(TensorData::Uint16),
        vec(any::<u32>(), count).prop_map(TensorData::Uint32),
        vec(any::<u64>(), count).prop_map(TensorData::Uint64),
        vec(any::<i8>(), count).prop_map(TensorData::Int8),
        vec(any::<i16>(), count).prop_map(TensorData::Int16),
        vec(any::<i32>(), count).prop_map(TensorData::Int32),
        vec(any::<i64>(), count).prop_map(TensorData::Int64),
        vec(-65504.0_f32..65504.0, count).prop_map(TensorData::Fp16),
        vec(f32::NORMAL | f32::SUBNORMAL | f32::ZERO, count).prop_map(TensorData::Fp32),
        vec(f64::NORMAL | f64::SUBNORMAL | f64::ZERO, count).prop_map(TensorData::Fp64),
        vec(vec(any::<u8>(), 0..9).prop_map(Bytes::from), count).prop_map(TensorData::Bytes),
        vec(".{0,9}", count).prop_map(TensorData::text),
    ]
}

fn tensor() -> impl Strategy<Value = Tensor> {
    (".{0,4}", vec(0..4_usize, 0..4))
        .prop_flat_map(|(name, shape)| {
            let count = shape.iter().product();
            (Just(name), Just(shape), data(count), any::<bool>())
        })
        .prop_map(|(name, shape, data, in_base64)| {
            let tensor = Tensor::new(name, shape, data).unwrap();
            if in_base64 {
                tensor.in_base64()
            } else {
                tensor
            }
        })
}

fn tensors() -> impl Strategy<Value = Vec<Tensor>> {
    vec(tensor(), 0..4).prop_map(|mut tensors| {
        let mut names = std::collections::HashSet::new();
        tensors.retain(|tensor| names.insert(tensor.name().to_owned()));
        tensors
    })
}

/// Flat data folded along the shape, as other clients send it.
fn nested(flat: &[Value], shape: &[usize]) -> Value {
    match shape {
        [] | [_] => flat.into(),
        [length, inner @ ..] => {
            let size: usize = inner.iter().product();
            (0..*length)
                .map(|at| nested(&flat[at * size..(at + 1) * size], inner))
                .collect()
        }
    }
}

proptest! {
    #[test]
    fn a_request_comes_back_as_it_was(
        id in proptest::option::of(".{0,9}"),
        inputs in tensors(),
        outputs in vec(".{0,4}", 0..3),
    ) {
        let request = InferRequest {
            id,
            parameters: Parameters::new(),
            inputs,
            outputs: outputs
                .into_iter()
                .map(|name| RequestedOutput { name, parameters: None })
                .collect(),
        };
        prop_assert_eq!(InferRequest::from_json(&request.to_json()).unwrap(), request);
    }

    #[test]
    fn a_response_comes_back_as_it_was(
        model_name in ".{0,9}",
        id in proptest::option::of(".{0,9}"),
        outputs in tensors(),
    ) {
        let response = InferResponse {
            model_name,
            model_version: None,
            id,
            parameters: Parameters::from_iter([("seed".into(), 7.into())]),
            outputs,
        };
        prop_assert_eq!(InferResponse::from_json(&response.to_json()).unwrap(), response);
    }

    #[test]
    fn nested_data_comes_back_flat(tensor in tensor()) {
        let mut written = serde_json::to_value(&tensor).unwrap();
        let flat = written["data"].take();
        written["data"] = nested(flat.as_array().unwrap(), tensor.shape());
        prop_assert_eq!(read_input(&written).unwrap(), tensor);
    }

    #[test]
    fn a_truncated_request_is_an_error(inputs in tensors(), cut in any::<prop::sample::Index>()) {
        let body = InferRequest { inputs, ..InferRequest::default() }.to_json();
        let cut = cut.index(body.len());
        prop_assert!(InferRequest::from_json(&body[..cut]).is_err());
    }

    #[test]
    fn rubbish_is_an_error_and_no_panic(body in vec(any::<u8>(), 0..64)) {
        prop_assert!(InferRequest::from_json(&body).is_err());
        prop_assert!(InferResponse::from_json(&body).is_err());
    }
}

#[test]
fn elements_are_nested_as_the_shape_says() {
    for (shape, expected) in [
        (&[3][..], json!([0, 1, 2])),
        (&[2, 3], json!([[0, 1, 2], [3, 4, 5]])),
        (&[1, 2, 2], json!([[[0, 1], [2, 3]]])),
        (&[0], json!([])),
        (&[0, 4, 2], json!([])),
    ] {
        let count = shape.iter().product::<usize>() as i32;
        let tensor = Tensor::new("x", shape, TensorData::Int32((0..count).collect())).unwrap();
        assert_eq!(tensor.to_nested(), expected);
    }
}

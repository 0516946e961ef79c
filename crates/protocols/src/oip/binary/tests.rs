use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::oip::{InferRequest, InferResponse, MessageError, RequestedOutput, Tensor};

/// One tensor of each datatype, with the extremes of its elements.
fn all() -> Vec<Tensor> {
    let data = [
        TensorData::Bool(vec![false, true]),
        TensorData::Uint8(vec![0, u8::MAX]),
        TensorData::Uint16(vec![1, u16::MAX]),
        TensorData::Uint32(vec![1, u32::MAX]),
        TensorData::Uint64(vec![1, u64::MAX]),
        TensorData::Int8(vec![i8::MIN, i8::MAX]),
        TensorData::Int16(vec![i16::MIN, i16::MAX]),
        TensorData::Int32(vec![i32::MIN, i32::MAX]),
        TensorData::Int64(vec![i64::MIN, i64::MAX]),
        TensorData::Fp16(vec![-0.5, 65504.0]),
        TensorData::Fp32(vec![f32::MIN, f32::INFINITY]),
        TensorData::Fp64(vec![f64::MIN_POSITIVE, f64::MAX]),
        TensorData::Bytes(vec![Bytes::new(), Bytes::from_static(b"\xff\xd8")]),
    ];
    let named = data.into_iter().map(|data| {
        let name = data.datatype().to_string();
        Tensor::new(name, [1, 2], data).unwrap()
    });
    named.collect()
}

fn request(inputs: Vec<Tensor>) -> InferRequest {
    InferRequest {
        id: Some("b1f0".into()),
        inputs,
        ..InferRequest::default()
    }
}

/// Writes a request and reads it again.
fn round_trip(request: &InferRequest) -> Result<InferRequest, MessageError> {
    let Framed { json_length, body } = request.to_binary();
    InferRequest::from_binary(&body, &json_length.to_string())
}

/// A message of one tensor, `head` beside its name, with these bytes behind the JSON.
fn check(head: &Value, rest: &[u8]) -> Result<Tensor, MessageError> {
    let mut tensor = head.clone();
    tensor["name"] = "x".into();
    let json = json!({"outputs": [tensor]}).to_string();
    let body = Bytes::from([json.as_bytes(), rest].concat());
    let mut message = InferResponse::from_binary(&body, &json.len().to_string())?;
    Ok(message.outputs.remove(0))
}

/// The head of a tensor that has `size` bytes behind the JSON.
fn head(datatype: &str, shape: &[u64], size: impl Into<Value>) -> Value {
    json!({"datatype": datatype, "shape": shape, "parameters": {"binary_data_size": size.into()}})
}

#[test]
fn every_datatype_arrives_as_it_was_sent() {
    let sent = request(all());
    let received = round_trip(&sent).unwrap();
    for (sent, received) in sent.inputs.iter().zip(&received.inputs) {
        assert_eq!(sent.data(), received.data());
        assert_eq!(sent.shape(), received.shape());
    }
    assert_eq!(received.id.as_deref(), Some("b1f0"));
}

#[test]
fn numbers_are_little_endian() {
    let bytes = |data: TensorData| {
        let Framed { json_length, body } = request(vec![Tensor::vector("x", data)]).to_binary();
        body[json_length..].to_vec()
    };
    assert_eq!(bytes(TensorData::Uint16(vec![0x0102])), [2, 1]);
    assert_eq!(bytes(TensorData::Int32(vec![-2])), [0xfe, 0xff, 0xff, 0xff]);
    assert_eq!(bytes(TensorData::Fp16(vec![1.0])), [0x00, 0x3c]);
    assert_eq!(bytes(TensorData::Fp32(vec![1.0])), [0, 0, 0x80, 0x3f]);
    assert_eq!(bytes(TensorData::text(["ab", ""])), b"\x02\0\0\0ab\0\0\0\0");
}

#[test]
fn the_json_tells_how_many_bytes_each_tensor_has() {
    let two = [
        Tensor::vector("a", TensorData::Fp32(vec![1.0, 2.0])),
        Tensor::vector("b", TensorData::Bytes(vec![Bytes::from_static(b"\xff")])),
    ];
    let Framed { json_length, body } = request(two.to_vec()).to_binary();
    let json: Value = serde_json::from_slice(&body[..json_length]).unwrap();
    assert_eq!(
        json["inputs"],
        json!([
            {"name": "a", "shape": [2], "datatype": "FP32", "parameters": {"binary_data_size": 8}},
            {"name": "b", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 5}},
        ])
    );
    assert_eq!(body.len(), json_length + 13);
}

#[test]
fn a_response_can_be_binary_in_part() {
    let outputs = vec![
        Tensor::vector("a", TensorData::Int8(vec![1])),
        Tensor::vector("b", TensorData::Int8(vec![2])),
    ];
    let response = InferResponse {
        outputs,
        ..InferResponse::default()
    };
    let Framed { json_length, body } = response.to_binary(|output| output.name() == "a");
    assert_eq!(&body[json_length..], [1]);
    let read = InferResponse::from_binary(&body, &json_length.to_string()).unwrap();
    assert_eq!(read, response);
}

#[test]
fn a_client_says_which_outputs_it_wants_in_binary() {
    let parameters =
        |name: &str, value: bool| [(name.to_owned(), value.into())].into_iter().collect();
    let mut request = request(Vec::new());
    assert!(!request.wants_binary("y"));
    request.parameters = parameters("binary_data_output", true);
    assert!(request.wants_binary("y"));
    request.outputs = vec![RequestedOutput {
        name: "y".into(),
        parameters: Some(parameters("binary_data", false)),
    }];
    assert!(!request.wants_binary("y"));
    assert!(request.wants_binary("z"));
}

#[test]
fn a_body_that_is_cut_anywhere_is_refused() {
    let Framed { json_length, body } = request(all()).to_binary();
    let said = json_length.to_string();
    for length in 0..body.len() {
        let cut = body.slice(..length);
        assert!(InferRequest::from_binary(&cut, &said).is_err(), "{length}");
    }
    let more = Bytes::from([&body[..], b"x"].concat());
    let error = InferRequest::from_binary(&more, &said).unwrap_err();
    assert!(matches!(error, MessageError::Rest { found: 1 }), "{error}");
}

#[test]
fn the_length_of_the_json_must_be_one() {
    let Framed { json_length, body } = request(all()).to_binary();
    for said in [
        "",
        "-1",
        "1e2",
        "abc",
        "18446744073709551616",
        &(body.len() + 1).to_string(),
    ] {
        let error = InferRequest::from_binary(&body, said).unwrap_err();
        assert!(
            matches!(error, MessageError::Length { .. }),
            "{said}: {error}"
        );
    }
    let spaced = format!(" {json_length} ");
    assert!(InferRequest::from_binary(&body, &spaced).is_ok());
}

#[test]
fn sizes_that_are_none_or_too_large_are_refused() {
    for size in [
        json!(9),
        json!(u64::MAX),
        json!(-1),
        json!("8"),
        json!(null),
        json!(1.5),
    ] {
        let error = check(&head("FP64", &[1], size), &[0; 8]).unwrap_err();
        assert!(matches!(error, MessageError::Cut { .. }), "{error}");
    }
}

/// What is wrong with a tensor.
fn complaint(head: &Value, rest: &[u8]) -> TensorError {
    match check(head, rest) {
        Err(MessageError::Tensor { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn shapes_that_do_not_fit_their_bytes_are_refused() {
    let huge = [1 << 32, 1 << 32, 1 << 32];
    for (shape, size) in [
        (&[2_u64][..], 8),
        (&[0], 8),
        (&[1, 1, 2], 8),
        (&[1 << 61], 8),
        (&[1 << 63], 8),
    ] {
        let error = complaint(&head("FP64", shape, size), &[0; 8]);
        assert!(
            matches!(error, TensorError::Size { .. }),
            "{shape:?}: {error}"
        );
    }
    for datatype in ["FP64", "BYTES"] {
        let error = complaint(&head(datatype, &huge, 8), &[0; 8]);
        assert!(matches!(error, TensorError::TooLarge { .. }), "{error}");
    }
}

#[test]
fn lengths_of_strings_that_do_not_add_up_are_refused() {
    for (count, bytes) in [
        (1, &b"\x02\0\0\0a"[..]),
        (1, b"\x01\0\0\0ab"),
        (2, b"\x01\0\0\0ab"),
        (1, b"\xff\xff\xff\xff"),
        (0, b"\0\0\0\0"),
        (1, b"\0\0\0"),
        (1 << 60, b"\0\0\0\0"),
    ] {
        let error = complaint(&head("BYTES", &[count], bytes.len()), bytes);
        assert!(matches!(error, TensorError::Lengths { .. }), "{error}");
    }
}

#[test]
fn a_truth_is_0_or_1() {
    let error = complaint(&head("BOOL", &[2], 2), &[1, 2]);
    assert!(matches!(error, TensorError::Truth { byte: 2 }), "{error}");
}

#[test]
fn a_tensor_needs_its_data_somewhere() {
    let error = complaint(&json!({"datatype": "INT8", "shape": [1]}), b"");
    assert!(matches!(error, TensorError::NoData), "{error}");
    let json = json!({"datatype": "INT8", "shape": [1], "data": [5]});
    assert_eq!(
        check(&json, b"").unwrap().data(),
        &TensorData::Int8(vec![5])
    );
}

#[test]
fn values_have_no_more_digits_than_their_precision() {
    let value = |data: TensorData| Tensor::vector("x", data).to_value();
    assert_eq!(
        value(TensorData::Fp32(vec![0.1, f32::NAN])),
        json!([0.1, null])
    );
    assert_eq!(value(TensorData::text(["a"])), json!(["a"]));
    let picture = TensorData::Bytes(vec![Bytes::from_static(b"\xff\xd8\xff")]);
    assert_eq!(value(picture), json!(["/9j/"]));
}

fn elements() -> impl Strategy<Value = TensorData> {
    use prop::collection::vec;
    let half = any::<u16>().prop_map(|bits| f16::from_bits(bits).to_f32());
    let finite = |half: &f32| half.is_finite();
    prop_oneof![
        vec(any::<bool>(), 0..9).prop_map(TensorData::Bool),
        vec(any::<u8>(), 0..9).prop_map(TensorData::Uint8),
        vec(any::<u16>(), 0..9).prop_map(TensorData::Uint16),
        vec(any::<u32>(), 0..9).prop_map(TensorData::Uint32),
        vec(any::<u64>(), 0..9).prop_map(TensorData::Uint64),
        vec(any::<i8>(), 0..9).prop_map(TensorData::Int8),
        vec(any::<i16>(), 0..9).prop_map(TensorData::Int16),
        vec(any::<i32>(), 0..9).prop_map(TensorData::Int32),
        vec(any::<i64>(), 0..9).prop_map(TensorData::Int64),
        vec(half.prop_filter("numbers are compared", finite), 0..9).prop_map(TensorData::Fp16),
        vec(prop::num::f32::NORMAL | prop::num::f32::ZERO, 0..9).prop_map(TensorData::Fp32),
        vec(prop::num::f64::NORMAL | prop::num::f64::ZERO, 0..9).prop_map(TensorData::Fp64),
        vec(vec(any::<u8>(), 0..9).prop_map(Bytes::from), 0..9).prop_map(TensorData::Bytes),
    ]
}

proptest! {
    #[test]
    fn tensors_arrive_as_they_were_sent_in_either_form(data in prop::collection::vec(elements(), 1..4)) {
        let named = data.into_iter().enumerate();
        let inputs = named.map(|(at, data)| Tensor::vector(at.to_string(), data));
        let sent = request(inputs.collect());
        prop_assert_eq!(&round_trip(&sent).unwrap(), &sent);
        prop_assert_eq!(&InferRequest::from_json(&sent.to_json()).unwrap(), &sent);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        datatype in prop::sample::select(&Datatype::ALL[..]),
        shape in prop::collection::vec(prop_oneof![0..5_u64, any::<u64>()], 0..4),
        rest in prop::collection::vec(any::<u8>(), 0..32),
        size in prop_oneof![0..33_u64, any::<u64>()],
    ) {
        // Whatever is read has as many elements as its shape says.
        if let Ok(tensor) = check(&head(datatype.as_str(), &shape, size), &rest) {
            prop_assert_eq!(tensor.data().len(), tensor.shape().iter().product::<usize>());
        }
    }
}

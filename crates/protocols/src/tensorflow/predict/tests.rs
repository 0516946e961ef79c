use serde_json::json;

use super::*;

fn read(instances: Value, datatype: Datatype) -> Result<Tensor, String> {
    let body = json!({ "instances": instances }).to_string();
    let request = PredictRequest::from_json(body.as_bytes()).map_err(|error| error.to_string())?;
    request
        .input("x", datatype)
        .map_err(|error| error.to_string())
}

#[test]
fn rows_are_a_tensor_with_or_without_a_name() {
    let expected = Tensor::new("x", [2, 2], TensorData::Fp64(vec![1.0, 2.0, 3.0, 4.0])).unwrap();
    for instances in [
        json!([[1, 2], [3, 4]]),
        json!([{"x": [1, 2]}, {"x": [3, 4]}]),
    ] {
        assert_eq!(read(instances, Datatype::Fp64).unwrap(), expected);
    }
    let numbers = read(json!([1, 2]), Datatype::Fp64).unwrap();
    assert_eq!(numbers.shape(), [2]);
}

#[test]
fn strings_may_be_in_base64() {
    let bytes = vec![Bytes::from_static(b"a"), Bytes::from_static(b"\xff\xd8")];
    let expected = Tensor::vector("x", TensorData::Bytes(bytes));
    for instances in [
        json!(["a", {"b64": "/9g="}]),
        json!([{"x": "a"}, {"x": {"b64": "/9g="}}]),
    ] {
        assert_eq!(read(instances, Datatype::Bytes).unwrap(), expected);
    }
}

#[test]
fn an_instance_that_is_none_is_named() {
    for (instances, datatype, row) in [
        (json!([[1, 2], [3]]), Datatype::Fp64, 1),
        (json!([[1, 2], 3]), Datatype::Fp64, 1),
        (json!([[1], [2, 3]]), Datatype::Fp64, 1),
        (json!([["a"]]), Datatype::Fp64, 0),
        (json!([[[1]]]), Datatype::Fp64, 0),
        (json!([null]), Datatype::Fp64, 0),
        (json!(["a", 5]), Datatype::Bytes, 1),
        (json!([{"b64": "?"}]), Datatype::Bytes, 0),
        (json!([{"y": "a"}]), Datatype::Bytes, 0),
    ] {
        let error = read(instances.clone(), datatype).unwrap_err();
        assert!(
            error.starts_with(&format!("instance {row} is")),
            "{instances}: {error}"
        );
    }
    for body in [
        "{}",
        "[]",
        "{",
        r#"{"inputs": [1]}"#,
        r#"{"instances": []}"#,
    ] {
        assert!(
            PredictRequest::from_json(body.as_bytes()).is_err(),
            "{body}"
        );
    }
}

#[test]
fn predictions_are_rows() {
    let outputs = [
        Tensor::vector("label", TensorData::text(["a", "b"])),
        Tensor::new("odds", [2, 2], TensorData::Fp32(vec![0.1, 0.9, 1.0, 0.0])).unwrap(),
    ];
    let told =
        |outputs: &[Tensor]| -> Value { serde_json::from_slice(&predictions(outputs)).unwrap() };
    assert_eq!(
        told(&outputs),
        json!({"predictions": [
            {"label": "a", "odds": [0.1, 0.9]}, {"label": "b", "odds": [1.0, 0.0]}]})
    );
    assert_eq!(
        told(&outputs[1..]),
        json!({"predictions": [[0.1, 0.9], [1.0, 0.0]]})
    );
}

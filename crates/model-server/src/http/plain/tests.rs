use creel_protocols::oip::TensorData;
use serde_json::json;

use super::*;

#[track_caller]
fn check(shape: &[usize], expected: Value) {
    let count = shape.iter().product::<usize>() as i32;
    let tensor = Tensor::new("x", shape, TensorData::Int32((0..count).collect())).unwrap();
    assert_eq!(nested(&tensor), expected);
}

#[test]
fn elements_are_nested_as_the_shape_says() {
    check(&[3], json!([0, 1, 2]));
    check(&[2, 3], json!([[0, 1, 2], [3, 4, 5]]));
    check(&[1, 2, 2], json!([[[0, 1], [2, 3]]]));
    check(&[0], json!([]));
    check(&[0, 4, 2], json!([]));
}

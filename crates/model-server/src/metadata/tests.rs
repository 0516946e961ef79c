use super::*;

fn model() -> Metadata {
    Metadata::new("mix", "test")
        .input("numbers", Datatype::Fp64, [-1, 2])
        .input("names", Datatype::Bytes, [-1])
        .output("sum", Datatype::Fp64, [-1])
}

fn numbers() -> Tensor {
    Tensor::new("numbers", [1, 2], TensorData::Fp64(vec![1.0, 2.5])).unwrap()
}

fn names() -> Tensor {
    Tensor::vector("names", TensorData::text(["a", "b"]))
}

#[test]
fn inputs_come_in_the_order_of_the_model() {
    let inputs = model().accept(vec![names(), numbers()]).unwrap();
    assert_eq!(inputs, [numbers(), names()]);
}

#[test]
fn single_precision_is_widened() {
    let single = Tensor::new("numbers", [1, 2], TensorData::Fp32(vec![1.0, 2.5])).unwrap();
    assert_eq!(model().accept(vec![single, names()]).unwrap()[0], numbers());
}

#[track_caller]
fn check(inputs: Vec<Tensor>, expected: &str) {
    assert_eq!(model().accept(inputs).unwrap_err().to_string(), expected);
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    check(vec![numbers()], "the input `names` is missing");
    let other = Tensor::vector("other", TensorData::text(["a"]));
    check(
        vec![numbers(), other, names()],
        "the model has no input `other`, only `numbers`, `names`",
    );
    let wide = Tensor::new("numbers", [1, 3], TensorData::Fp64(vec![0.0; 3])).unwrap();
    check(
        vec![wide, names()],
        "the input `numbers` must have the shape [-1, 2] (-1 is any size), not [1, 3]",
    );
    let flat = Tensor::vector("numbers", TensorData::Fp64(vec![0.0; 2]));
    check(
        vec![flat, names()],
        "the input `numbers` must have the shape [-1, 2] (-1 is any size), not [2]",
    );
    let whole = Tensor::new("numbers", [1, 2], TensorData::Int64(vec![1, 2])).unwrap();
    check(
        vec![whole, names()],
        "the input `numbers` must be FP64, not INT64",
    );
}

#[test]
fn an_output_that_the_model_does_not_give_is_named() {
    let wanted = |name: &str| RequestedOutput {
        name: name.to_owned(),
        parameters: None,
    };
    assert_eq!(model().check_outputs(&[wanted("sum")]), Ok(()));
    let error = model()
        .check_outputs(&[wanted("sum"), wanted("difference")])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model has no output `difference`, only `sum`"
    );
}

//! Tensors behind the JSON.

use creel_model_server::{ModelServer, Settings};
use creel_protocols::oip::{InferRequest, InferResponse, JSON_LENGTH, Tensor, TensorData};
use ureq::Body;
use ureq::http::Response;

use crate::client::{Answer, agent, get, serve};

fn request(wants_binary: bool) -> InferRequest {
    let features = TensorData::Fp32(vec![5.1, 3.5, 1.4, 0.2, 6.3, 3.3, 6.0, 2.5]);
    InferRequest {
        id: Some("b1f0".into()),
        inputs: vec![Tensor::new("features", [2, 4], features).unwrap()],
        parameters: [("binary_data_output".to_owned(), wants_binary.into())]
            .into_iter()
            .collect(),
        ..InferRequest::default()
    }
}

fn infer(server: &ModelServer, body: &[u8], json_length: &str) -> Response<Body> {
    agent()
        .post(format!("{}/v2/models/iris/infer", server.url()))
        .header(JSON_LENGTH, json_length)
        .send(body)
        .unwrap()
}

#[test]
fn tensors_go_both_ways_in_binary() {
    let server = serve(Settings::default());
    let sent = request(true).to_binary();
    let mut reply = infer(&server, &sent.body, &sent.json_length.to_string());
    assert_eq!(reply.status(), 200);
    let json_length = reply.headers()[JSON_LENGTH].to_str().unwrap().to_owned();
    let body = reply.body_mut().read_to_vec().unwrap();
    let response = InferResponse::from_binary(&body.into(), &json_length).unwrap();
    assert_eq!(response.id.as_deref(), Some("b1f0"));
    let label = response.output("label").unwrap();
    assert_eq!(label.data(), &TensorData::text(["setosa", "virginica"]));
    assert_eq!(response.output("probabilities").unwrap().shape(), [2, 3]);
    assert_eq!(server.stats().identified, 1);
}

#[test]
fn the_answer_is_in_json_where_that_was_asked() {
    let server = serve(Settings::default());
    let sent = request(false).to_binary();
    let reply = infer(&server, &sent.body, &sent.json_length.to_string());
    assert!(!reply.headers().contains_key(JSON_LENGTH));
    let answer = Answer::from(reply);
    let response = InferResponse::from_json(answer.text.as_bytes()).unwrap();
    assert_eq!(response.outputs.len(), 3);
}

#[test]
fn a_message_that_is_cut_or_miscounted_is_400() {
    let server = serve(Settings::default());
    let sent = request(true).to_binary();
    let json_length = sent.json_length.to_string();
    let cut = &sent.body[..sent.body.len() - 1];
    let error = Answer::from(infer(&server, cut, &json_length)).error(400);
    assert!(error.contains("`features` has `32` bytes"), "{error}");
    let error = Answer::from(infer(&server, &sent.body, "many")).error(400);
    assert!(error.contains("`many` cannot be the JSON"), "{error}");
}

#[test]
fn the_extension_is_announced() {
    let server = serve(Settings::default());
    let told = get(&format!("{}/v2", server.url())).json();
    let extensions = told["extensions"].as_array().unwrap();
    assert!(extensions.contains(&"binary_tensor_data".into()));
}

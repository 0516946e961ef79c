//! Replies: whatever a server sends is an answer with outputs, or told as none.

#![no_main]

use bytes::Bytes;
use creel_protocols::openai::{Chat, Embeddings};
use creel_protocols::tensorflow::PredictRequest;
use creel_protocols::{
    Features, Multipart, OpenInference, Payload, Protocol, Raw, Request, Roboflow, TensorFlow,
    TensorForm, oip,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, body) = input;
    let binary = OpenInference::new("m").with_form(TensorForm::Binary);
    let protocols: [Protocol; 8] = [
        binary.into(),
        Chat::new("m").into(),
        Embeddings::new("m").into(),
        TensorFlow::new("m").into(),
        TensorFlow::new("m").in_columns().into(),
        Roboflow::new("m").into(),
        Multipart::new().into(),
        Raw.into(),
    ];
    let payloads = [
        Payload::Text("a".into()),
        Payload::Texts(vec!["a".into(), "b".into()]),
        Features::row([1.0]).into(),
    ];
    let request = Request::new("1", payloads[usize::from(choice >> 6) % 3].clone());
    let mut reply = http::Response::builder().status(if choice & 32 == 0 { 200 } else { 500 });
    if choice & 16 != 0 {
        let media = ["text/plain", "text/event-stream"][usize::from(choice & 8 != 0)];
        reply = reply.header("content-type", media);
    }
    if choice & 8 != 0 {
        reply = reply.header(oip::JSON_LENGTH, body.len() / 2);
    }
    let reply = reply
        .body(Bytes::copy_from_slice(body))
        .expect("the headers can be sent");
    let protocol = &protocols[usize::from(choice & 7)];
    match protocol.decode(&request, &reply) {
        Ok(answer) => assert!(!answer.outputs.is_empty()),
        // A message is fit to be shown, whatever the body was.
        Err(error) => assert!(error.to_string().chars().count() < 2000 || body.len() > 300),
    }
    if let Ok(request) = PredictRequest::from_json(body) {
        for datatype in oip::Datatype::ALL {
            // Either is fine, and neither may panic.
            _ = request.input("x", datatype);
        }
    }
});

//! Tensors in binary: what is read has as many elements as its shape says, and can be written and read again.

#![no_main]

use bytes::Bytes;
use creel_protocols::oip::{InferRequest, InferResponse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &[u8])| {
    let (json_length, body) = input;
    let body = Bytes::copy_from_slice(body);
    let said = json_length.to_string();
    if let Ok(request) = InferRequest::from_binary(&body, &said) {
        for tensor in &request.inputs {
            let count: usize = tensor.shape().iter().product();
            assert_eq!(tensor.data().len(), count);
        }
        let written = request.to_binary();
        let length = written.json_length.to_string();
        let again = InferRequest::from_binary(&written.body, &length).expect("it was written");
        // Numbers that are none differ from themselves.
        assert_eq!(again.to_binary().body.len(), written.body.len());
        assert_eq!(again.inputs.len(), request.inputs.len());
    }
    if let Ok(response) = InferResponse::from_binary(&body, &said) {
        let json = response.to_json();
        InferResponse::from_json(&json).expect("it was written");
    }
});

//! Forms: the parts are parts of the body, and none is made up.

#![no_main]

use bytes::Bytes;
use creel_protocols::form;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (declared, body) = input;
    let body = Bytes::copy_from_slice(body);
    for declared in [declared, "multipart/form-data; boundary=x"] {
        if let Ok(parts) = form::parts(declared, &body) {
            let held: usize = parts.iter().map(|part| part.content.len()).sum();
            assert!(held <= body.len());
        }
    }
});

use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::sample::{answered, one_row, picture, refusal, text, two_texts};
use crate::{Image, Protocol};

/// The boundary and the body of an encoded request.
fn sent(protocol: &Multipart, request: &Request) -> (String, Vec<u8>) {
    let sent = Protocol::from(protocol.clone()).encode(request).unwrap();
    assert_eq!(sent.method(), "POST");
    assert_eq!(sent.uri(), "/");
    let declared = sent.headers()["content-type"].to_str().unwrap();
    let boundary = declared.strip_prefix("multipart/form-data; boundary=");
    (boundary.unwrap().to_owned(), sent.body().to_vec())
}

/// The parts of a form, head and content, as a reader that knows the boundary finds them.
fn parts(boundary: &str, body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut rest = body
        .strip_prefix(format!("--{boundary}\r\n").as_bytes())
        .unwrap();
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    loop {
        let end = memmem::find(rest, delimiter.as_bytes()).unwrap();
        let head = memmem::find(rest, b"\r\n\r\n").unwrap();
        let text = String::from_utf8(rest[..head].to_vec()).unwrap();
        parts.push((text, rest[head + 4..end].to_vec()));
        rest = &rest[end + delimiter.len()..];
        if rest == b"--\r\n" {
            return parts;
        }
        rest = rest.strip_prefix(b"\r\n").unwrap();
    }
}

#[test]
fn a_picture_is_the_one_file_of_the_form() {
    let (boundary, body) = sent(&Multipart::new(), &picture());
    assert_eq!(boundary, "creel-b1f0");
    let expected = b"--creel-b1f0\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"image.jpg\"\r\n\
        Content-Type: image/jpeg\r\n\r\n\
        \xff\xd8\xff\r\n--creel-b1f0--\r\n";
    assert_eq!(body, expected);
}

#[test]
fn a_text_is_a_file_too() {
    let (boundary, body) = sent(&Multipart::new(), &text());
    let [(head, content)] = &parts(&boundary, &body)[..] else {
        panic!("one part")
    };
    assert!(head.contains("filename=\"text.txt\""), "{head}");
    assert_eq!(content, "Grüße".as_bytes());
}

#[test]
fn parameters_are_fields_beside_it() {
    let parameters = Map::from_iter([
        ("limit".to_owned(), json!(0.5)),
        ("name".to_owned(), json!("a b")),
    ]);
    let protocol = Multipart::new()
        .with_field("image")
        .with_parameters(parameters);
    let (boundary, body) = sent(&protocol, &picture());
    let parts = parts(&boundary, &body);
    let contents: Vec<_> = parts
        .iter()
        .map(|(_, content)| content.as_slice())
        .collect();
    assert_eq!(contents, [&b"0.5"[..], b"a b", b"\xff\xd8\xff"]);
    assert_eq!(parts[0].0, "Content-Disposition: form-data; name=\"limit\"");
    assert!(parts[2].0.contains("name=\"image\""));
}

#[test]
fn names_cannot_end_their_line() {
    let protocol = Multipart::new().with_field("a\"b\r\nc");
    let (boundary, body) = sent(&protocol, &picture());
    let head = &parts(&boundary, &body)[0].0;
    assert!(head.contains("name=\"a%22b%0D%0Ac\";"), "{head}");
}

#[test]
fn numbers_are_not_carried() {
    assert_eq!(
        refusal(Multipart::new(), &one_row()),
        "a form cannot carry features"
    );
    assert_eq!(
        refusal(Multipart::new(), &two_texts()),
        "a form cannot carry several texts"
    );
}

#[test]
fn an_object_is_the_answer_and_anything_else_is_one_output() {
    let object = json!({"label": "dog"});
    assert_eq!(answered(Multipart::new(), &picture(), &object), object);
    assert_eq!(
        answered(Multipart::new(), &picture(), &json!([1])),
        json!({"reply": [1]})
    );
}

proptest! {
    #[test]
    fn what_is_sent_is_found_in_the_form(
        id in "[ -~]{0,60}",
        content in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'-'), Just(b'c')], 0..64),
        holds_boundary in any::<bool>(),
        value in "(creel-|x|\r\n--){0,8}",
    ) {
        let mut content = content;
        if holds_boundary {
            let own: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
            content.extend(format!("\r\n--creel-{own}xx\r\n").bytes());
        }
        let request = Request::new(id, Payload::Image(Image::jpeg(content.clone())));
        let parameters = Map::from_iter([("p".to_owned(), json!(value))]);
        let (boundary, body) = sent(&Multipart::new().with_parameters(parameters), &request);
        prop_assert!(boundary.len() <= 70);
        let parts = parts(&boundary, &body);
        prop_assert_eq!(parts.len(), 2);
        prop_assert_eq!(&parts[0].1, value.as_bytes());
        prop_assert_eq!(&parts[1].1, &content);
    }
}

//! Pictures and texts as files in a form.

use creel_model_server::Settings;
use serde_json::json;

use crate::client::{Answer, post, serve};
use crate::pictures::Picture;

fn predict(model: &str, parts: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend(format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--x--\r\n");
    let server = serve(Settings::default());
    let url = format!("{}/predict/{model}", server.url());
    post(&url, "multipart/form-data; boundary=x", &body)
}

#[test]
fn the_first_file_of_a_form_is_what_the_model_sees() {
    let picture = Picture::blank(320, 240).with_code("7", (40, 40), 6);
    let file = "name=\"image\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg";
    let answer = predict(
        "qr",
        &[("name=\"limit\"", b"5"), (file, &picture.to_jpeg())],
    );
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["text"], json!(["7"]));
}

#[test]
fn a_part_that_does_not_say_what_it_is_may_be_anything() {
    let text = "Wer reitet so spät durch Nacht und Wind?";
    let answer = predict("lang", &[("name=\"text\"", text.as_bytes())]);
    assert_eq!(answer.json()["language"], json!(["deu"]));
}

#[test]
fn a_form_without_a_file_for_the_model_is_refused() {
    assert_eq!(predict("qr", &[]).error(400), "the form has no file");
    let html = "name=\"a\"; filename=\"b\"\r\nContent-Type: text/html";
    let error = predict("qr", &[(html, b"<p>")]).error(415);
    assert!(
        error.contains("image/jpeg or image/png, not text/html"),
        "{error}"
    );
    assert!(predict("iris", &[]).error(415).contains("/v2/models/iris"));
    let server = serve(Settings::default());
    let url = format!("{}/predict/qr", server.url());
    let error = post(&url, "multipart/form-data", b"--x--").error(400);
    assert!(error.contains("boundary"), "{error}");
}

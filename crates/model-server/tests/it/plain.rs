//! Plain bodies.

use creel_model_server::Settings;
use serde_json::json;

use crate::client::{Answer, agent, post, serve};
use crate::pictures::Picture;

fn predict(model: &str, media: &str, body: &[u8]) -> Answer {
    let server = serve(Settings::default());
    post(&format!("{}/predict/{model}", server.url()), media, body)
}

#[test]
fn a_code_is_read_with_its_corners() {
    let picture = Picture::blank(640, 480).with_code("1234", (100, 80), 8);
    for (media, bytes) in [
        ("image/jpeg", picture.to_jpeg()),
        ("image/png", picture.to_png()),
    ] {
        let answer = predict("qr", media, &bytes);
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        assert_eq!(answer["text"], json!(["1234"]));
        assert_eq!(answer["image_index"], json!([0]));
        // The smallest code has 21 modules.
        let side = 21 * 8;
        let corners = [
            [100, 80],
            [100 + side, 80],
            [100 + side, 80 + side],
            [100, 80 + side],
        ];
        for (corner, [x, y]) in corners.into_iter().enumerate() {
            let found = &answer["corners"][0][corner];
            let away = (found[0].as_i64().unwrap() - x)
                .abs()
                .max((found[1].as_i64().unwrap() - y).abs());
            assert!(away <= 4, "corner {corner} is at {found}, not at {x}, {y}");
        }
    }
}

#[test]
fn a_picture_without_a_code_has_an_answer_with_an_empty_list() {
    let answer = predict("qr", "image/jpeg", &Picture::blank(320, 240).to_jpeg());
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        answer.json(),
        json!({ "text": [], "corners": [], "image_index": [] })
    );
}

#[test]
fn a_text_is_taken_as_it_is() {
    let text = "Nel mezzo del cammin di nostra vita mi ritrovai per una selva oscura";
    let answer = predict("lang", "text/plain; charset=utf-8", text.as_bytes());
    assert_eq!(answer.json()["language"], json!(["ita"]));
}

#[test]
fn the_id_in_the_header_comes_back() {
    let server = serve(Settings::default());
    let answer: Answer = agent()
        .post(server.url() + "/predict/lang")
        .header("X-Request-Id", "f3f2e850-b5d4")
        .content_type("text/plain")
        .send("hello")
        .unwrap()
        .into();
    assert_eq!(answer.header("x-request-id"), "f3f2e850-b5d4");
    assert_eq!(server.stats().identified, 1);
}

use serde_json::{Map, json};

use super::*;
use crate::Protocol;
use crate::sample::{
    answered, body, document, objection, one_row, picture, refusal, text, two_texts,
};

fn model() -> Chat {
    Chat::new("m")
}

/// A reply with these choices.
fn said(choices: Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion", "choices": choices})
}

fn choice(index: usize, content: Value) -> Value {
    json!({"index": index, "message": {"role": "assistant", "content": content},
        "finish_reason": "stop"})
}

#[test]
fn a_text_is_what_the_user_says() {
    assert_eq!(
        body(model(), &text()),
        json!({"model": "m", "messages": [{"role": "user", "content": "Grüße"}]})
    );
}

#[test]
fn the_system_and_the_prompt_speak_first() {
    let parameters = Map::from_iter([("max_tokens".to_owned(), json!(8))]);
    let protocol = model()
        .with_system("Be brief.")
        .with_prompt("Translate:")
        .with_parameters(parameters);
    assert_eq!(
        body(protocol, &text()),
        json!({"model": "m", "max_tokens": 8, "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Translate:\n\nGrüße"},
        ]})
    );
}

#[test]
fn a_picture_is_shown_beside_the_prompt() {
    let shown = json!({"type": "image_url",
        "image_url": {"url": "data:image/jpeg;base64,/9j/"}});
    assert_eq!(
        body(Chat::new(""), &picture()),
        json!({"messages": [{"role": "user", "content": [shown]}]})
    );
    let asked = json!({"type": "text", "text": "What is it?"});
    assert_eq!(
        body(Chat::new("").with_prompt("What is it?"), &picture()),
        json!({"messages": [{"role": "user", "content": [asked, shown]}]})
    );
}

#[test]
fn numbers_and_several_texts_are_not_carried() {
    assert_eq!(refusal(model(), &one_row()), "a chat cannot carry features");
    assert_eq!(
        refusal(model(), &two_texts()),
        "a chat cannot carry several texts"
    );
}

#[test]
fn the_answer_has_the_text_and_its_cost() {
    let mut reply = said(json!([choice(0, json!("Paris"))]));
    reply["usage"] = json!({"total_tokens": 17});
    assert_eq!(
        answered(model(), &text(), &reply),
        json!({"text": "Paris", "finish_reason": "stop", "usage": {"total_tokens": 17}})
    );
    // Nothing said is an answer too, and some servers say it in parts.
    let empty = said(json!([choice(0, json!(""))]));
    assert_eq!(
        answered(model(), &text(), &empty),
        json!({"text": "", "finish_reason": "stop"})
    );
    let parts = json!([{"type": "text", "text": "Pa"}, {"type": "text", "text": "ris"}]);
    let parts = said(json!([choice(0, parts)]));
    assert_eq!(answered(model(), &text(), &parts)["text"], "Paris");
}

#[test]
fn thoughts_calls_and_refusals_are_kept() {
    let message = json!({"role": "assistant", "content": null,
        "reasoning_content": "Hm.", "refusal": "No.",
        "tool_calls": [{"id": "1", "type": "function"}]});
    assert_eq!(
        answered(model(), &text(), &said(json!([{"message": message}]))),
        json!({"text": "", "reasoning": "Hm.", "refusal": "No.",
            "tool_calls": [{"id": "1", "type": "function"}]})
    );
}

#[test]
fn several_choices_are_all_given() {
    let two = said(json!([choice(0, json!("a")), choice(1, json!("b"))]));
    assert_eq!(
        answered(model(), &text(), &two),
        json!({"text": "a", "finish_reason": "stop", "choices": [
            {"text": "a", "finish_reason": "stop"}, {"text": "b", "finish_reason": "stop"}]})
    );
}

#[test]
fn a_reply_that_says_nothing_is_refused() {
    for (reply, missing) in [
        (json!({}), "choices"),
        (json!({"error": {"message": "overloaded"}}), "choices"),
        (said(json!([])), "choices"),
        (said(json!("stop")), "choices"),
        (said(json!([5])), "content"),
        (said(json!([choice(0, json!(null))])), "content"),
        (said(json!([choice(0, json!(7))])), "content"),
    ] {
        let error = objection(model(), &text(), &reply);
        assert!(
            matches!(error, ReplyError::Missing { name, .. } if name == missing),
            "{error}"
        );
    }
}

#[test]
fn a_document_is_sent_and_answered_as_it_is() {
    let messages = json!([{"role": "user", "content": "Hi"}]);
    let own = document(
        "/v1/chat/completions",
        &json!({"messages": messages, "stream": true, "temperature": 0}),
    );
    let parameters = Map::from_iter([
        ("temperature".to_owned(), json!(1)),
        ("seed".to_owned(), json!(5)),
    ]);
    assert_eq!(
        body(model().with_parameters(parameters), &own),
        json!({"model": "m", "messages": messages, "temperature": 0, "seed": 5})
    );
    let reply = said(json!([choice(0, json!("Hello"))]));
    assert_eq!(answered(model(), &own, &reply), reply);
    let error = objection(model(), &own, &json!({"choices": []}));
    assert!(matches!(error, ReplyError::Missing { .. }), "{error}");
}

#[test]
fn a_document_goes_where_it_says() {
    let protocol = Protocol::from(model().with_root("/api/v3"));
    for (path, expected) in [
        ("", "/api/v3/chat/completions"),
        ("/v1/chat/completions", "/api/v3/chat/completions"),
        ("/v1/embeddings", "/api/v3/embeddings"),
    ] {
        let sent = protocol.encode(&document(path, &json!({}))).unwrap();
        assert_eq!(sent.uri(), expected);
    }
    let embedding = document("/v1/embeddings", &json!({"input": ["a", "b"]}));
    let reply = json!({"data": [{"index": 0, "embedding": [1]}]});
    let error = objection(model(), &embedding, &reply);
    assert!(matches!(error, ReplyError::RowCount { .. }), "{error}");
}

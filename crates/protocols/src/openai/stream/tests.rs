use http::Response;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Protocol;
use crate::openai::Chat;
use crate::sample::{body, reply, text};

/// An event with this data.
fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// An event in which the first choice goes on.
fn delta(delta: Value) -> String {
    event(&json!({"id": "1", "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]}))
}

fn finished(reason: &str) -> String {
    event(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
}

/// The answer, or why there is none, with the words that were handed on.
fn read(stream: &str) -> (Result<Value, ReplyError>, String) {
    let mut words = String::new();
    let mut reader = Stream::default();
    let pushed = reader.push(stream.as_bytes(), |word| words += word);
    let answer = pushed.and_then(|()| reader.finish());
    (answer.map(|answer| answer.outputs.into()), words)
}

fn answer(stream: &str) -> Value {
    let (answer, words) = read(stream);
    let answer = answer.unwrap();
    assert_eq!(answer["text"], words);
    answer
}

fn chat() -> Protocol {
    Chat::new("m").streaming().into()
}

#[test]
fn a_stream_is_asked_for_with_its_cost() {
    let sent = chat().encode(&text()).unwrap();
    assert_eq!(
        sent.headers()["accept"],
        "text/event-stream, application/json;q=0.5"
    );
    let body = body(chat(), &text());
    assert_eq!(body["stream"], true);
    assert_eq!(body["stream_options"], json!({"include_usage": true}));
}

#[test]
fn words_make_a_text() {
    let stream = [
        delta(json!({"role": "assistant", "content": ""})),
        delta(json!({"content": "Pa"})),
        delta(json!({"content": "ris"})),
        finished("stop"),
        event(&json!({"choices": [], "usage": {"total_tokens": 9}})),
        "data: [DONE]\n\n".to_owned(),
    ];
    assert_eq!(
        answer(&stream.concat()),
        json!({"text": "Paris", "finish_reason": "stop", "usage": {"total_tokens": 9}})
    );
}

#[test]
fn a_server_that_streams_unasked_and_one_that_does_not_are_understood() {
    let stream = delta(json!({"content": "Paris"})) + &finished("stop");
    let reply = reply(200, "text/event-stream; charset=utf-8", stream);
    let unasked = Protocol::from(Chat::new("m"));
    let answer = unasked.decode(&text(), &reply).unwrap();
    assert_eq!(answer.outputs["text"], "Paris");

    let whole = json!({"choices": [{"message": {"content": "Paris"}}]}).to_string();
    let whole = Response::new(whole.into());
    assert_eq!(
        chat().decode(&text(), &whole).unwrap().outputs["text"],
        "Paris"
    );
}

#[test]
fn the_last_word_may_be_missing_if_the_answer_is_whole() {
    let begun = delta(json!({"content": "Paris"}));
    answer(&(begun.clone() + &finished("length")));
    answer(&(begun.clone() + "data: [DONE]"));
    let (error, words) = read(&begun);
    assert!(matches!(error, Err(ReplyError::Incomplete)), "{error:?}");
    assert_eq!(words, "Paris");
    for stream in ["", ": ping\n\n", "data: [DONE]\n\n", "data: {}\n\n"] {
        let (error, _) = read(stream);
        assert!(matches!(error, Err(ReplyError::Incomplete)), "{error:?}");
    }
}

#[test]
fn nothing_counts_behind_the_last_word() {
    let stream = delta(json!({"content": "a"}))
        + "data: [DONE]\n\n"
        + &delta(json!({"content": "b"}))
        + "data: {\n\n";
    assert_eq!(answer(&stream)["text"], "a");
}

#[test]
fn a_server_that_breaks_off_says_why() {
    for broken in [
        event(&json!({"error": {"message": "out of memory", "type": "server_error"}})),
        "event: error\ndata: {\"message\": \"out of memory\"}\n\n".to_owned(),
    ] {
        let (error, words) = read(&(delta(json!({"content": "Pa"})) + &broken));
        assert_eq!(
            error.unwrap_err().to_string(),
            "the server broke off its answer: out of memory"
        );
        assert_eq!(words, "Pa");
    }
}

#[test]
fn an_event_that_is_no_json_is_refused() {
    let (error, _) = read("data: {\"choices\n\n");
    assert!(matches!(error, Err(ReplyError::Json { .. })), "{error:?}");
}

#[test]
fn an_event_that_never_ends_is_refused() {
    let mut stream = Stream::default();
    let piece = [b'x'; 1 << 20];
    let pushed: Result<Vec<()>, _> = (0..17).map(|_| stream.push(&piece, |_| ())).collect();
    assert!(matches!(pushed, Err(ReplyError::Stream(_))), "{pushed:?}");
}

#[test]
fn choices_are_kept_apart() {
    let choice = |index: i64, content: &str| {
        event(
            &json!({"choices": [{"index": index, "delta": {"content": content},
            "finish_reason": "stop"}]}),
        )
    };
    let (answer, words) = read(&(choice(1, "b") + &choice(0, "a") + &choice(1, "c")));
    let answer = answer.unwrap();
    assert_eq!(answer["text"], "a");
    assert_eq!(answer["choices"][1]["text"], "bc");
    assert_eq!(words, "a");
    for index in [-1, 1 << 40] {
        let (error, _) = read(&choice(index, "a"));
        assert!(
            matches!(error, Err(ReplyError::Missing { .. })),
            "{error:?}"
        );
    }
}

#[test]
fn thoughts_and_calls_are_put_together() {
    let call = |delta: Value| json!({"tool_calls": [delta]});
    let stream = [
        delta(json!({"reasoning_content": "H", "reasoning": "H"})),
        delta(json!({"reasoning_content": "m"})),
        delta(json!({"refusal": "N"})),
        delta(json!({"refusal": "o"})),
        delta(call(
            json!({"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}),
        )),
        delta(call(json!({"index": 0, "function": {"arguments": "{\"a"}}))),
        delta(call(
            json!({"index": 0, "function": {"arguments": "\":1}"}}),
        )),
        delta(call(
            json!({"index": 1, "id": "d", "function": {"name": "g"}}),
        )),
        finished("tool_calls"),
    ];
    assert_eq!(
        answer(&stream.concat()),
        json!({"text": "", "reasoning": "Hm", "refusal": "No", "finish_reason": "tool_calls",
        "tool_calls": [
            {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{\"a\":1}"}},
            {"index": 1, "id": "d", "function": {"name": "g"}},
        ]})
    );
}

proptest! {
    #[test]
    fn pieces_make_no_difference(size in 1..40_usize, texts in prop::collection::vec("[a-zü\n]{0,6}", 1..5)) {
        let stream: String = texts.iter().map(|text| delta(json!({"content": text}))).collect();
        let stream = stream + &finished("stop");
        let mut words = String::new();
        let mut reader = Stream::default();
        for piece in stream.as_bytes().chunks(size) {
            reader.push(piece, |word| words += word).unwrap();
        }
        let answer = reader.finish().unwrap();
        prop_assert_eq!(answer.outputs["text"].as_str(), Some(words.as_str()));
        prop_assert_eq!(words, texts.concat());
    }

    #[test]
    fn no_stream_makes_it_panic(
        stream in "(data: |event: error|\n|\n\n|\\{|\\}|\\[|\\]|\"choices\":|\"delta\":|\"index\":|0|\"tool_calls\":|null|,|\\[DONE\\]){0,30}",
    ) {
        // Most are no answer; none may be a panic.
        let (answer, _) = read(&stream);
        prop_assert!(answer.is_err() || answer.is_ok_and(|answer| answer.get("text").is_some()));
    }
}

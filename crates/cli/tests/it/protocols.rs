//! One run for each protocol, against servers that speak nothing else.

use creel_testkit::http::{Received, Reply, ScriptedServer};
use serde_json::{Value, json};

use crate::program::Folder;

/// A server whose answers to what is posted the test gives, and which knows no other question.
fn server(mut answer: impl FnMut(&Received) -> Value + Send + 'static) -> ScriptedServer {
    ScriptedServer::answering(move |received| match received.method.as_str() {
        "POST" => Reply::json(200, answer(received).to_string()),
        _ => Reply::text(404, "Not Found"),
    })
}

fn body(received: &Received) -> Value {
    serde_json::from_slice(&received.body).unwrap()
}

/// The answers of a run over two prompts.
fn answers(server: &ScriptedServer, options: &str) -> Vec<Value> {
    let folder = Folder::new();
    folder.write("prompts.txt", "one\ntwo\n");
    let url = server.url();
    let ended = folder
        .run(&format!(
            "batch prompts.txt --server {url} {options} --out -"
        ))
        .with_code(0);
    let records = ended.printed().into_iter();
    records.map(|record| record["answer"].clone()).collect()
}

#[test]
fn a_chat_answers_prompts() {
    let server = server(|received| {
        assert_eq!(received.path, "/v1/chat/completions");
        let request = body(received);
        assert_eq!(request["model"], "m");
        assert_eq!(request["max_tokens"], 5);
        assert_eq!(
            request["messages"][0],
            json!({"role": "system", "content": "brief"})
        );
        let said = &request["messages"][1]["content"];
        json!({"choices": [{"message": {"content": said}, "finish_reason": "stop"}],
            "usage": {"total_tokens": 3}})
    });
    let answers = answers(
        &server,
        "--protocol openai --model m --system brief --parameter max_tokens=5",
    );
    assert_eq!(
        answers[1],
        json!({"text": "two", "finish_reason": "stop", "usage": {"total_tokens": 3}})
    );
}

#[test]
fn embeddings_are_given_for_prompts() {
    let server = server(|received| {
        assert_eq!(received.path, "/v1/embeddings");
        let length = body(received)["input"].as_str().unwrap().len();
        json!({"data": [{"index": 0, "embedding": [length, 0.5]}]})
    });
    assert_eq!(
        answers(&server, "--protocol openai --task embeddings"),
        [
            json!({"embedding": [3, 0.5]}),
            json!({"embedding": [3, 0.5]})
        ]
    );
}

#[test]
fn tensorflow_serving_predicts() {
    let server = server(|received| {
        assert_eq!(received.path, "/v1/models/m:predict");
        json!({"predictions": body(received)["instances"]})
    });
    assert_eq!(
        answers(&server, "--protocol tf --model m"),
        [
            json!({"predictions": ["one"]}),
            json!({"predictions": ["two"]})
        ]
    );
}

#[test]
fn a_form_has_the_prompt_as_its_file() {
    let server = server(|received| {
        let form = String::from_utf8_lossy(&received.body);
        json!({"is_file": form.contains("name=\"text\"; filename=")})
    });
    assert_eq!(
        answers(&server, "--protocol multipart --input-name text"),
        [json!({"is_file": true}), json!({"is_file": true})]
    );
}

#[test]
fn roboflow_finds_things_and_its_key_is_never_told() {
    let server = server(|received| {
        assert_eq!(received.path, "/infer/classification");
        let request = body(received);
        assert_eq!(request["api_key"], "xyzzy");
        json!({"predictions": [{"class": request["model_id"]}]})
    });
    let folder = Folder::new();
    let url = server.url();
    let ended = folder
        .run(&format!(
            "watch --camera test:?frames=2&size=320x240 --server {url} --protocol roboflow \
             --task classification --model chess/3 --roboflow-key xyzzy -vv"
        ))
        .with_code(0);
    let answer = json!({"predictions": [{"class": "chess/3"}]});
    assert!(
        ended
            .records()
            .iter()
            .all(|record| record["answer"] == answer)
    );
    assert!(!ended.stderr.contains("xyzzy"));
}

#[test]
fn a_wrong_number_of_answers_is_no_answer() {
    let server = server(|_| json!({"predictions": [1, 2]}));
    let folder = Folder::new();
    folder.write("rows.csv", "a,b\n1,2\n");
    folder
        .run(&format!(
            "batch rows.csv --server {} --protocol tf --model m",
            server.url()
        ))
        .with_code(1)
        .saying("`predictions` has 2 rows where 1 were asked; the server mixes requests up");
}

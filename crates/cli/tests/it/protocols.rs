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

/// A server that has these pages, and answers what is posted.
fn having(
    pages: &'static [(&'static str, &'static str)],
    mut answer: impl FnMut(&Received) -> Reply + Send + 'static,
) -> ScriptedServer {
    ScriptedServer::answering(move |received| {
        let page = pages.iter().find(|(path, _)| *path == received.path);
        match page {
            _ if received.method == "POST" => answer(received),
            Some((_, page)) => Reply::json(200, *page),
            None => Reply::text(404, "Not Found"),
        }
    })
}

#[test]
fn a_server_is_asked_what_it_speaks_and_a_form_that_it_breaks_on_loses_no_request() {
    let pages = &[
        ("/v2", r#"{"name": "mlserver", "version": "1.7.1"}"#),
        (
            "/v2/models/m",
            r#"{"name": "m", "inputs": [], "outputs": []}"#,
        ),
    ];
    let server = having(pages, |received| {
        match received.header("inference-header-content-length") {
            Some(_) => Reply::text(500, "Internal Server Error"),
            None => crate::script::echo(received),
        }
    });
    let folder = Folder::new();
    folder.write("prompts.txt", "one\ntwo\nthree\n");
    let url = server.url();
    let ended = folder
        .run(&format!(
            "batch prompts.txt --server {url} --model m --workers 1"
        ))
        .with_code(0)
        .saying(&format!("{url} speaks the Open Inference Protocol\n"))
        .saying("captured 3 = answered 3 + failed 0");
    assert_eq!(ended.records()[2]["answer"]["echo"][0], "three");
    let posted = server
        .received()
        .into_iter()
        .filter(|received| received.method == "POST");
    assert_eq!(posted.count(), 4);
}

#[test]
fn the_only_model_of_a_chat_is_found() {
    let server = having(
        &[("/v1/models", r#"{"data": [{"id": "smollm2"}]}"#)],
        |received| {
            let model = &body(received)["model"];
            Reply::json(
                200,
                json!({"choices": [{"message": {"content": model}}]}).to_string(),
            )
        },
    );
    let folder = Folder::new();
    folder.write("prompts.txt", "one\n");
    let url = server.url();
    let ended = folder
        .run(&format!("batch prompts.txt --server {url}"))
        .with_code(0)
        .saying(&format!("{url} speaks OpenAI's chat\n"))
        .saying(&format!("to model smollm2 at {url}"));
    assert_eq!(ended.records()[0]["answer"]["text"], "smollm2");
}

#[test]
fn a_server_that_speaks_nothing_known_ends_the_run_before_it_begins() {
    let server = having(&[], |_| Reply::text(404, "Not Found"));
    let folder = Folder::new();
    folder.write("prompts.txt", "one\n");
    folder
        .run(&format!(
            "batch prompts.txt --server {} --model m",
            server.url()
        ))
        .with_code(1)
        .saying("speaks none of the protocols that can be told by asking");
    assert!(!folder.path().join("results.jsonl").exists());
}

#[test]
fn words_are_shown_as_they_come() {
    let server = having(
        &[("/v1/models", r#"{"data": [{"id": "m"}]}"#)],
        |received| {
            assert_eq!(body(received)["stream"], true);
            let word = |text: &str| {
                let chunk = json!({"choices": [{"index": 0, "delta": {"content": text}}]});
                format!("data: {chunk}\n\n")
            };
            Reply::Answer {
                status: 200,
                headers: vec![("Content-Type".into(), "text/event-stream".into())],
                body: (word("Pa") + &word("ris") + "data: [DONE]\n\n").into_bytes(),
            }
        },
    );
    let folder = Folder::new();
    folder.write("prompts.txt", "The capital of France?\n");
    let ended = folder
        .run(&format!(
            "batch prompts.txt --server {} --stream",
            server.url()
        ))
        .with_code(0)
        .saying("\nParis\n");
    assert_eq!(ended.records()[0]["answer"]["text"], "Paris");
}

#[test]
fn the_built_in_server_is_asked_in_each_of_its_protocols() {
    let folder = Folder::new();
    folder.write("rows.csv", "a,b,c,d\n5.1,3.5,1.4,0.2\n");
    folder.write("prompts.txt", "Guten Tag, wie geht es Ihnen heute?\n");
    for (line, pointer, expected) in [
        ("rows.csv --model iris", "/label/0", "setosa"),
        ("rows.csv --model iris --tensors json", "/label/0", "setosa"),
        (
            "rows.csv --model iris --tensors binary --datatype FP16",
            "/label/0",
            "setosa",
        ),
        (
            "rows.csv --model iris --protocol tf",
            "/predictions/0/label",
            "setosa",
        ),
        (
            "prompts.txt --model lang --protocol multipart",
            "/language/0",
            "deu",
        ),
        (
            "prompts.txt --model lang --protocol tf",
            "/predictions/0/language",
            "deu",
        ),
        (
            "prompts.txt --model lang --protocol raw",
            "/language/0",
            "deu",
        ),
    ] {
        let ended = folder.run(&format!("batch {line} --out -")).with_code(0);
        let record = &ended.printed()[0];
        assert_eq!(
            record["answer"].pointer(pointer).unwrap(),
            expected,
            "{line}: {record}"
        );
    }
}

#[test]
fn a_dry_run_does_not_show_the_key() {
    let server = having(&[], |_| Reply::json(200, r#"{"predictions": []}"#));
    let folder = Folder::new();
    let picture = "batch pictures --protocol roboflow --model m/1 --roboflow-key xyzzy --dry-run";
    std::fs::create_dir(folder.path().join("pictures")).unwrap();
    let picture_path = folder.path().join("pictures/a.jpg");
    std::fs::write(
        picture_path,
        include_bytes!("../../../../docs/test-camera.jpg"),
    )
    .unwrap();
    let ended = folder
        .run(&format!("{picture} --server {}", server.url()))
        .with_code(0);
    assert!(!ended.stdout.contains("xyzzy"), "{}", ended.stdout);
    assert!(!ended.stderr.contains("xyzzy"), "{}", ended.stderr);
}

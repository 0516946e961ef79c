//! Answers that come word by word.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};

use creel_core::port::ServiceError;
use creel_http_client::{HttpService, Spoken};
use creel_protocols::Request;
use creel_protocols::openai::Chat;
use creel_testkit::http::{Reply, ScriptedServer};

use super::asking::{asked_at, call};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
    Transfer-Encoding: chunked\r\n\r\n";

/// An event in a chunk of its own.
fn chunk(data: &str) -> String {
    let event = format!("data: {data}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len())
}

fn word(text: &str) -> String {
    chunk(&format!(
        r#"{{"choices": [{{"index": 0, "delta": {{"content": "{text}"}}}}]}}"#
    ))
}

fn listening(server: &ScriptedServer) -> (HttpService, Receiver<String>) {
    let (heard, steps): (Sender<String>, _) = mpsc::channel();
    let heard = Mutex::new(heard);
    let service = asked_at(server.url(), Chat::new("m").streaming())
        .on_text(move |id, step| {
            let step = match step {
                Spoken::Begun => format!("{id} begins"),
                Spoken::Text(text) => text.to_owned(),
                Spoken::Ended => "ends".to_owned(),
            };
            _ = heard.lock().unwrap().send(step);
        })
        .build()
        .unwrap();
    (service, steps)
}

fn ask(service: &HttpService) -> Result<String, ServiceError> {
    let answer = call(service, Request::new("b1f0", "Hi".to_owned()))?;
    Ok(answer.outputs["text"].as_str().unwrap().to_owned())
}

#[test]
fn words_are_handed_on_and_make_the_answer() {
    let whole = [
        HEAD,
        &word("Pa"),
        &word("ris"),
        &chunk("[DONE]"),
        "0\r\n\r\n",
    ]
    .concat();
    let server = ScriptedServer::start([Reply::Bytes(whole.into())]);
    let (service, steps) = listening(&server);
    assert_eq!(ask(&service).unwrap(), "Paris");
    drop(service);
    let steps: Vec<String> = steps.iter().collect();
    assert_eq!(steps, ["b1f0 begins", "Pa", "ris", "ends"]);
}

#[test]
fn a_word_is_handed_on_before_the_answer_is_whole() {
    let begun = [HEAD, &word("Pa")].concat();
    let server = ScriptedServer::start([Reply::Stall(begun.into())]);
    let (service, steps) = listening(&server);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask(&service));
        assert_eq!(steps.recv().unwrap(), "b1f0 begins");
        assert_eq!(steps.recv().unwrap(), "Pa");
        server.die();
        let error = asking.join().unwrap().unwrap_err();
        assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
        assert_eq!(steps.recv().unwrap(), "ends");
    });
}

#[test]
fn a_stream_that_ends_too_early_is_cut_off() {
    let cut = [HEAD, &word("Pa"), "0\r\n\r\n"].concat();
    let server = ScriptedServer::start([Reply::Bytes(cut.into())]);
    let (service, _steps) = listening(&server);
    let error = ask(&service).unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error:?}");
}

#[test]
fn a_server_that_fails_in_the_middle_has_failed() {
    let failing = chunk(r#"{"error": {"message": "out of memory"}}"#);
    let failing = [HEAD, &word("Pa"), &failing, "0\r\n\r\n"].concat();
    let server = ScriptedServer::start([Reply::Bytes(failing.into())]);
    let (service, _steps) = listening(&server);
    let error = ask(&service).unwrap_err();
    assert!(matches!(error, ServiceError::Failed(_)), "{error:?}");
}

#[test]
fn a_refusal_is_no_stream() {
    let refusal = Reply::json(400, r#"{"error": {"message": "too long", "code": "x"}}"#);
    let server = ScriptedServer::start([refusal]);
    let (service, steps) = listening(&server);
    let error = ask(&service).unwrap_err();
    assert!(matches!(error, ServiceError::Rejected(_)), "{error:?}");
    drop(service);
    assert_eq!(steps.iter().count(), 0);
}

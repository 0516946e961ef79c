//! Model servers that do as the test says.

use std::net::SocketAddr;

use creel_testkit::http::{Received, Reply, ScriptedServer};
use serde_json::{Value, json};

/// A server with any model, which answers the questions about it well and the inferences as the test says.
pub(crate) fn server(infer: impl FnMut(&Received) -> Reply + Send + 'static) -> ScriptedServer {
    ScriptedServer::answering(answering_questions(infer))
}

/// The same where another one has died.
pub(crate) fn server_at(
    address: SocketAddr,
    infer: impl FnMut(&Received) -> Reply + Send + 'static,
) -> ScriptedServer {
    ScriptedServer::answering_at(address, answering_questions(infer))
}

fn answering_questions(
    mut infer: impl FnMut(&Received) -> Reply + Send + 'static,
) -> impl FnMut(&Received) -> Reply + Send + 'static {
    move |received| {
        if received.method == "POST" {
            infer(received)
        } else {
            Reply::json(200, r#"{"name": "m", "inputs": []}"#)
        }
    }
}

/// Answers with the request's own input.
pub(crate) fn echo(received: &Received) -> Reply {
    let request: Value = serde_json::from_slice(&received.body).unwrap();
    echo_of(&request)
}

/// Answers with all rows of the request but one.
pub(crate) fn echo_of_other_rows(received: &Received) -> Reply {
    let mut request: Value = serde_json::from_slice(&received.body).unwrap();
    let input = &mut request["inputs"][0];
    let rows = input["shape"][0].as_u64().unwrap();
    let data = input["data"].as_array_mut().unwrap();
    data.truncate(data.len() / rows as usize * (rows as usize - 1));
    input["shape"][0] = json!(rows - 1);
    echo_of(&request)
}

fn echo_of(request: &Value) -> Reply {
    let input = &request["inputs"][0];
    let answer = json!({
        "model_name": "m",
        "id": request["id"],
        "outputs": [{
            "name": "echo",
            "shape": input["shape"],
            "datatype": input["datatype"],
            "data": input["data"],
        }],
    });
    Reply::json(200, answer.to_string())
}

/// How many requests a run makes before its first inference.
pub(crate) const QUESTIONS: usize = 2;

//! Model servers that do as the test says.

use creel_testkit::http::{Received, Reply, ScriptedServer};
use serde_json::{Value, json};

/// A server with any model, which answers the questions about it well and the inferences as the test says.
pub(crate) fn server(mut infer: impl FnMut(&Received) -> Reply + Send + 'static) -> ScriptedServer {
    ScriptedServer::answering(move |received| {
        if received.method == "POST" {
            infer(received)
        } else {
            Reply::json(200, r#"{"name": "m", "inputs": []}"#)
        }
    })
}

/// Answers with the request's own input.
pub(crate) fn echo(received: &Received) -> Reply {
    let request: Value = serde_json::from_slice(&received.body).unwrap();
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

//! Shows both halves of one exchange: what a client sends, what a server reads from it and answers, and what
//! the client makes of that.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use creel_protocols::oip::{InferRequest, InferResponse, Tensor, TensorData};
use creel_protocols::{Features, OpenInference, Protocol, Request};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protocol = Protocol::from(OpenInference::new("sum").with_input("numbers"));
    let rows = Features::rows([vec![1.0, 2.0], vec![3.5, 4.0]])?;
    let request = Request::new("5c0a", rows);

    let sent = protocol.encode(&request)?;
    println!("{} {}", sent.method(), sent.uri());
    println!("{}", String::from_utf8_lossy(sent.body()));

    let reply = http::Response::new(serve(sent.body())?.to_json());
    println!("{}", String::from_utf8_lossy(reply.body()));

    let answer = protocol.decode(&request, &reply)?;
    println!("sum = {}", answer.outputs["sum"]);
    Ok(())
}

/// A model server in small: it adds up the numbers of each row.
fn serve(body: &[u8]) -> Result<InferResponse, Box<dyn std::error::Error>> {
    let request = InferRequest::from_json(body)?;
    let numbers = request.input("numbers").ok_or("no input `numbers`")?;
    let &[_, columns] = numbers.shape() else {
        return Err("`numbers` has rows and columns".into());
    };
    let values = numbers.data().to_f64().ok_or("`numbers` are numeric")?;
    let sums = values
        .chunks(columns.max(1))
        .map(|row| row.iter().sum())
        .collect();
    Ok(InferResponse {
        model_name: "sum".into(),
        id: request.id,
        outputs: vec![Tensor::vector("sum", TensorData::Fp64(sums))],
        ..InferResponse::default()
    })
}

//! Asks a model server for an answer: `ask URL MODEL TEXT`, or `ask URL MODEL NUMBER...`.
//!
//! The server speaks the Open Inference Protocol, as `creel serve` does.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows what it does"
)]

use std::error::Error;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context as TaskContext, Poll, Waker};

use creel_core::{Context, Service};
use creel_http_client::{HttpService, random_id};
use creel_protocols::{Answer, Features, OpenInference, Payload, Request};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, model, rest @ ..] = &arguments[..] else {
        eprintln!("usage: ask URL MODEL (TEXT | NUMBER...)");
        return ExitCode::from(2);
    };
    match ask(url, model, rest) {
        Ok(answer) => {
            println!("{}", serde_json::Value::from(answer.outputs));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprint!("{error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

fn ask(url: &str, model: &str, rest: &[String]) -> Result<Answer, Box<dyn Error>> {
    let numbers: Result<Vec<f64>, _> = rest.iter().map(|number| number.parse()).collect();
    let payload = match numbers {
        Ok(numbers) if !numbers.is_empty() => Payload::from(Features::row(numbers)),
        _ => Payload::from(rest.join(" ")),
    };
    let context = Context::new();
    let service = HttpService::builder(url, OpenInference::new(model)).build()?;
    service.prepare(&context)?;

    let call = pin!(service.call(Request::new(random_id(), payload), &context));
    match call.poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Ok(answer?),
        Poll::Pending => unreachable!("a call blocks until it is done"),
    }
}

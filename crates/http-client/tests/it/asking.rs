//! A client and a server that understand each other.

use std::time::{Duration, Instant};

use creel_core::port::ServiceError;
use creel_core::{Context, Service};
use creel_http_client::{HttpService, HttpServiceBuilder, random_id};
use creel_protocols::oip::{InferRequest, InferResponse, Tensor, TensorData};
use creel_protocols::{Answer, Features, OpenInference, Protocol, Request};
use creel_testkit::http::{Received, Reply, ScriptedServer};

/// A service of the style that is being tested.
pub(crate) fn asked_at(
    url: impl Into<String>,
    protocol: impl Into<Protocol>,
) -> HttpServiceBuilder {
    super::style(HttpService::builder(url, protocol))
}

/// The model that [`sum`] plays.
pub(crate) fn builder(server: &ScriptedServer) -> HttpServiceBuilder {
    asked_at(server.url(), OpenInference::new("sum"))
}

pub(crate) fn service(server: &ScriptedServer) -> HttpService {
    builder(server).build().expect("the server has a URL")
}

/// Asks for the sum of some numbers.
pub(crate) fn request(numbers: &[f64]) -> Request {
    Request::new(random_id(), Features::row(numbers))
}

pub(crate) fn call(service: &HttpService, request: Request) -> Result<Answer, ServiceError> {
    pollster::block_on(service.call(request, &Context::new()))
}

/// The sum that was answered.
pub(crate) fn answered(answer: &Answer) -> Option<f64> {
    answer.outputs["sum"][0].as_f64()
}

/// A model server that adds numbers up; `1e9` is more than it can count.
pub(crate) fn sum(received: &Received) -> Reply {
    let request = match InferRequest::from_json(&received.body) {
        Ok(request) => request,
        Err(error) => return Reply::json(400, format!(r#"{{"error": "{error}"}}"#)),
    };
    let numbers = numbers(&request);
    let sum: f64 = numbers.iter().sum();
    if sum >= 1e9 {
        return Reply::json(400, r#"{"error": "that is more than I can count"}"#);
    }
    let response = InferResponse {
        model_name: "sum".into(),
        id: request.id,
        outputs: vec![Tensor::vector("sum", TensorData::Fp64(vec![sum]))],
        ..InferResponse::default()
    };
    Reply::json(200, response.to_json())
}

fn numbers(request: &InferRequest) -> Vec<f64> {
    request.inputs[0].data().to_f64().unwrap_or_default()
}

/// Whether it asks for the sum of several numbers.
fn asks_for_several(received: &Received) -> bool {
    InferRequest::from_json(&received.body).is_ok_and(|request| numbers(&request).len() > 1)
}

/// A server that hangs when it is asked about one number, and adds up several.
pub(crate) fn hanging_on_one() -> ScriptedServer {
    ScriptedServer::answering(|received| {
        if asks_for_several(received) {
            sum(received)
        } else {
            Reply::Hang
        }
    })
}

/// Has calls about one number end by their deadlines until such a call has reached the server.
///
/// On a busy machine a deadline may come before that, and the server may see the request when the next one is out.
pub(crate) fn end_by_deadline(service: &HttpService, server: &ScriptedServer) {
    let mut limit = Duration::from_millis(30);
    while server.received().is_empty() {
        let context = Context::new().with_deadline(Instant::now() + limit);
        let error = pollster::block_on(service.call(request(&[1.0]), &context)).unwrap_err();
        assert!(matches!(error, ServiceError::TimedOut(_)), "{error:?}");
        limit *= 2;
    }
}

/// Asks about several numbers, on a connection that no call about one has used.
pub(crate) fn check_asks_anew(service: &HttpService, server: &ScriptedServer) {
    let answer = call(service, request(&[1.0, 1.0])).unwrap();
    assert_eq!(answered(&answer), Some(2.0));
    let received = server.received();
    let (several, one): (Vec<_>, Vec<_>) = received.iter().partition(|one| asks_for_several(one));
    assert_eq!(several.len(), 1);
    assert!(
        one.iter()
            .all(|one| one.connection != several[0].connection),
        "a connection with an answer still to come is used again"
    );
}

/// A server that follows a script, and adds up once it is over.
pub(crate) fn first(
    replies: impl IntoIterator<Item = Reply, IntoIter: Send + 'static>,
) -> ScriptedServer {
    let mut replies = replies.into_iter();
    ScriptedServer::answering(move |received| replies.next().unwrap_or_else(|| sum(received)))
}

/// The error with its causes, as users read it.
pub(crate) fn described(error: &ServiceError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += ": ";
        text += &error.to_string();
        cause = error.source();
    }
    text
}

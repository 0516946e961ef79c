//! What would be sent, and what comes of it.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use creel_core::{Context, Service, Source};
use creel_http_client::random_id;
use creel_protocols::Request;
use creel_runtime::ThreadPool;

use crate::arguments::Asking;
use crate::ending::Ending;
use crate::input::Input;
use crate::model::Model;
use crate::report;
use crate::screen::Screen;

/// As many characters of a body are shown.
const SHOWN_MAX: usize = 2000;

/// Shows the first request of an input and the server's answer; sends nothing else, and writes no results.
///
/// # Errors
/// The first item cannot be read or sent, or is not answered.
pub(crate) fn run(mut input: Input, asking: &Asking, screen: &Screen) -> Result<Ending> {
    let Some(item) = input.next(&Context::new())? else {
        bail!("interrupted before the first item was there");
    };
    let request = Request::new(random_id(), item.payload()?);
    let (model, service, server) = Model::reach(asking, None, screen)?.into_parts();
    let message = service
        .protocol()
        .clone()
        .without_secrets()
        .encode(&request)?;
    let mut told = format!("{} {}{}\n", message.method(), model.url(), message.uri());
    for (name, value) in message.headers() {
        // Keys and tokens are put in by the transport, later than this.
        writeln!(told, "{name}: {}", value.to_str().unwrap_or("…"))?;
    }
    writeln!(told, "\n{}\n", shortened(message.body()))?;
    say(&told)?;

    let pool = ThreadPool::builder().max_workers(1).build()?;
    let began = Instant::now();
    let call = async move {
        let context = creel_runtime::context();
        service.call(request, &context).await
    };
    let answer = pool.spawn(call)?.result()?;
    drop(server);
    let answer = answer.context("the first item was not answered")?;
    say(&format!(
        "answered in {}:\n{}\n",
        report::shown(began.elapsed()),
        shortened(serde_json::to_string_pretty(&answer.outputs)?.as_bytes())
    ))?;
    screen.say("this was a dry run: nothing else was sent, and nothing was written");
    Ok(Ending::Done)
}

/// A body as a person wants to see it: its beginning, as far as it is text.
fn shortened(body: &[u8]) -> String {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&body[..error.valid_up_to()]).unwrap_or_default(),
    };
    let text: String = text
        .chars()
        .take_while(|&letter| !letter.is_control() || letter.is_whitespace())
        .take(SHOWN_MAX)
        .collect();
    if text.len() == body.len() {
        return text;
    }
    format!("{text}… ({} bytes in all)", body.len())
}

fn say(text: &str) -> Result<()> {
    io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .context("cannot write to the standard output")
}

//! What a language model says, word by word.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::chat::{Choice, take};
use crate::error::{excerpt, said_in};
use crate::sse::{Event, Parser};
use crate::{Answer, ReplyError, reply};

/// More than any server sends in one event, tool calls included.
const EVENT_BYTES_MAX: usize = 16 << 20;

/// More choices than anybody asks for.
const CHOICES_MAX: u64 = 128;

/// Puts an answer together from the events of a stream, and hands its words on as they come.
///
/// ```
/// use creel_protocols::openai::Stream;
///
/// let mut words = Vec::new();
/// let mut stream = Stream::default();
/// for piece in [
///     r#"data: {"choices": [{"index": 0, "delta": {"content": "Pa"}}]}"#,
///     "\n\ndata: ",
///     r#"{"choices": [{"index": 0, "delta": {"content": "ris"}, "finish_reason": "stop"}]}"#,
///     "\n\ndata: [DONE]\n\n",
/// ] {
///     stream.push(piece.as_bytes(), |word| words.push(word.to_owned()))?;
/// }
/// assert_eq!(words, ["Pa", "ris"]);
/// assert_eq!(stream.finish()?.outputs["text"], "Paris");
/// # Ok::<(), creel_protocols::ReplyError>(())
/// ```
#[derive(Debug)]
pub struct Stream {
    parser: Parser,
    said: Said,
}

/// What was said so far.
#[derive(Debug, Default)]
struct Said {
    choices: Vec<Choice>,
    usage: Option<Value>,
    is_over: bool,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            parser: Parser::new(EVENT_BYTES_MAX),
            said: Said::default(),
        }
    }
}

impl Stream {
    /// Whether a reply is such a stream.
    pub fn is_in(headers: &http::HeaderMap) -> bool {
        reply::is_of_type(headers, "text/event-stream")
    }

    /// Takes the next bytes of the body, and hands on the words of the first choice that they bring.
    ///
    /// # Errors
    /// [`ReplyError`] when they are no events of an answer, or the server breaks off and says why. The stream cannot
    /// be read on then.
    pub fn push(&mut self, piece: &[u8], mut on_text: impl FnMut(&str)) -> Result<(), ReplyError> {
        let Self { parser, said } = self;
        let mut outcome = Ok(());
        parser.push(piece, |event| {
            if outcome.is_ok() {
                outcome = said.take(event, &mut on_text);
            }
        })?;
        outcome
    }

    /// The whole answer, once the body has ended.
    ///
    /// # Errors
    /// [`ReplyError::Incomplete`] when the body ended before the answer did.
    pub fn finish(self) -> Result<Answer, ReplyError> {
        let Self { parser, mut said } = self;
        let mut outcome = Ok(());
        parser.finish(|event| outcome = said.take(event, |_| ()));
        outcome?;
        let is_whole = said
            .choices
            .iter()
            .all(|choice| choice.finish_reason.is_some());
        if said.choices.is_empty() || !(said.is_over || is_whole) {
            return Err(ReplyError::Incomplete);
        }
        Choice::answer(said.choices, said.usage).ok_or(ReplyError::Incomplete)
    }

    /// The answer in a body that is there as a whole.
    pub(super) fn read(body: &Bytes) -> Result<Answer, ReplyError> {
        let mut stream = Self::default();
        stream.push(body, |_| ())?;
        stream.finish()
    }
}

impl Said {
    fn take(&mut self, event: Event<'_>, mut on_text: impl FnMut(&str)) -> Result<(), ReplyError> {
        if self.is_over {
            return Ok(());
        }
        if event.data.trim() == "[DONE]" {
            self.is_over = true;
            return Ok(());
        }
        let json = |source| ReplyError::Json {
            excerpt: excerpt(event.data.as_bytes()),
            source,
        };
        let mut chunk: Value = serde_json::from_str(event.data).map_err(json)?;
        if event.name == "error" || chunk.get("error").is_some_and(|error| !error.is_null()) {
            return Err(ReplyError::Broken {
                message: said_in(event.data.as_bytes()),
            });
        }
        self.usage = take(&mut chunk, "usage").or(self.usage.take());
        if let Some(Value::Array(choices)) = take(&mut chunk, "choices") {
            for choice in choices {
                self.add(choice, &mut on_text)
                    .ok_or_else(|| ReplyError::Missing {
                        name: "index",
                        excerpt: excerpt(event.data.as_bytes()),
                    })?;
            }
        }
        Ok(())
    }

    /// Adds what one choice goes on with; `None` when it is none.
    fn add(&mut self, mut choice: Value, mut on_text: impl FnMut(&str)) -> Option<()> {
        let index = match take(&mut choice, "index") {
            None => 0,
            Some(index) => index.as_u64().filter(|&index| index < CHOICES_MAX)? as usize,
        };
        if self.choices.len() <= index {
            self.choices.resize_with(index + 1, Choice::default);
        }
        let said = &mut self.choices[index];
        if let Some(reason) = take(&mut choice, "finish_reason") {
            said.finish_reason = Some(reason);
        }
        let Some(mut delta) = take(&mut choice, "delta") else {
            return Some(());
        };
        if let Some(Value::String(text)) = take(&mut delta, "content") {
            said.text += &text;
            if index == 0 && !text.is_empty() {
                on_text(&text);
            }
        }
        for name in ["reasoning_content", "reasoning"] {
            if let Some(Value::String(text)) = take(&mut delta, name) {
                said.reasoning += &text;
                // Servers that have both names say the same under either.
                break;
            }
        }
        if let Some(Value::String(text)) = take(&mut delta, "refusal") {
            let before = said.refusal.take().unwrap_or_default();
            said.refusal = Some((before.as_str().unwrap_or_default().to_owned() + &text).into());
        }
        if let Some(Value::Array(calls)) = take(&mut delta, "tool_calls") {
            let before = said
                .tool_calls
                .get_or_insert_with(|| Value::Array(Vec::new()));
            for call in calls {
                add_call(before.as_array_mut()?, call);
            }
        }
        Some(())
    }
}

/// Adds what one call of a tool goes on with.
fn add_call(calls: &mut Vec<Value>, mut call: Value) {
    let index = take(&mut call, "index");
    let place = calls
        .iter_mut()
        .find(|call| index.is_some() && call.get("index") == index.as_ref());
    match (place, call) {
        (Some(Value::Object(place)), Value::Object(more)) => merge(place, more),
        (_, Value::Object(mut call)) => {
            call.extend(index.map(|index| ("index".to_owned(), index)));
            calls.push(call.into());
        }
        _ => {}
    }
}

/// Takes over what is said; `arguments` come in pieces.
fn merge(into: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(into)), Value::Object(more)) => merge(into, more),
            (Some(Value::String(text)), Value::String(more)) if name == "arguments" => {
                text.push_str(&more);
            }
            (_, Value::Null) => {}
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;

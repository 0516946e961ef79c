//! Prompts and pictures, and what a language model says to them.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{ROOT, Stream, embeddings, path};
use crate::error::excerpt;
use crate::{Answer, EncodeError, Image, Payload, ReplyError, Request, reply, request};

/// Asks a language model, at `/v1/chat/completions`.
///
/// A text is what the user says; a picture is shown, with the [prompt](Self::with_prompt) beside it. The answer has
/// the model's `text`, the `finish_reason`, and `usage` where the server counts tokens; of several choices that were
/// asked for, `text` is the first, and `choices` has all of them.
///
/// ```
/// use creel_protocols::openai::Chat;
/// use creel_protocols::{Protocol, Request};
///
/// let protocol = Protocol::from(Chat::new("smollm2").with_system("Answer in one word."));
/// let request = Request::new("b1f0", "The capital of France?".to_owned());
/// let sent = protocol.encode(&request)?;
/// assert_eq!(sent.uri(), "/v1/chat/completions");
///
/// let body = r#"{"choices": [{"index": 0, "finish_reason": "stop",
///     "message": {"role": "assistant", "content": "Paris"}}], "usage": {"total_tokens": 17}}"#;
/// let answer = protocol.decode(&request, &http::Response::new(body.into()))?;
/// assert_eq!(answer.outputs["text"], "Paris");
/// assert_eq!(answer.outputs["usage"]["total_tokens"], 17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Chat {
    pub(crate) model: String,
    root: String,
    system: Option<String>,
    prompt: Option<String>,
    is_streamed: bool,
    parameters: Map<String, Value>,
}

impl Chat {
    /// Asks that model; without a name the server chooses.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            root: ROOT.to_owned(),
            system: None,
            prompt: None,
            is_streamed: false,
            parameters: Map::new(),
        }
    }

    /// Begins the paths so in place of `/v1`; for a server whose URL has that already it is empty.
    #[must_use]
    pub fn with_root(mut self, root: impl Into<String>) -> Self {
        self.root = root.into();
        self
    }

    /// Tells the model so before the user speaks.
    #[must_use]
    pub fn with_system(mut self, text: impl Into<String>) -> Self {
        self.system = Some(text.into());
        self
    }

    /// Asks this of each picture, and puts it before each text.
    #[must_use]
    pub fn with_prompt(mut self, text: impl Into<String>) -> Self {
        self.prompt = Some(text.into());
        self
    }

    /// Sends these members along, such as `temperature` and `max_tokens`.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Map<String, Value>) -> Self {
        self.parameters = parameters;
        self
    }

    /// Has the answer sent word by word; the client's side of that is a [`Stream`].
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.is_streamed = true;
        self
    }

    /// Where the paths begin.
    pub fn root(&self) -> &str {
        &self.root
    }

    pub(crate) fn encode(&self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        let mut path = path(&self.root, "", "/chat/completions");
        let mut body = self.parameters.clone();
        match &request.payload {
            Payload::Document(document) => {
                path = super::path(&self.root, &document.path, "/chat/completions");
                body.extend(document.body.clone());
                body.remove("stream");
                body.remove("stream_options");
            }
            payload => {
                let content = self.content(payload)?;
                let system = self
                    .system
                    .iter()
                    .map(|text| json!({ "role": "system", "content": text }));
                let user = json!({ "role": "user", "content": content });
                body.insert("messages".into(), system.chain([user]).collect());
                if self.is_streamed {
                    body.insert("stream".into(), true.into());
                    // Without it a stream does not tell what it cost.
                    body.entry("stream_options")
                        .or_insert_with(|| json!({ "include_usage": true }));
                }
            }
        }
        if !self.model.is_empty() {
            body.entry("model").or_insert(self.model.as_str().into());
        }
        let accepted = if self.is_streamed {
            "text/event-stream, application/json;q=0.5"
        } else {
            request::JSON
        };
        request::post(&path, &body, accepted)
    }

    /// What the user says.
    fn content(&self, payload: &Payload) -> Result<Value, EncodeError> {
        match (payload, &self.prompt) {
            (Payload::Text(text), None) => Ok(text.as_str().into()),
            (Payload::Text(text), Some(prompt)) => Ok(format!("{prompt}\n\n{text}").into()),
            (Payload::Image(image), prompt) => {
                let prompt = prompt
                    .iter()
                    .map(|text| json!({ "type": "text", "text": text }));
                let url = data_url(image);
                let shown = json!({ "type": "image_url", "image_url": { "url": url } });
                Ok(prompt.chain([shown]).collect())
            }
            _ => Err(EncodeError::Unsupported {
                protocol: "a chat",
                payload: payload.kind(),
            }),
        }
    }

    pub(crate) fn decode(
        &self,
        request: &Request,
        reply: &http::Response<Bytes>,
    ) -> Result<Answer, ReplyError> {
        if Stream::is_in(reply.headers()) {
            return Stream::read(reply.body());
        }
        let mut object = reply::object(reply)?;
        let missing = |name| ReplyError::Missing {
            name,
            excerpt: excerpt(reply.body()),
        };
        if let Payload::Document(document) = &request.payload {
            if document.path.ends_with("/embeddings") {
                return embeddings::answer_to(document, reply);
            }
            let holds_answer = ["choices", "output", "data", "results"].into_iter().any(
                |name| matches!(object.get(name), Some(Value::Array(list)) if !list.is_empty()),
            );
            return if holds_answer {
                Ok(Answer { outputs: object })
            } else {
                Err(missing("choices"))
            };
        }
        let Value::Array(choices) = reply::take(reply, &mut object, "choices")? else {
            return Err(missing("choices"));
        };
        let choices: Option<Vec<Choice>> = choices.into_iter().map(Choice::of).collect();
        let choices = choices.ok_or_else(|| missing("content"))?;
        Choice::answer(choices, object.remove("usage")).ok_or_else(|| missing("choices"))
    }
}

/// A picture as a URL that holds it.
fn data_url(image: &Image) -> String {
    format!(
        "data:{};base64,{}",
        image.media_type,
        Base64Display::new(&image.bytes, &STANDARD)
    )
}

/// What stands under a name, if it is something.
pub(super) fn take(object: &mut Value, name: &str) -> Option<Value> {
    let value = object.get_mut(name)?.take();
    Some(value).filter(|value| !value.is_null())
}

/// One of the things that the model says.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) refusal: Option<Value>,
    pub(super) tool_calls: Option<Value>,
    pub(super) finish_reason: Option<Value>,
}

impl Choice {
    /// Reads one; a message must say something, or call a tool.
    fn of(mut choice: Value) -> Option<Self> {
        let finish_reason = take(&mut choice, "finish_reason");
        let mut message = take(&mut choice, "message")?;
        let mut part = |name| take(&mut message, name);
        let tool_calls = part("tool_calls").filter(|calls| calls != &json!([]));
        let refusal = part("refusal");
        // Two names for the same thing.
        let reasoning = part("reasoning_content").or_else(|| part("reasoning"));
        let text = match part("content") {
            Some(Value::String(text)) => text,
            Some(Value::Array(parts)) => {
                let texts: Vec<&str> = parts
                    .iter()
                    .filter_map(|part| part["text"].as_str())
                    .collect();
                texts.concat()
            }
            None if tool_calls.is_some() || refusal.is_some() || reasoning.is_some() => {
                String::new()
            }
            _ => return None,
        };
        let reasoning = reasoning.and_then(|text| text.as_str().map(str::to_owned));
        Some(Self {
            text,
            reasoning: reasoning.unwrap_or_default(),
            refusal,
            tool_calls,
            finish_reason,
        })
    }

    /// The answer that these make; `None` of none.
    pub(super) fn answer(choices: Vec<Self>, usage: Option<Value>) -> Option<Answer> {
        let mut choices: Vec<Map<String, Value>> =
            choices.into_iter().map(Self::into_outputs).collect();
        let mut outputs = choices.first()?.clone();
        if choices.len() > 1 {
            outputs.insert("choices".into(), choices.drain(..).collect());
        }
        if let Some(usage) = usage.filter(Value::is_object) {
            outputs.insert("usage".into(), usage);
        }
        Some(Answer { outputs })
    }

    fn into_outputs(self) -> Map<String, Value> {
        let mut outputs = Map::from_iter([("text".to_owned(), self.text.into())]);
        if !self.reasoning.is_empty() {
            outputs.insert("reasoning".into(), self.reasoning.into());
        }
        for (name, value) in [
            ("refusal", self.refusal),
            ("tool_calls", self.tool_calls),
            ("finish_reason", self.finish_reason),
        ] {
            outputs.extend(value.map(|value| (name.to_owned(), value)));
        }
        outputs
    }
}

#[cfg(test)]
mod tests;

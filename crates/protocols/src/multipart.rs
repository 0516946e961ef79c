//! A form with the picture or text as its one file.

use bytes::{BufMut, Bytes, BytesMut};
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE};
use memchr::memmem;
use serde_json::{Map, Value};

use crate::{Answer, EncodeError, Payload, ReplyError, Request, reply};

/// A `POST` of a form, `multipart/form-data`, to the server's URL itself, as LitServe and many others take it.
///
/// The picture, or the text, is the form's one file; parameters are fields beside it. The members of a JSON object
/// are the outputs; anything else is the one output `reply`.
///
/// ```
/// use creel_protocols::{Image, Multipart, Payload, Protocol, Request};
///
/// let protocol = Protocol::from(Multipart::new().with_field("image"));
/// let picture = Payload::Image(Image::jpeg(&b"\xff\xd8\xff"[..]));
/// let request = Request::new("b1f0", picture);
/// let sent = protocol.encode(&request)?;
/// let head = br#"Content-Disposition: form-data; name="image"; filename="image.jpg""#;
/// assert!(sent.body().windows(head.len()).any(|window| window == head));
///
/// let reply = http::Response::new(r#"{"label": "dog"}"#.into());
/// assert_eq!(protocol.decode(&request, &reply)?.outputs["label"], "dog");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Multipart {
    field: String,
    parameters: Map<String, Value>,
}

impl Default for Multipart {
    fn default() -> Self {
        Self::new()
    }
}

impl Multipart {
    /// A form whose file is in the field `file`.
    pub fn new() -> Self {
        Self {
            field: "file".to_owned(),
            parameters: Map::new(),
        }
    }

    /// Puts the file into that field.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>) -> Self {
        self.field = name.into();
        self
    }

    /// Puts these beside it, a field each: strings as they are, others as JSON.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Map<String, Value>) -> Self {
        self.parameters = parameters;
        self
    }

    /// The field that the file is in.
    pub fn field(&self) -> &str {
        &self.field
    }

    pub(crate) fn encode(&self, request: &Request) -> Result<http::Request<Bytes>, EncodeError> {
        let (media_type, file, content) = match &request.payload {
            Payload::Image(image) => {
                let extension = match image.media_type.as_str() {
                    "image/jpeg" => "jpg",
                    other => other.rsplit(['/', '+']).next().unwrap_or("bin"),
                };
                let file = format!("image.{extension}");
                (image.media_type.as_str(), file, image.bytes.clone())
            }
            Payload::Text(text) => (
                "text/plain; charset=utf-8",
                "text.txt".to_owned(),
                Bytes::from(text.clone()),
            ),
            Payload::Features(_) | Payload::Texts(_) | Payload::Document(_) => {
                return Err(EncodeError::Unsupported {
                    protocol: "a form",
                    payload: request.payload.kind(),
                });
            }
        };
        let fields: Vec<(&str, String)> = self
            .parameters
            .iter()
            .map(|(name, value)| {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (name.as_str(), value)
            })
            .collect();
        let boundary = boundary(&request.id, &content, &fields);
        let mut body = BytesMut::with_capacity(content.len() + 512);
        for (name, value) in &fields {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n",
                quoted(name)
            );
            body.put(head.as_bytes());
            body.put(value.as_bytes());
            body.put(&b"\r\n"[..]);
        }
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
             Content-Type: {}\r\n\r\n",
            quoted(&self.field),
            quoted(&file),
            media_type.replace(['\r', '\n'], " "),
        );
        body.put(head.as_bytes());
        body.put(content);
        body.put(format!("\r\n--{boundary}--\r\n").as_bytes());
        let request = http::Request::builder()
            .method(Method::POST)
            .uri("/")
            .header(
                CONTENT_TYPE,
                format!("multipart/form-data; boundary={boundary}"),
            )
            .header(ACCEPT, reply::FREE)
            .body(body.freeze())?;
        Ok(request)
    }

    pub(crate) fn decode(&self, reply: &http::Response<Bytes>) -> Result<Answer, ReplyError> {
        reply::free(reply)
    }
}

/// A line that does not stand in what it bounds, made of the request's id.
fn boundary(id: &str, content: &[u8], fields: &[(&str, String)]) -> String {
    let own: String = id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(40)
        .collect();
    let mut boundary = format!("creel-{own}");
    let is_in =
        |content: &[u8], boundary: &str| memmem::find(content, boundary.as_bytes()).is_some();
    while is_in(content, &boundary)
        || fields
            .iter()
            .any(|(_, value)| is_in(value.as_bytes(), &boundary))
    {
        // The content is finite: at some length the boundary is not in it.
        boundary.push('x');
    }
    boundary
}

/// A name as the HTML standard writes it between quotes.
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace('"', "%22")
}

#[cfg(test)]
mod tests;

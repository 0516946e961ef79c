//! What a scripted server hears and says.

/// One request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The method, such as `POST`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Which connection it came on, counted from 0 in the order of their opening.
    pub connection: usize,
}

impl Received {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What a scripted server does with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Sends a whole response and keeps the connection open.
    Answer {
        /// The status.
        status: u16,
        /// The headers beside `Content-Length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Does the same, does not announce it, and closes the connection.
    AnswerThenClose {
        /// The status.
        status: u16,
        /// The headers beside `Content-Length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Sends these bytes, whatever they are, and closes the connection.
    Bytes(Vec<u8>),
    /// Sends these bytes and nothing more until the client or the server goes away.
    Stall(Vec<u8>),
    /// Closes the connection without a byte.
    Close,
    /// Sends nothing until the client or the server goes away.
    Hang,
    /// Stops listening, then closes every connection without another byte.
    Die,
}

impl Reply {
    /// A JSON response.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::of_type("application/json", status, body.into())
    }

    /// A plain-text response.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::of_type("text/plain", status, body.into())
    }

    /// A JSON response that ends in the middle of its body.
    pub fn torn(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let mut bytes = written(status, &[], &body.into());
        bytes.truncate(bytes.len() - 1);
        Self::Bytes(bytes)
    }

    /// The same response with one more header.
    ///
    /// # Panics
    /// When it is not a response.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        match &mut self {
            Self::Answer { headers, .. } | Self::AnswerThenClose { headers, .. } => {
                headers.push((name.to_owned(), value.to_owned()));
            }
            other => panic!("{other:?} has no headers"),
        }
        self
    }

    /// The same response, after which the connection is closed without notice.
    ///
    /// # Panics
    /// When it is not a response.
    #[must_use]
    pub fn then_close(self) -> Self {
        match self {
            Self::Answer {
                status,
                headers,
                body,
            }
            | Self::AnswerThenClose {
                status,
                headers,
                body,
            } => Self::AnswerThenClose {
                status,
                headers,
                body,
            },
            other => panic!("{other:?} is no response"),
        }
    }

    fn of_type(content_type: &str, status: u16, body: Vec<u8>) -> Self {
        Self::Answer {
            status,
            headers: vec![("Content-Type".into(), content_type.into())],
            body,
        }
    }
}

/// A response as bytes.
pub(super) fn written(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        bytes += &format!("{name}: {value}\r\n");
    }
    bytes += "\r\n";
    [bytes.as_bytes(), body].concat()
}

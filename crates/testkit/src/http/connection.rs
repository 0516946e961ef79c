//! One connection to a scripted server.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use super::Received;

/// Reads requests off one connection, one after the other.
pub(super) struct Connection {
    stream: TcpStream,
    number: usize,
    /// What was read and belongs to the next request.
    unread: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, number: usize) -> Self {
        Self {
            stream,
            number,
            unread: Vec::new(),
        }
    }

    /// Blocks until a whole request is there; `None` when the client has closed or broken the connection.
    ///
    /// Bodies have a `Content-Length`; others are not understood.
    pub(super) fn request(&mut self) -> Option<Received> {
        loop {
            if let Some((mut request, head, body)) = self.parsed() {
                while self.unread.len() < head + body {
                    self.read_more().ok()?;
                }
                request.body = self.unread[head..head + body].to_vec();
                self.unread.drain(..head + body);
                return Some(request);
            }
            self.read_more().ok()?;
        }
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        // A client that went away does not hear the reply; it has its own error to tell.
        let _ = self.stream.write_all(bytes);
    }

    /// Blocks until the client closes the connection, or the server does.
    pub(super) fn wait_for_end(&mut self) {
        while self.read_more().is_ok() {}
    }

    /// The request whose head has been read, and the lengths of its head and body.
    fn parsed(&self) -> Option<(Received, usize, usize)> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let head = match request.parse(&self.unread) {
            Ok(httparse::Status::Complete(head)) => head,
            Ok(httparse::Status::Partial) => return None,
            Err(error) => panic!("a client sent no HTTP request: {error}"),
        };
        let received = Received {
            method: request.method?.to_owned(),
            path: request.path?.to_owned(),
            headers: request
                .headers
                .iter()
                .map(|header| {
                    let value = String::from_utf8_lossy(header.value);
                    (header.name.to_ascii_lowercase(), value.into_owned())
                })
                .collect(),
            body: Vec::new(),
            connection: self.number,
        };
        let body = received.header("content-length").map_or(0, |length| {
            length
                .parse()
                .unwrap_or_else(|_| panic!("a client sent the Content-Length {length}"))
        });
        Some((received, head, body))
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.unread.extend_from_slice(&chunk[..count]);
                Ok(())
            }
        }
    }
}

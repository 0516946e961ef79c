//! A client that says exactly what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection to a page.
pub(crate) struct Client(BufReader<TcpStream>);

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The value of a header, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).unwrap()))
    }

    pub(crate) fn send(&mut self, text: &str) {
        // Whoever is refused may be cut off before all was sent.
        let _ = self.0.get_mut().write_all(text.as_bytes());
    }

    /// Reads a line; empty at the end of the connection, in whatever way it ended.
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        let _ = self.0.read_until(b'\n', &mut line);
        String::from_utf8(line).unwrap()
    }

    /// Reads the head of a response.
    pub(crate) fn head(&mut self) -> String {
        let mut head = String::new();
        loop {
            let line = self.line();
            if line.trim().is_empty() {
                return head;
            }
            head.push_str(&line);
        }
    }

    /// Reads a response, which has a length or ends with the connection.
    pub(crate) fn response(&mut self) -> Response {
        let head = self.head();
        let status = head.split(' ').nth(1).map(|status| status.parse().unwrap());
        let mut response = Response {
            status: status.unwrap_or_default(),
            head,
            body: Vec::new(),
        };
        match response.header("content-length") {
            Some(length) => {
                response.body = vec![0; length.parse().unwrap()];
                self.0.read_exact(&mut response.body).unwrap();
            }
            None => {
                let _ = self.0.read_to_end(&mut response.body);
            }
        }
        response
    }

    /// Reads one event: its name and what it says.
    pub(crate) fn event(&mut self) -> Option<(String, String)> {
        let (mut name, mut data) = (String::new(), String::new());
        loop {
            let line = self.line();
            if line.is_empty() {
                return None;
            }
            let line = line.trim_end_matches(['\r', '\n']);
            if let Some(found) = line.strip_prefix("event: ") {
                found.clone_into(&mut name);
            } else if let Some(found) = line.strip_prefix("data: ") {
                found.clone_into(&mut data);
            } else if line.is_empty() && !name.is_empty() {
                return Some((name, data));
            }
        }
    }
}

/// Gets a path with these headers besides the host, each with its line break.
pub(crate) fn get(address: SocketAddr, path: &str, headers: &str) -> Response {
    ask(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}"),
    )
}

/// Sends a request but for the empty line at its end.
pub(crate) fn ask(address: SocketAddr, request: &str) -> Response {
    let mut client = Client::connect(address);
    client.send(request);
    client.send("\r\n");
    client.response()
}

/// Opens the events, and reads the head of the answer.
pub(crate) fn events(address: SocketAddr) -> (Client, String) {
    let mut client = Client::connect(address);
    client.send(&format!("GET /events HTTP/1.1\r\nHost: {address}\r\n\r\n"));
    let mut head = client.head();
    head.truncate(head.find('\r').unwrap_or(head.len()));
    (client, head)
}

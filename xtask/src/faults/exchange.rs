//! Requests as they stand on a connection, and the replies to them.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// A connection from which requests are read.
pub(super) struct Connection {
    reader: BufReader<TcpStream>,
}

/// A request that was read.
pub(super) enum Asked {
    /// What the server is and has.
    About,
    /// An inference of the Open Inference Protocol.
    Inference(Box<Inference>),
}

/// What is asked of the model, which gives back what it gets.
#[derive(Clone)]
pub(super) struct Inference {
    id: Value,
    shape: Value,
    datatype: Value,
    data: Value,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            reader: BufReader::new(stream),
        }
    }

    /// Blocks until the next request is there, no longer than the limit for its first byte; `None` when the connection is at
    /// its end.
    pub(super) fn request(&mut self, limit: Option<Duration>) -> io::Result<Option<Asked>> {
        self.reader.get_ref().set_read_timeout(limit)?;
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        self.reader.get_ref().set_read_timeout(None)?;
        let is_inference = line.starts_with("POST ");
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        if !is_inference {
            return Ok(Some(Asked::About));
        }
        Inference::read(&body)
            .map(|inference| Some(Asked::Inference(Box::new(inference))))
            .ok_or_else(|| io::Error::other("a request that is no inference"))
    }

    /// Blocks until the client closes the connection.
    pub(super) fn wait_for_end(&mut self) {
        // However it ends, it has ended.
        let _ = self.reader.get_ref().set_read_timeout(None);
        let _ = self.reader.read_to_end(&mut Vec::new());
    }

    pub(super) fn send(&mut self, reply: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(reply)
    }
}

impl Inference {
    fn read(body: &[u8]) -> Option<Self> {
        let request: Value = serde_json::from_slice(body).ok()?;
        let input = request.get("inputs")?.get(0)?;
        Some(Self {
            id: request["id"].clone(),
            shape: input["shape"].clone(),
            datatype: input["datatype"].clone(),
            data: input["data"].clone(),
        })
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> u64 {
        self.shape[0].as_u64().unwrap_or(1)
    }

    /// The same without its last row.
    pub(super) fn without_a_row(mut self) -> Self {
        let rows = self.rows();
        self.shape[0] = json!(rows.saturating_sub(1));
        if let Some(data) = self.data.as_array_mut() {
            let width = data.len() as u64 / rows.max(1);
            data.truncate((width * rows.saturating_sub(1)) as usize);
        }
        self
    }

    /// The answer to it.
    pub(super) fn answer(&self) -> Vec<u8> {
        let body = json!({
            "model_name": "m",
            "id": self.id,
            "outputs": [{
                "name": "echo",
                "shape": self.shape,
                "datatype": self.datatype,
                "data": self.data,
            }],
        });
        written("200 OK", &[], &body)
    }
}

/// What the server says of itself, whatever was asked.
pub(super) fn about() -> Vec<u8> {
    let body = json!({"name": "m", "versions": ["1"], "inputs": [], "outputs": []});
    written("200 OK", &[], &body)
}

/// Asks to come again after a pause.
pub(super) fn ask_for_pause(pause: Duration) -> Vec<u8> {
    let seconds = pause.as_secs_f64().ceil().to_string();
    let body = json!({"error": "slow down"});
    written("429 Too Many Requests", &[("Retry-After", &seconds)], &body)
}

fn written(status: &str, headers: &[(&str, &str)], body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let mut reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        reply += &format!("{name}: {value}\r\n");
    }
    (reply + "\r\n" + &body).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_less_is_a_row_less_in_shape_and_data() {
        let body = br#"{"id": "a", "inputs": [{"shape": [3, 2], "datatype": "FP64", "data": [1, 2, 3, 4, 5, 6]}]}"#;
        let inference = Inference::read(body).expect("an inference");
        assert_eq!(inference.rows(), 3);
        let less = inference.without_a_row();
        assert_eq!(
            (&less.shape, &less.data),
            (&json!([2, 2]), &json!([1, 2, 3, 4]))
        );
    }

    #[test]
    fn a_pause_is_asked_for_in_whole_seconds_and_never_too_short() {
        let reply = ask_for_pause(Duration::from_millis(1_100));
        let reply = String::from_utf8(reply).expect("text");
        assert!(reply.contains("\r\nRetry-After: 2\r\n"), "{reply}");
    }
}

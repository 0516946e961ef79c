//! An RTSP server that does what a test tells it, mistakes included.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What the server does on one connection.
#[derive(Clone)]
pub(crate) enum Script {
    /// Answers the first question with this status and these headers.
    Refuse(u16, &'static str),
    /// Does so once, and then what follows.
    Challenge(&'static str, Box<Script>),
    /// Says what it has, in place of a JPEG stream.
    Offer(&'static str),
    /// Plays these bytes, and closes the connection.
    Play(Vec<u8>),
    /// Plays these bytes, and nothing more.
    PlayAndFreeze(Vec<u8>),
    /// Sends these bytes in place of an answer, and closes the connection.
    Say(&'static [u8]),
    /// Says nothing.
    Hang,
}

/// A server on a free port of this machine; each connection follows the next script, and the last one for ever.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_ending: bool,
    open: Vec<TcpStream>,
    heard: Vec<String>,
}

impl Server {
    pub(crate) fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let mut scripts: Vec<_> = scripts.into_iter().collect();
        scripts.reverse();
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                let mut connections = Vec::new();
                for stream in listener.incoming() {
                    let stream = stream.unwrap();
                    let mut state = shared.state.lock().unwrap();
                    if state.is_ending {
                        break;
                    }
                    state.open.push(stream.try_clone().unwrap());
                    drop(state);
                    let script = if scripts.len() > 1 {
                        scripts.pop().unwrap()
                    } else {
                        scripts[0].clone()
                    };
                    let shared = Arc::clone(&shared);
                    // A client that goes away does not hear the rest.
                    connections.push(thread::spawn(move || {
                        let _ = serve(&stream, script, &shared);
                        let _ = stream.shutdown(Shutdown::Both);
                    }));
                }
                for connection in connections {
                    connection.join().unwrap();
                }
            }
        });
        Self {
            address,
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// A URL on this server, with something before the host.
    pub(crate) fn url(&self, before: &str, path: &str) -> String {
        format!("rtsp://{before}{}{path}", self.address)
    }

    /// Every request so far, whole.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().heard.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock().unwrap();
        state.is_ending = true;
        for stream in &state.open {
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(state);
        let _ = TcpStream::connect(self.address);
        let ended = self.acceptor.take().unwrap().join();
        assert!(
            ended.is_ok() || thread::panicking(),
            "the RTSP server panicked"
        );
    }
}

fn serve(stream: &TcpStream, script: Script, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let mut script = script;
    while let Some(request) = request(&mut reader)? {
        shared.state.lock().unwrap().heard.push(request.clone());
        let mut words = request.split(' ');
        let (method, url) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let sequence = header(&request, "cseq").unwrap_or("0").to_owned();
        let mut answer = |status: u16, headers: &str, body: &str| {
            write!(
                writer,
                "RTSP/1.0 {status} Scripted\r\nCSeq: {sequence}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let offer = match &script {
            Script::Refuse(status, headers) => {
                answer(*status, headers, "")?;
                continue;
            }
            Script::Challenge(headers, next) => {
                answer(401, headers, "")?;
                script = (**next).clone();
                continue;
            }
            Script::Say(bytes) => return writer.write_all(bytes),
            Script::Hang => continue,
            Script::Offer(media) => *media,
            Script::Play(_) | Script::PlayAndFreeze(_) => JPEG,
        };
        match method {
            "DESCRIBE" => {
                let body = format!("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\n{offer}");
                let headers = format!("Content-Type: application/sdp\r\nContent-Base: {url}/\r\n");
                answer(200, &headers, &body)?;
            }
            "SETUP" => answer(
                200,
                "Session: 1;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=00000001\r\n",
                "",
            )?,
            "PLAY" => {
                answer(200, "Session: 1\r\nRange: npt=0-\r\n", "")?;
                match &script {
                    Script::Play(bytes) => return writer.write_all(bytes),
                    Script::PlayAndFreeze(bytes) => writer.write_all(bytes)?,
                    _ => {}
                }
            }
            _ => answer(200, "Session: 1\r\n", "")?,
        }
    }
    Ok(())
}

/// Reads a request without a body; `None` at the end.
fn request(reader: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut request = String::new();
    loop {
        let mut line = Vec::new();
        // What is no text is a report of how well packets arrive, and ends no request.
        Read::take(&mut *reader, 4096).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        if line == "\r\n" && !request.is_empty() {
            return Ok(Some(request));
        }
        request += &line;
    }
}

/// The value of a header, by its name in lower case.
fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

const JPEG: &str = "m=video 0 RTP/AVP 26\r\na=control:trackID=0\r\n";

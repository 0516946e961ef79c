//! Reads a picture stream over HTTP.

use std::io::Read;
use std::time::{Duration, Instant};

use http_auth::{PasswordClient, PasswordParams, basic};
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use ureq::http::{Response, StatusCode, Uri};
use ureq::{Agent, Body, ResponseExt};

use super::Pictures;
use crate::live::{Intake, Picture, Trouble, Wire};
use crate::{Address, Credentials, Moment, PixelFormat};

/// The wire to one camera.
#[derive(Debug)]
pub(super) struct Http {
    address: Address,
}

impl Http {
    pub(super) fn new(address: Address) -> Self {
        Self { address }
    }

    /// Asks for the stream, and again with name and password where they are wanted.
    fn get(&self, agent: &Agent) -> Result<Response<Body>, Trouble> {
        let url = self.address.url();
        let response = agent.get(url).call().map_err(unreachable)?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let Some(credentials) = self.address.credentials() else {
            return Err(Trouble::Locked {
                scheme: self.address.scheme(),
            });
        };
        // A camera may send its visitors on; the password goes to no other host.
        let uri = response.get_uri().clone();
        let uri = match url.parse::<Uri>() {
            Ok(asked) if asked.host() != uri.host() => asked,
            _ => uri,
        };
        let answer = answer(&response, credentials, &uri);
        let request = agent.get(&uri).header(AUTHORIZATION, answer);
        request.call().map_err(unreachable)
    }

    /// Reads one answer to its end.
    fn read_answer(&self, agent: &Agent, intake: &Intake) -> Result<Answer, Trouble> {
        let response = self.get(agent)?;
        let status = response.status();
        if !status.is_success() {
            return Err(refusal(status));
        }
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
        let body = response.into_body().into_with_config().limit(u64::MAX);
        let count = read_pictures(body.reader(), intake)?;
        match kind {
            Some(kind) if count == 1 && kind.starts_with("image/") => Ok(Answer::Snapshot),
            kind if count == 0 => Err(Trouble::Unreadable {
                what: format!("{} and no JPEG picture", shown(kind.as_deref())),
                remedy: "give the URL of its MJPEG stream, not that of a page",
            }),
            _ => Ok(Answer::Stream),
        }
    }
}

impl Wire for Http {
    const THREAD: &'static str = "creel-mjpeg";

    fn read(&self, intake: &Intake) -> Result<(), Trouble> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .proxy(None)
            .user_agent("creel")
            .build();
        let agent = Agent::new_with_config(config);
        intake.on_close({
            let agent = agent.clone();
            move || agent.shutdown()
        });
        loop {
            let asked_at = Instant::now();
            match self.read_answer(&agent, intake)? {
                Answer::Stream => return Ok(()),
                Answer::Snapshot => {
                    let rest = SNAPSHOTS_EVERY.saturating_sub(asked_at.elapsed());
                    if !intake.pause(rest) {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// What the server's answer has been.
enum Answer {
    /// Pictures one after the other, until they ended.
    Stream,
    /// A single picture, as it was meant to be.
    Snapshot,
}

/// Hands on every picture up to the end, and says how many there were.
fn read_pictures(mut body: impl Read, intake: &Intake) -> Result<u64, Trouble> {
    let mut pictures = Pictures::new(PICTURE_BYTES_MAX);
    let mut buffer = vec![0; PIECE_BYTES];
    let mut count = 0;
    let end = loop {
        let piece = match body.read(&mut buffer) {
            Ok(0) => break Ok(()),
            Ok(length) => &buffer[..length],
            Err(error) => break Err(Trouble::Broken(error.into())),
        };
        pictures.push(piece, |picture| {
            count += 1;
            intake.push(Picture {
                captured_at: Moment::now(),
                size: picture.size,
                format: PixelFormat::Jpeg,
                bytes: picture.bytes,
                lost_before: picture.lost_before,
            });
        });
    };
    pictures.end();
    intake.lose(pictures.lost());
    end.map(|()| count)
}

/// The `Authorization` that the server has asked for.
fn answer(response: &Response<Body>, credentials: &Credentials, uri: &Uri) -> String {
    let Credentials { name, password } = credentials;
    let asked: Vec<_> = response
        .headers()
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let parameters = PasswordParams {
        username: name,
        password,
        uri: path,
        method: "GET",
        body: Some(&[]),
    };
    PasswordClient::try_from(asked.join(", ").as_str())
        .and_then(|mut client| client.respond(&parameters))
        // A camera that does not say how is asked in the oldest way.
        .unwrap_or_else(|_| basic::encode_credentials(name, password))
}

fn refusal(status: StatusCode) -> Trouble {
    let code = status.as_u16();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Trouble::Refused { status: code },
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED => {
            Trouble::NoStream { status: code }
        }
        _ => Trouble::Status { status: code },
    }
}

fn unreachable(error: ureq::Error) -> Trouble {
    match error {
        // Its text is the URL.
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Trouble::Unreadable {
            what: "nothing, since its URL is none".into(),
            remedy: "write signs that a URL cannot hold as %22 and the like",
        },
        ureq::Error::Io(error) => Trouble::Unreachable(error.into()),
        error => Trouble::Unreachable(error.into()),
    }
}

/// A content type as it may be told: its server may have written anything.
fn shown(kind: Option<&str>) -> String {
    let Some(kind) = kind else {
        return "something without a type".into();
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.chars()
        .filter(|char| char.is_ascii_graphic())
        .take(KIND_CHARS_MAX)
        .collect()
}

/// A camera in the same house answers at once or not at all.
const CONNECT: Duration = Duration::from_secs(5);

/// How often a URL of a single picture is asked.
const SNAPSHOTS_EVERY: Duration = Duration::from_secs(1);

/// Above what any camera sends, below what hurts.
const PICTURE_BYTES_MAX: usize = 64 << 20;

/// How much of a stream is read at once.
const PIECE_BYTES: usize = 64 << 10;

const KIND_CHARS_MAX: usize = 60;

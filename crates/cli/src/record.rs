//! What is written of every frame and item.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
pub(crate) use creel_items::Id;
use creel_protocols::Image;
use jiff::{Timestamp, TimestampRound, Unit};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::run_id::RunId;

/// What is written of a frame or an item: one JSON object on a line, without the fields that say nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Record {
    #[serde(flatten)]
    pub(crate) key: Key,
    /// When the frame was captured, or the item read; RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) captured_at: Option<CapturedAt>,
    pub(crate) status: Status,
    /// The outputs by name, as the server gave them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Map<String, Value>>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// From capture to answer or failure, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency_ms: Option<Milliseconds>,
    /// What has failed, as it stands in its input.
    #[serde(skip)]
    pub(crate) original: Option<Bytes>,
    /// The picture that it is of, where somebody wants to see or keep it.
    #[serde(skip)]
    pub(crate) picture: Option<Image>,
}

/// What a later run wants to see of a record.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Fields")]
pub(crate) struct Seen {
    pub(crate) index: u64,
    pub(crate) status: Status,
}

/// The fields that tell it, in either form.
#[derive(Deserialize)]
struct Fields {
    index: Option<u64>,
    status: Option<Status>,
    id: Option<Value>,
    error: Option<IgnoredAny>,
}

impl TryFrom<Fields> for Seen {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let of_reply = || {
            let id = fields.id.as_ref()?.as_str()?;
            id.strip_prefix(REPLY_ID)?.parse().ok()
        };
        let status = fields.status.unwrap_or(match fields.error {
            Some(_) => Status::Failed,
            None => Status::Answered,
        });
        let index = fields.index.or_else(of_reply);
        let index = index.ok_or("no `index` tells which item it is of")?;
        Ok(Self { index, status })
    }
}

/// What the ids of replies begin with; the place of the request in its file follows.
const REPLY_ID: &str = "batch_req_";

/// A record in the form of OpenAI's batch files.
#[derive(Debug, Serialize)]
pub(crate) struct Reply<'a> {
    id: String,
    custom_id: &'a str,
    response: Option<Response<'a>>,
    error: Option<ReplyError<'a>>,
}

#[derive(Debug, Serialize)]
struct Response<'a> {
    status_code: u16,
    request_id: Option<&'a Value>,
    body: &'a Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct ReplyError<'a> {
    code: &'static str,
    message: &'a str,
}

impl Record {
    /// The record of a request in an OpenAI batch file, in the form of such files.
    pub(crate) fn reply(&self) -> Option<Reply<'_>> {
        let Key::Request { index, custom_id } = &self.key else {
            return None;
        };
        let response = self.answer.as_ref().map(|body| Response {
            status_code: 200,
            request_id: body.get("id"),
            body,
        });
        let error = self.error.as_ref().map(|message| ReplyError {
            code: "request_failed",
            message,
        });
        Some(Reply {
            id: format!("{REPLY_ID}{index}"),
            custom_id,
            response,
            error,
        })
    }
}

/// What a record is told from others by.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Key {
    /// Of `watch`.
    Frame {
        /// Tells the frames of one start of the program from those of another.
        run: RunId,
        camera: Arc<str>,
        frame: u64,
        /// The file name of a picture in a folder.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// Of `batch`.
    Item {
        /// Its place in the input, from 0.
        index: u64,
        id: Id,
    },
    /// Of a request in an OpenAI batch file.
    Request { index: u64, custom_id: String },
}

impl Key {
    /// What it is told from others of the same source by.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Self::Frame { frame, .. } => *frame,
            Self::Item { index, .. } | Self::Request { index, .. } => *index,
        }
    }
}

/// How a frame or an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Answered,
    Failed,
    Dropped,
}

/// A wall-clock time, written to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct CapturedAt(Timestamp);

/// A duration, written in milliseconds to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Milliseconds(pub(crate) Duration);

impl CapturedAt {
    /// That time; `None` if it lies outside of the years that can be written.
    pub(crate) fn new(time: SystemTime) -> Option<Self> {
        let time = Timestamp::try_from(time).ok()?;
        let to_millisecond = TimestampRound::new()
            .smallest(Unit::Millisecond)
            .mode(jiff::RoundMode::Floor);
        time.round(to_millisecond).ok().map(Self)
    }
}

impl Serialize for CapturedAt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Always three digits, so that texts sort as the times do.
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

impl Serialize for Milliseconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_micros() as f64 / 1_000.0)
    }
}

#[cfg(test)]
mod tests;

//! Network cameras that send JPEG pictures over HTTP, one after the other without an end.

mod http;
mod pictures;

use creel_core::port::SourceError;
use creel_core::{Context, Source};

use self::http::Http;
use crate::live::Live;
use crate::{Address, Frame};

pub use self::pictures::{JpegPicture, Pictures};

/// The pictures of a camera that sends them over HTTP, untouched.
///
/// The connection is opened by the first call of [`next`](Source::next), and again by the first one behind a
/// [`SourceError::Disconnected`]. A thread of its own reads it and never waits: at most 16 pictures or 64 MiB wait for
/// whoever takes frames, and when there is no room the oldest goes, counted in the next frame's
/// [`lost_before`](Frame::lost_before), as is a picture that broke off. What a camera sent while there was no
/// connection nobody can count.
///
/// | what happens | what [`next`](Source::next) gives |
/// |---|---|
/// | the stream ends, breaks, or stands still for longer than the address's [`Patience`](crate::Patience) | [`SourceError::Disconnected`] |
/// | the camera refuses name and password, has no such stream, or sends something else, and has never given a frame | [`SourceError::Failed`] |
/// | the context is cancelled | `Ok(None)`, and the connection is closed |
///
/// Name and password are sent when they are asked for, as Basic or Digest, whichever the camera wants. A URL that gives
/// a single picture is asked again every second. Cameras are asked directly, whatever proxy the environment names.
#[derive(Debug)]
pub struct Mjpeg {
    live: Live<Http>,
}

impl Mjpeg {
    /// The camera at an `http://` or `https://` address; nothing is sent yet.
    pub fn new(address: Address) -> Self {
        let (name, patience) = (address.to_string(), address.patience());
        Self {
            live: Live::new(Http::new(address), name, patience),
        }
    }
}

impl Source for Mjpeg {
    type Item = Frame;

    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        self.live.next(context)
    }
}

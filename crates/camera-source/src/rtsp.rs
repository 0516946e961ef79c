//! Network cameras that are asked by RTSP.

#[cfg(feature = "h264")]
mod h264;
mod jpeg;
mod loss;
mod outlet;
mod session;

use creel_core::port::SourceError;
use creel_core::{Context, Source};

use self::session::Session;
use crate::live::Live;
use crate::{Address, Frame};

/// The frames of a camera that is asked by RTSP, over TCP or UDP, whichever its address says.
///
/// JPEG pictures pass untouched. H.264 is decoded here where the feature `h264` was built in, every frame of it, those
/// that later ones refer to and those that are sent in another order; what else a camera sends is read by ffmpeg, as
/// [`Location::Ffmpeg`](crate::Location::Ffmpeg).
///
/// Connecting, watching and losing are those of [`Mjpeg`](crate::mjpeg::Mjpeg): a thread of its own reads the
/// connection, and never waits for whoever takes frames. H.264 is decoded by a second one; when it falls behind, frames
/// are dropped up to the next that needs no other. [`lost_before`](Frame::lost_before) counts these, too, and the
/// frames that went with packets that the network lost.
#[derive(Debug)]
pub struct Rtsp {
    live: Live<Session>,
}

impl Rtsp {
    /// The camera at an `rtsp://` address; nothing is sent yet.
    pub fn new(address: Address) -> Self {
        let (name, patience) = (address.to_string(), address.patience());
        Self {
            live: Live::new(Session::new(address), name, patience),
        }
    }
}

impl Source for Rtsp {
    type Item = Frame;

    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        self.live.next(context)
    }
}

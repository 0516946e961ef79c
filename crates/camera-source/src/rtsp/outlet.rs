//! Where pictures go that came over the network; nothing here waits.

use std::mem;
use std::thread::Scope;
use std::time::Duration;

use retina::codec::VideoFrame;
use retina::rtp::ReceivedPacket;

#[cfg(feature = "h264")]
use super::h264::{self, Coded, Entrance};
use super::jpeg::Assembly;
use super::loss::Loss;
use crate::live::{Intake, Picture, Trouble};
use crate::mjpeg::Pictures;
use crate::{Moment, PixelFormat};

/// How a camera codes its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Jpeg,
    H264,
}

impl Coding {
    /// By the name that a camera gives it; `None` where it cannot be read here, whatever is built in.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "jpeg" => Some(Self::Jpeg),
            "h264" => Some(Self::H264),
            _ => None,
        }
    }
}

/// JPEG pictures go as they are.
pub(super) struct Untouched<'a> {
    intake: &'a Intake,
    assembly: Assembly,
    loss: Loss,
    /// Packets that were lost behind the last picture.
    packets_lost: u16,
}

impl<'a> Untouched<'a> {
    pub(super) fn new(intake: &'a Intake) -> Self {
        Self {
            intake,
            assembly: Assembly::default(),
            loss: Loss::default(),
            packets_lost: 0,
        }
    }

    pub(super) fn push(&mut self, packet: &ReceivedPacket) {
        let captured_at = Moment::now();
        self.packets_lost = self.packets_lost.saturating_add(packet.loss());
        let Some(jpeg) = self.assembly.push(packet.payload(), packet.mark()) else {
            return;
        };
        let stamp = packet.timestamp().elapsed();
        let lost = self.loss.frames(stamp, mem::take(&mut self.packets_lost));
        self.intake.lose(lost);
        // Only a picture that is one by its structure, which also tells its size.
        let mut pictures = Pictures::new(jpeg.len() + 1);
        pictures.push(&jpeg, |picture| {
            self.intake.push(Picture {
                captured_at,
                size: picture.size,
                format: PixelFormat::Jpeg,
                bytes: picture.bytes,
                lost_before: picture.lost_before,
            });
        });
        pictures.end();
        self.intake.lose(pictures.lost());
    }
}

/// H.264 goes to a decoder.
#[cfg(feature = "h264")]
pub(super) struct Decoded<'a> {
    intake: &'a Intake,
    loss: Loss,
    entrance: Entrance<'a>,
}

#[cfg(feature = "h264")]
impl<'a> Decoded<'a> {
    /// Starts a decoder in `scope`, which ends soon behind this.
    pub(super) fn new<'scope>(
        intake: &'a Intake,
        scope: &'scope Scope<'scope, 'a>,
        idle: Duration,
    ) -> Result<Self, Trouble> {
        let (entrance, coded) = h264::channel(intake);
        std::thread::Builder::new()
            .name("creel-h264".into())
            .spawn_scoped(scope, move || h264::decode(&coded, intake, idle))
            .map_err(|error| Trouble::Start(error.into()))?;
        Ok(Self {
            intake,
            loss: Loss::default(),
            entrance,
        })
    }

    pub(super) fn push(&mut self, frame: VideoFrame) -> Result<(), Trouble> {
        let captured_at = Moment::now();
        let stamp = frame.timestamp().elapsed();
        self.intake.lose(self.loss.frames(stamp, frame.loss()));
        self.entrance.push(Coded {
            is_key: frame.is_random_access_point(),
            bytes: frame.into_data(),
            captured_at,
        })
    }
}

/// The decoder that was left out.
#[cfg(not(feature = "h264"))]
pub(super) enum Decoded {}

#[cfg(not(feature = "h264"))]
impl Decoded {
    /// Says what to do.
    pub(super) fn new<'a, 'scope>(
        _: &'a Intake,
        _: &'scope Scope<'scope, 'a>,
        _: Duration,
    ) -> Result<Self, Trouble> {
        Err(Trouble::Unreadable {
            what: "H.264".into(),
            remedy: "build with the feature `h264`, which needs a C++ compiler, or have ffmpeg read \
                     it: write ffmpeg:rtsp://… in place of rtsp://…",
        })
    }

    pub(super) fn push(&mut self, _: VideoFrame) -> Result<(), Trouble> {
        match *self {}
    }
}

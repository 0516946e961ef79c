//! What is played, and what must be seen.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::builder::PossibleValuesParser;

use super::follower::{Follower, Said};
use super::server::{Kind, Server};
use crate::running::free_port;

/// What every scene needs.
pub(super) struct Stage {
    /// The program that follows a camera.
    pub(super) follower: PathBuf,
    /// Where files may be left.
    pub(super) folder: PathBuf,
    /// GStreamer's RTSP server.
    pub(super) script: PathBuf,
    pub(super) cycles: usize,
}

/// A scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    RtspKills,
    UdpKills,
    MjpegKills,
    FfmpegKills,
    RtspFreeze,
    UdpFreeze,
    MjpegFreeze,
    BFrames,
    Credentials,
}

/// Enough to know that a stream flows.
const FRAMES: usize = 5;

/// No follower of a scene ends by itself sooner.
const ENDLESS: u64 = u64::MAX >> 1;

/// Cycles before the first look at what a follower holds: an allocator takes its time to have enough.
const WARM_UP: usize = 10;

/// A camera's silence of this length is a freeze, and it must be found out with so much to spare.
const STALL: Duration = Duration::from_secs(3);
const MARGIN: Duration = Duration::from_millis(500);

/// Frames of the file whose frames are sent in another order than they are shown.
const FILE_FRAMES: u64 = 300;

impl Scene {
    pub(super) const ALL: [Self; 9] = [
        Self::BFrames,
        Self::Credentials,
        Self::RtspFreeze,
        Self::UdpFreeze,
        Self::MjpegFreeze,
        Self::RtspKills,
        Self::UdpKills,
        Self::MjpegKills,
        Self::FfmpegKills,
    ];

    /// What it is called on the command line.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::RtspKills => "rtsp-kills",
            Self::UdpKills => "udp-kills",
            Self::MjpegKills => "mjpeg-kills",
            Self::FfmpegKills => "ffmpeg-kills",
            Self::RtspFreeze => "rtsp-freeze",
            Self::UdpFreeze => "udp-freeze",
            Self::MjpegFreeze => "mjpeg-freeze",
            Self::BFrames => "b-frames",
            Self::Credentials => "credentials",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::RtspKills => "an RTSP server (TCP, H.264) is killed and started again",
            Self::UdpKills => "an RTSP server (UDP, H.264) is killed and started again",
            Self::MjpegKills => "an MJPEG server is killed and started again",
            Self::FfmpegKills => "an RTSP server that ffmpeg reads is killed and started again",
            Self::RtspFreeze => "an RTSP server (TCP) is frozen",
            Self::UdpFreeze => "an RTSP server (UDP) is frozen",
            Self::MjpegFreeze => "an MJPEG server is frozen",
            Self::BFrames => "a stream with B-frames is decoded completely",
            Self::Credentials => "name, password and path, right and wrong",
        }
    }

    pub(super) fn names() -> PossibleValuesParser {
        PossibleValuesParser::new(Self::ALL.map(Self::name))
    }

    /// Plays it; gives what was seen, if it held.
    pub(super) fn play(self, stage: &Stage) -> Result<String> {
        let rtsp = || stage.rtsp("", None);
        match self {
            Self::RtspKills => stage.kills(&rtsp(), "rtsp://HOST/live"),
            Self::UdpKills => stage.kills(&rtsp(), "rtsp://HOST/live#transport=udp"),
            Self::MjpegKills => stage.kills(&Kind::Mjpeg, "http://HOST/"),
            Self::FfmpegKills => stage.kills(&rtsp(), "ffmpeg:rtsp://HOST/jpeg#rtsp_transport=tcp"),
            Self::RtspFreeze => stage.freeze(&rtsp(), "rtsp://HOST/live"),
            Self::UdpFreeze => stage.freeze(&rtsp(), "rtsp://HOST/live#transport=udp"),
            Self::MjpegFreeze => stage.freeze(&Kind::Mjpeg, "http://HOST/"),
            Self::BFrames => stage.b_frames(),
            Self::Credentials => stage.credentials(),
        }
    }
}

impl Stage {
    fn rtsp(&self, credentials: &'static str, file: Option<PathBuf>) -> Kind {
        Kind::Rtsp {
            script: self.script.clone(),
            credentials,
            file,
        }
    }

    fn follow(&self, location: &str, port: u16, frames: u64) -> Result<Follower> {
        let location = location.replace("HOST", &format!("127.0.0.1:{port}"));
        Follower::start(&self.follower, &location, frames)
    }

    /// Kills the server again and again: frames come each time, and nothing grows.
    fn kills(&self, kind: &Kind, location: &str) -> Result<String> {
        let port = free_port()?;
        let mut server = kind.start(port)?;
        let mut follower = self.follow(location, port, ENDLESS)?;
        follower.frames(FRAMES)?;
        let mut before = follower.resources()?;
        let mut slowest = Duration::ZERO;
        for cycle in 0..self.cycles {
            server.kill()?;
            let killed_at = Instant::now();
            let (noticed_at, _) = follower.trouble()?;
            slowest = slowest.max(noticed_at.saturating_duration_since(killed_at));
            server = kind.start(port)?;
            follower
                .frames(FRAMES)
                .with_context(|| format!("behind kill {}", cycle + 1))?;
            if cycle + 1 == WARM_UP.min(self.cycles / 2) {
                before = follower.resources()?;
            }
        }
        let after = follower.resources()?;
        after.check_growth_since(&before)?;
        ensure!(
            slowest <= STALL + MARGIN,
            "a kill was noticed after {slowest:.1?}"
        );
        Ok(format!(
            "{} kills, each noticed within {slowest:.1?}; {before} early on, {after} at the end",
            self.cycles
        ))
    }

    /// Freezes the server: it is found out in time, and frames come again when it goes on.
    fn freeze(&self, kind: &Kind, location: &str) -> Result<String> {
        let port = free_port()?;
        let mut server = kind.start(port)?;
        let mut follower = self.follow(location, port, ENDLESS)?;
        follower.frames(FRAMES)?;
        server.freeze()?;
        let frozen_at = Instant::now();
        let (noticed_at, trouble) = follower.trouble()?;
        let took = noticed_at.saturating_duration_since(frozen_at);
        server.thaw()?;
        ensure!(trouble.contains("no frame for 3 s"), "it says: {trouble}");
        ensure!(took <= STALL + MARGIN, "it was found out after {took:.2?}");
        if let Kind::Mjpeg = kind {
            // It served its one client.
            server.kill()?;
            server = kind.start(port)?;
        }
        let (number, _) = follower.frames(FRAMES)?;
        drop(server);
        Ok(format!(
            "found out after {took:.2?} (at most {:.1?}); frame {number} came when it went on",
            STALL + MARGIN
        ))
    }

    /// Every frame of a file is decoded, those that were sent before others too.
    fn b_frames(&self) -> Result<String> {
        let file = self.folder.join("b-frames.mp4");
        let status = Command::new("ffmpeg")
            .args(["-nostdin", "-loglevel", "error", "-y", "-f", "lavfi"])
            .args(["-i", "testsrc2=size=640x360:rate=30", "-frames:v"])
            .arg(FILE_FRAMES.to_string())
            .args(["-c:v", "libx264", "-profile:v", "main", "-bf", "3"])
            .args(["-pix_fmt", "yuv420p", "-g", "60"])
            .arg(&file)
            .status()
            .context("cannot start ffmpeg")?;
        ensure!(status.success(), "ffmpeg makes no file: {status}");
        let port = free_port()?;
        let server: Server = self.rtsp("", Some(file)).start(port)?;
        let mut follower = self.follow("rtsp://HOST/file", port, FILE_FRAMES)?;
        let (mut frames, mut lost_all) = (0, 0);
        loop {
            match follower.next()?.1 {
                Said::Frame { lost, .. } => {
                    frames += 1;
                    lost_all += lost;
                }
                Said::Trouble(trouble) => {
                    anyhow::bail!("{frames} of {FILE_FRAMES} frames, then: {trouble}");
                }
                Said::End(said) => {
                    ensure!(said.is_empty(), "it ended: {said}");
                    break;
                }
            }
        }
        drop(server);
        ensure!(frames == FILE_FRAMES, "{frames} of {FILE_FRAMES} frames");
        ensure!(lost_all == 0, "{lost_all} frames are told as lost");
        Ok(format!("{frames} of {FILE_FRAMES} frames"))
    }

    /// Who may watch does, and who may not is told why, and no password.
    fn credentials(&self) -> Result<String> {
        let port = free_port()?;
        let server = self.rtsp("me:secret", None).start(port)?;
        let mut follower = self.follow("rtsp://me:secret@HOST/jpeg", port, ENDLESS)?;
        follower.frames(FRAMES)?;
        drop(follower);
        let check = |location: &str, expected: &str| -> Result<()> {
            let mut follower = self.follow(location, port, ENDLESS)?;
            let said = follower.next()?.1;
            let Said::End(said) = said else {
                anyhow::bail!("{location} should fail, and gives {said:?}");
            };
            ensure!(said.contains(expected), "it says: {said}");
            ensure!(!said.contains("secret"), "it tells a password: {said}");
            Ok(())
        };
        check("rtsp://HOST/jpeg", "wants a name and a password")?;
        check("rtsp://me:notsecret@HOST/jpeg", "does not take this name")?;
        check("rtsp://me:secret@HOST/nothing", "has no such stream")?;
        drop(server);
        Ok("right ones give frames; wrong ones and a wrong path are told".into())
    }
}

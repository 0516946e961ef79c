//! One connection to a camera, from the question what it has to its end.

use std::sync::Arc;
use std::thread::{self, Scope};
use std::time::Duration;

use futures_util::StreamExt as _;
use retina::client::{
    Credentials, Described, PacketItem, PlayOptions, SessionGroup, SessionOptions, SetupOptions,
    Stream, TcpTransportOptions, UdpTransportOptions,
};
use retina::codec::{CodecItem, FrameFormat};
use thiserror::Error;
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio::time::timeout;
use url::Url;

use super::outlet::{Coding, Decoded, Untouched};
use crate::live::{Intake, Trouble, Wire};
use crate::{Address, Transport};

/// The wire to one camera.
#[derive(Debug)]
pub(super) struct Session {
    address: Address,
}

impl Session {
    pub(super) fn new(address: Address) -> Self {
        Self { address }
    }

    /// Follows the camera's stream to its end.
    async fn follow<'a, 'scope>(
        &self,
        group: &Arc<SessionGroup>,
        intake: &'a Intake,
        scope: &'scope Scope<'scope, 'a>,
    ) -> Result<(), Trouble> {
        let mut session = self.describe(group).await?;
        let (index, coding) = choose(session.streams())?;
        let transport = match self.address.transport() {
            Transport::Tcp => retina::client::Transport::Tcp(TcpTransportOptions::default()),
            Transport::Udp => retina::client::Transport::Udp(UdpTransportOptions::default()),
        };
        let options = SetupOptions::default()
            .transport(transport)
            .frame_format(FrameFormat::SIMPLE);
        let fail = |error| self.trouble(error, Trouble::Broken);
        session.setup(index, options).await.map_err(fail)?;
        let mut playing = session.play(PlayOptions::default()).await.map_err(fail)?;
        match coding {
            Coding::Jpeg => {
                let mut untouched = Untouched::new(intake);
                while let Some(item) = playing.next().await {
                    if let PacketItem::Rtp(packet) = item.map_err(fail)? {
                        untouched.push(&packet);
                    }
                }
            }
            Coding::H264 => {
                // Whatever a decoder keeps back comes before the stream counts as frozen.
                let idle = self.address.patience().stall.mul_f64(0.7);
                let mut stream = playing.demuxed().map_err(fail)?;
                let mut decoded = Decoded::new(intake, scope, idle)?;
                while let Some(item) = stream.next().await {
                    if let CodecItem::VideoFrame(frame) = item.map_err(fail)? {
                        decoded.push(frame)?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn describe(
        &self,
        group: &Arc<SessionGroup>,
    ) -> Result<retina::client::Session<Described>, Trouble> {
        let url: Url = self
            .address
            .url()
            .parse()
            .map_err(|_| Trouble::Unreadable {
                what: "nothing, since its URL is none".into(),
                remedy: "write signs that a URL cannot hold as %22 and the like",
            })?;
        let credentials = self.address.credentials().map(|given| Credentials {
            username: given.name.clone(),
            password: given.password.clone(),
        });
        let options = SessionOptions::default()
            .creds(credentials)
            .session_group(Arc::clone(group))
            .user_agent("creel".into());
        retina::client::Session::describe(url, options)
            .await
            .map_err(|error| self.trouble(error, Trouble::Unreachable))
    }

    /// What an error means; `otherwise` where the camera did not answer with a status.
    fn trouble(
        &self,
        error: retina::Error,
        otherwise: impl FnOnce(creel_core::BoxError) -> Trouble,
    ) -> Trouble {
        match error.status_code() {
            Some(401) if self.address.credentials().is_none() => Trouble::Locked {
                scheme: self.address.scheme(),
            },
            Some(status @ (401 | 403)) => Trouble::Refused { status },
            Some(status @ (404 | 454 | 410)) => Trouble::NoStream { status },
            Some(status) => Trouble::Status { status },
            None => otherwise(Box::new(Told::new(&error, &self.address))),
        }
    }
}

impl Wire for Session {
    const THREAD: &'static str = "creel-rtsp";

    fn read(&self, intake: &Intake) -> Result<(), Trouble> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| Trouble::Start(error.into()))?;
        let stop = Arc::new(Notify::new());
        intake.on_close({
            let stop = Arc::clone(&stop);
            move || stop.notify_one()
        });
        // What decodes ends in it, behind the last frame.
        let end = thread::scope(|scope| {
            runtime.block_on(async {
                let group = Arc::new(SessionGroup::default());
                let end = tokio::select! {
                    end = self.follow(&group, intake, scope) => end,
                    () = stop.notified() => Ok(()),
                };
                // A camera that is not taken leave of may go on sending, and take nobody else. One that does not hear
                // it finds out by itself.
                timeout(PARTING, group.await_teardown()).await.ok();
                end
            })
        });
        // Nobody waits for a name service.
        runtime.shutdown_background();
        end
    }
}

/// The first stream that can be read here, and how it is coded.
fn choose(streams: &[Stream]) -> Result<(usize, Coding), Trouble> {
    let videos = || {
        streams
            .iter()
            .enumerate()
            .filter(|(_, stream)| matches!(stream.media(), "video" | "image"))
    };
    let found =
        videos().find_map(|(index, stream)| Some((index, Coding::named(stream.encoding_name())?)));
    found.ok_or_else(|| {
        let names: Vec<_> = videos()
            .map(|(_, stream)| stream.encoding_name().to_ascii_uppercase())
            .collect();
        Trouble::Unreadable {
            what: if names.is_empty() {
                "no pictures".into()
            } else {
                names.join(" and ")
            },
            remedy: "ffmpeg may read it: write ffmpeg:rtsp://… in place of rtsp://…",
        }
    })
}

/// What the library tells, without what is secret.
#[derive(Debug, Error)]
#[error("{0}")]
struct Told(String);

impl Told {
    fn new(error: &retina::Error, address: &Address) -> Self {
        let shown = address.to_string();
        let mut told = error.to_string().replace(address.url(), &shown);
        if let Some((_, query)) = address.url().split_once('?') {
            told = told.replace(query, "…");
        }
        Self(told)
    }
}

/// Long enough to take leave of a camera that answers.
const PARTING: Duration = Duration::from_millis(300);

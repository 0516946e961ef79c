//! Connections that know whether the server has closed them before it said anything.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How far an exchange on a connection is.
///
/// ```text
///   Asking { is_first: true } ── first byte ──▶ Answering ── next request ──▶ Asking { is_first: false }
///                                                   ▲                                │
///                                                   └──────────── first byte ────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Asking { is_first: bool },
    Answering,
}

/// The phase of a connection, as the thread that moves its bytes sees it.
#[derive(Debug)]
pub(super) struct Watch {
    /// Written by that thread alone; read by a call after that thread has told it how the exchange ended.
    phase: AtomicU8,
}

const FIRST: u8 = 0;
const ANSWERING: u8 = 1;
const LATER: u8 = 2;

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            phase: AtomicU8::new(FIRST),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            FIRST => Phase::Asking { is_first: true },
            ANSWERING => Phase::Answering,
            _ => Phase::Asking { is_first: false },
        }
    }

    fn heard(&self) {
        self.phase.store(ANSWERING, Ordering::Release);
    }

    fn said(&self) {
        if self.phase.load(Ordering::Acquire) == ANSWERING {
            self.phase.store(LATER, Ordering::Release);
        }
    }
}

/// A connection whose exchanges are followed.
#[derive(Debug)]
pub(super) struct Watched<S> {
    inner: S,
    watch: Arc<Watch>,
}

impl<S> Watched<S> {
    pub(super) fn new(inner: S) -> (Self, Arc<Watch>) {
        let watch = Arc::new(Watch::new());
        let watched = Self {
            inner,
            watch: Arc::clone(&watch),
        };
        (watched, watch)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(task, buffer))?;
        if buffer.filled().len() > before {
            self.watch.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.watch.said();
        Pin::new(&mut self.inner).poll_write(task, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.watch.said();
        Pin::new(&mut self.inner).poll_write_vectored(task, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(task)
    }
}

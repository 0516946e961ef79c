//! A connection whose bytes move as the reactor says that they can.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use mio::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Reactor;
use super::source::{Source, Way};

/// What is read at once at most.
const CHUNK: usize = 64 * 1024;

thread_local! {
    /// Where bytes are read to on this thread. Who asks for bytes hands over memory in which nothing stands yet, and to fill
    /// that takes longer than to copy what came.
    static INBOX: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

/// A connection to a server.
pub(in super::super) struct Stream {
    socket: TcpStream,
    number: usize,
    source: Arc<Source>,
    reactor: Arc<Reactor>,
}

impl Stream {
    /// Connects with the first of the addresses that answers.
    pub(in super::super) async fn connect(
        addresses: &[SocketAddr],
        reactor: &Arc<Reactor>,
    ) -> io::Result<Self> {
        let mut failure = None;
        for address in addresses {
            match Self::connect_to(*address, reactor).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()))
    }

    async fn connect_to(address: SocketAddr, reactor: &Arc<Reactor>) -> io::Result<Self> {
        let mut socket = TcpStream::connect(address)?;
        // Whole requests are written at once; to wait for more would only delay them.
        socket.set_nodelay(true)?;
        let (number, source) = reactor.register(&mut socket)?;
        let stream = Self {
            socket,
            number,
            source,
            reactor: Arc::clone(reactor),
        };
        poll_fn(|task| {
            stream.poll_try(Way::Out, task, |socket, _| {
                if let Some(error) = socket.take_error()? {
                    return Err(error);
                }
                match socket.peer_addr() {
                    // It is told of before it has come to an end.
                    Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                        Err(io::ErrorKind::WouldBlock.into())
                    }
                    peer => peer.map(drop),
                }
            })
        })
        .await?;
        Ok(stream)
    }

    /// Tries when it is worth it, with the number by which that was known.
    fn poll_try<T>(
        &self,
        way: Way,
        task: &Context<'_>,
        mut attempt: impl FnMut(&TcpStream, u64) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            let news = ready!(self.source.poll_ready(way, task));
            match attempt(&self.socket, news) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.source.exhausted(way, news);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_try(Way::In, task, |mut socket, news| {
            INBOX.with_borrow_mut(|inbox| {
                let room = buffer.remaining().min(inbox.len());
                let count = socket.read(&mut inbox[..room])?;
                buffer.put_slice(&inbox[..count]);
                if 0 < count && count < room {
                    self.source.drained(news);
                }
                Ok(())
            })
        })
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_try(Way::Out, task, |mut socket, _| socket.write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_try(Way::Out, task, |mut socket, _| {
            socket.write_vectored(buffers)
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Nothing is kept back.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.shutdown(Shutdown::Write))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reactor.deregister(self.number, &mut self.socket);
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

//! Sockets, on threads, and no client at all.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};

use super::{MEDIA_TYPE, PICTURE, on_threads};
use crate::client::{AT_ONCE, Client};
use crate::responder::REPLY;

/// Connections that are there, and a request that was written beforehand.
pub(crate) struct Sockets {
    connections: Mutex<Vec<TcpStream>>,
    request: Vec<u8>,
}

/// A connection that goes back when its thread ends.
struct Lent<'a> {
    sockets: &'a Sockets,
    connection: Option<TcpStream>,
}

impl Client for Sockets {
    fn start(server: SocketAddr) -> Self {
        let connect = |_| {
            let connection = TcpStream::connect(server).expect("the server listens");
            connection.set_nodelay(true).expect("a socket is open");
            connection
        };
        let head = format!(
            "POST /predict HTTP/1.1\r\nhost: {server}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {}\r\n\r\n",
            PICTURE.len()
        );
        Self {
            connections: Mutex::new((0..AT_ONCE).map(connect).collect()),
            request: [head.as_bytes(), &PICTURE].concat(),
        }
    }

    fn post(&self, count: u64) {
        on_threads(
            count,
            || self.lend(),
            |lent| {
                let Some(connection) = &mut lent.connection else {
                    unreachable!("there is a connection for each thread")
                };
                connection
                    .write_all(&self.request)
                    .expect("the server reads");
                let mut reply = [0; REPLY.len()];
                connection
                    .read_exact(&mut reply)
                    .expect("the server answers");
                assert_eq!(reply, *REPLY);
            },
        );
    }
}

impl Sockets {
    fn lend(&self) -> Lent<'_> {
        let mut connections = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Lent {
            sockets: self,
            connection: connections.pop(),
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut connections = self
            .sockets
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        connections.extend(self.connection.take());
    }
}

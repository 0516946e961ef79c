//! An HTTP server that does what a test tells it, mistakes included.
//!
//! ```
//! use creel_testkit::http::{Reply, ScriptedServer};
//! use std::io::{Read, Write};
//!
//! let server = ScriptedServer::start([Reply::text(200, "hello"), Reply::Close]);
//! let mut client = std::net::TcpStream::connect(server.address())?;
//! client.write_all(b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")?;
//! let mut said = String::new();
//! client.read_to_string(&mut said)?;
//! assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("hello"));
//! assert_eq!(server.received().len(), 2);
//! # Ok::<(), std::io::Error>(())
//! ```

mod connection;
mod message;
mod server;

pub use message::{Received, Reply};
pub use server::ScriptedServer;

//! `creel serve`.

use std::net::SocketAddr;
use std::num::NonZeroUsize;

use clap::Args;

use super::listen;

/// Run the built-in model server
///
/// It speaks the Open Inference Protocol, version 2, in JSON and in binary, is asked as TensorFlow Serving is at
/// /v1/models/NAME:predict, and takes pictures and texts as plain bodies, or as files in forms, at /predict/NAME. Its models are real, if small: `iris` tells irises by four measurements, `qr` reads QR codes
/// in pictures, `lang` tells the language of a text. GET / is a guide. Ctrl-C stops it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  creel serve
  curl -H 'Content-Type: text/plain' -d 'Guten Tag!' localhost:8000/predict/lang")]
pub(crate) struct Serve {
    /// Where to listen: ADDRESS:PORT, or a port of this machine; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000", value_parser = listen::address)]
    pub(crate) listen: SocketAddr,
    /// How many requests are worked on at the same time; as many as there are cores without a choice
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
}

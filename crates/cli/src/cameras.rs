//! `creel cameras`: what can be captured here.

use std::io::{self, Write};

use anyhow::Result;
use creel_camera_source::{Availability, Listing};

use crate::arguments::Cameras;
use crate::ending::Ending;

/// Lists what can be captured here.
pub(crate) fn run(arguments: &Cameras) -> Result<Ending> {
    let listings = creel_camera_source::list();
    let text = if arguments.json {
        serde_json::to_string_pretty(&listings)? + "\n"
    } else {
        listings
            .iter()
            .map(described)
            .collect::<Vec<_>>()
            .join("\n")
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever closed the pipe has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Ending::Done),
    }
}

/// A kind of camera in a few lines, none longer than a narrow terminal.
fn described(listing: &Listing) -> String {
    let mut lines = format!("{}: {}\n", listing.kind, listing.availability);
    if listing.availability == Availability::Unsupported {
        return lines;
    }
    let formats: Vec<String> = listing.formats.iter().map(ToString::to_string).collect();
    for (name, value) in [
        ("--camera", listing.location),
        ("formats", &formats.join(", ")),
        ("sizes", listing.sizes),
        ("rates", listing.rates),
    ] {
        lines += &format!("  {name:9} {value}\n");
    }
    lines
}

//! `creel cameras`: what can be captured here.

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::Result;
use creel_camera_source::Listing;
use creel_camera_source::v4l2::{Control, Device, Resolution};

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

/// A kind of camera in a few lines, none longer than a narrow terminal, and the devices of this kind.
fn described(listing: &Listing) -> String {
    let mut lines = format!("{}: {}\n", listing.kind, listing.availability);
    for (name, value) in [
        ("--camera", listing.location),
        ("formats", &joined(&listing.formats)),
        ("sizes", listing.sizes),
        ("rates", listing.rates),
    ] {
        lines += &format!("  {name:9} {value}\n");
    }
    for device in &listing.devices {
        lines += &offered(device);
    }
    lines
}

/// A device, the formats in which it can be captured from, and its controls.
fn offered(device: &Device) -> String {
    let mut lines = format!("\n  {}: {}", device.location, device.name);
    if !device.driver.is_empty() {
        lines += &format!(" ({})", device.driver);
    }
    lines.push('\n');
    let (taken, others): (Vec<_>, Vec<_>) = device.formats.iter().partition(|offer| offer.is_taken);
    let mut before = None;
    for offer in taken {
        lines += &format!("    {} ({})\n", offer.format, offer.description);
        lines += &if before == Some(&offer.resolutions) {
            "      the same\n".to_owned()
        } else {
            sizes(&offer.resolutions)
        };
        before = Some(&offer.resolutions);
    }
    let others: Vec<_> = others.iter().map(|offer| &offer.format).collect();
    if !others.is_empty() {
        lines += &wrapped("    not taken: ", &others);
    }
    for control in &device.controls {
        lines += &format!("    control.{}\n", setting(control));
    }
    if let Some(trouble) = &device.trouble {
        lines += &format!("    {trouble}\n");
    }
    lines
}

/// The sizes of a format, and the rates of each.
fn sizes(resolutions: &[Resolution]) -> String {
    let mut lines = String::new();
    for resolution in resolutions {
        let size = resolution.size.to_string();
        if resolution.fps.is_empty() {
            lines += &format!("      {size}\n");
        } else {
            lines += &wrapped(&format!("      {size:<10} "), &resolution.fps);
            lines.insert_str(lines.len() - 1, " fps");
        }
    }
    lines
}

/// A control, its limits and its value.
fn setting(control: &Control) -> String {
    let Control {
        name,
        minimum,
        maximum,
        ..
    } = control;
    let mut line = name.clone();
    if minimum < maximum {
        line += &format!("={minimum}..{maximum}");
    }
    if let Some(value) = control.value {
        line += &format!(", is {value}");
        let named = control.items.iter().find(|(index, _)| *index == value);
        if let Some((_, name)) = named {
            line += &format!(" ({name})");
        }
    }
    line
}

/// A list behind its title, on as many lines as a narrow terminal needs.
fn wrapped(title: &str, items: &[impl Display]) -> String {
    const WIDTH: usize = 76;
    let mut lines = title.to_owned();
    let mut column = title.chars().count();
    let indent = column;
    for (place, item) in items.iter().enumerate() {
        let is_last = place + 1 == items.len();
        let item = format!("{item}{}", if is_last { "" } else { "," });
        let length = item.chars().count();
        if place > 0 && column + 1 + length > WIDTH {
            lines += &format!("\n{:indent$}", "");
            column = indent;
        } else if place > 0 {
            lines.push(' ');
            column += 1;
        }
        lines += &item;
        column += length;
    }
    lines.push('\n');
    lines
}

fn joined(items: &[impl ToString]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

#[cfg(test)]
mod tests;

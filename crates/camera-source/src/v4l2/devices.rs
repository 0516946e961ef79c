//! Which V4L2 devices there are.

use std::fs;
use std::path::{Path, PathBuf};

use super::format::spelled;
use super::kernel::Node;
use super::mode::rounded;
use super::{Device, Format, Offer, Resolution, Span, V4l2Error, controls};
use crate::Size;

/// The devices that give pictures, with all that they offer; those that cannot be opened say why.
///
/// Each is opened and asked, which disturbs nobody who captures from it.
pub fn devices() -> Vec<Device> {
    let mut nodes: Vec<(u32, PathBuf)> = fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let number = path.file_name()?.to_str()?.strip_prefix("video")?;
            Some((number.parse().ok()?, path))
        })
        .collect();
    nodes.sort();
    nodes.iter().filter_map(|(_, path)| device(path)).collect()
}

/// A device, if it gives pictures or cannot be asked.
fn device(path: &Path) -> Option<Device> {
    let about = Path::new("/sys/class/video4linux").join(path.file_name()?);
    let name = fs::read_to_string(about.join("name")).unwrap_or_default();
    let driver = fs::read_link(about.join("device/driver")).unwrap_or_default();
    let mut found = Device {
        location: path.display().to_string(),
        name: name.trim().to_owned(),
        driver: driver
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        formats: Vec::new(),
        controls: Vec::new(),
        trouble: None,
    };
    let node = match Node::open(path) {
        Ok(node) => node,
        Err(source) => {
            let error = V4l2Error::refused(path, "to be opened", source);
            found.trouble = Some(error.to_string());
            return Some(found);
        }
    };
    // A node that gives something else than pictures offers no formats for them.
    found.formats = offers(&node);
    if found.formats.is_empty() {
        return None;
    }
    match controls::list(&node) {
        Ok(controls) => found.controls = controls,
        Err(error) => found.trouble = Some(format!("its controls cannot be listed: {error}")),
    }
    Some(found)
}

fn offers(node: &Node) -> Vec<Offer> {
    let mut offers: Vec<_> = node
        .formats()
        .unwrap_or_default()
        .into_iter()
        .map(|(fourcc, description)| {
            let taken = Format::of(fourcc);
            let place = Format::ALL
                .into_iter()
                .position(|format| Some(format) == taken);
            let offer = Offer {
                format: spelled(fourcc),
                description,
                is_taken: taken.is_some(),
                resolutions: resolutions(node, fourcc),
            };
            (place.unwrap_or(Format::ALL.len()), offer)
        })
        .collect();
    offers.sort_by_key(|(place, _)| *place);
    offers.into_iter().map(|(_, offer)| offer).collect()
}

fn resolutions(node: &Node, fourcc: [u8; 4]) -> Vec<Resolution> {
    let sizes = node.sizes(fourcc).unwrap_or_default();
    sizes
        .into_iter()
        .map(|size| Resolution {
            size,
            fps: rates(node, fourcc, size.to),
        })
        .collect()
}

fn rates(node: &Node, fourcc: [u8; 4], size: Size) -> Vec<Span<f64>> {
    let intervals = node.intervals(fourcc, size).unwrap_or_default();
    intervals
        .into_iter()
        .map(|interval| Span {
            from: rounded(interval.to.rate().unwrap_or(0.0)),
            to: rounded(interval.from.rate().unwrap_or(0.0)),
        })
        .collect()
}

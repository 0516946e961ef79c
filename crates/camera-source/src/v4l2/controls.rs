//! What can be set on a device: brightness, exposure, focus.

use std::io;
use std::path::Path;

use super::kernel::{ControlDescription, Node};
use super::{Control, V4l2Error};

/// Sets a control of a device by its name, also while somebody captures from it.
///
/// # Errors
/// [`V4l2Error`] when the device cannot be opened, has no such control, or does not take the value.
pub fn set_control(device: &Path, name: &str, value: i32) -> Result<(), V4l2Error> {
    let node =
        Node::open(device).map_err(|source| V4l2Error::refused(device, "to be opened", source))?;
    set(&node, device, &[(name.to_owned(), value)])
}

/// Sets controls by their names, in this order.
pub(super) fn set(node: &Node, device: &Path, controls: &[(String, i32)]) -> Result<(), V4l2Error> {
    if controls.is_empty() {
        return Ok(());
    }
    let known = settable(node)
        .map_err(|source| V4l2Error::refused(device, "to tell its controls", source))?;
    for (wanted, value) in controls {
        let (wanted, value) = (wanted.as_str(), *value);
        let Some(control) = known.iter().find(|control| name(control) == wanted) else {
            return Err(V4l2Error::NoControl {
                device: device.to_owned(),
                name: wanted.to_owned(),
                known: known.iter().map(name).collect(),
            });
        };
        let limits = control.minimum..=control.maximum;
        if control.kind != kind::BITMASK && control.kind != kind::BUTTON && !limits.contains(&value)
        {
            return Err(V4l2Error::ControlValue {
                device: device.to_owned(),
                name: wanted.to_owned(),
                value,
                minimum: control.minimum,
                maximum: control.maximum,
            });
        }
        let given = node.set_control(control.id, value).map_err(|source| {
            V4l2Error::refused(device, format!("the control {wanted}={value}"), source)
        })?;
        if given != value {
            let device = device.display();
            tracing::warn!("the camera {device} sets {wanted} to {given} in place of {value}");
        }
    }
    Ok(())
}

/// The controls of a device, with their values.
pub(super) fn list(node: &Node) -> io::Result<Vec<Control>> {
    let controls = settable(node)?;
    let described = controls.iter().map(|control| Control {
        name: name(control),
        value: node.control(control.id).ok(),
        minimum: control.minimum,
        maximum: control.maximum,
        step: control.step,
        default: control.default,
        items: items(node, control),
    });
    Ok(described.collect())
}

/// The controls that can be set to one number.
fn settable(node: &Node) -> io::Result<Vec<ControlDescription>> {
    let mut controls = Vec::new();
    let mut last = 0;
    while let Some(control) = next(node, last)? {
        last = control.id;
        if is_settable(&control) {
            controls.push(control);
        }
    }
    Ok(controls)
}

fn next(node: &Node, last: u32) -> io::Result<Option<ControlDescription>> {
    use rustix::io::Errno;

    let found = node.control_behind(last).or_else(|error| {
        // A device without controls does not know what is asked.
        match Errno::from_io_error(&error) {
            Some(Errno::NOTTY) => Ok(None),
            _ => Err(error),
        }
    })?;
    // One that does not count on would be asked for ever.
    Ok(found.filter(|control| control.id > last))
}

fn is_settable(control: &ControlDescription) -> bool {
    const DISABLED: u32 = 0x0001;
    const READ_ONLY: u32 = 0x0004;
    const SEVERAL_NUMBERS: u32 = 0x0100;
    kind::ONE_NUMBER.contains(&control.kind)
        && control.flags & (DISABLED | READ_ONLY | SEVERAL_NUMBERS) == 0
}

/// What the values of a control mean, where each has a name.
fn items(node: &Node, control: &ControlDescription) -> Vec<(i32, String)> {
    let is_number = control.kind == kind::NUMBERS;
    if control.kind != kind::NAMES && !is_number {
        return Vec::new();
    }
    (control.minimum.max(0)..=control.maximum.min(MOST_ITEMS))
        .filter_map(|value| {
            let item = node.menu_item(control.id, value.cast_unsigned(), is_number)?;
            Some((value, item))
        })
        .collect()
}

/// No menu is so long; a driver may tell nonsense.
const MOST_ITEMS: i32 = 1000;

/// What the kernel calls the kinds of control.
mod kind {
    pub(super) const NAMES: u32 = 3;
    pub(super) const BUTTON: u32 = 4;
    pub(super) const BITMASK: u32 = 8;
    pub(super) const NUMBERS: u32 = 9;

    /// Whole numbers and switches besides.
    pub(super) const ONE_NUMBER: [u32; 6] = [1, 2, NAMES, BUTTON, BITMASK, NUMBERS];
}

/// A control's name as it is typed: `White Balance, Automatic` is `white_balance_automatic`.
fn name(control: &ControlDescription) -> String {
    let end = control.name.iter().position(|byte| *byte == 0);
    let title = &control.name[..end.unwrap_or(control.name.len())];
    title
        .split(|letter| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())
        .collect::<Vec<_>>()
        .join("_")
}

#[cfg(test)]
mod tests {
    use super::{ControlDescription, name};

    #[test]
    fn a_control_is_called_as_other_tools_call_it() {
        let check = |title: &str, expected: &str| {
            let mut control = ControlDescription::default();
            control.name[..title.len()].copy_from_slice(title.as_bytes());
            assert_eq!(name(&control), expected);
        };
        check("Brightness", "brightness");
        check("White Balance, Automatic", "white_balance_automatic");
        check("Zoom, Absolute ", "zoom_absolute");
        check("Inject V4L2_BUF_FLAG_ERROR", "inject_v4l2_buf_flag_error");
    }
}

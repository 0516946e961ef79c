//! What a V4L2 device offers, as it is listed.

use std::fmt;

use crate::Size;

/// A V4L2 device, and what it offers.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Device {
    /// How its [`Location`](crate::Location) is written: the path of its node.
    pub location: String,
    /// What it calls itself.
    pub name: String,
    /// The kernel's driver.
    pub driver: String,
    /// The formats in which it gives pictures, those that are [taken](Offer::is_taken) first.
    pub formats: Vec<Offer>,
    /// What can be set.
    pub controls: Vec<Control>,
    /// Why there is no more to tell, where something went wrong.
    pub trouble: Option<String>,
}

/// A format that a device offers.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Offer {
    /// The kernel's four characters.
    pub format: String,
    /// The same in words.
    pub description: String,
    /// Whether frames can be taken in it.
    pub is_taken: bool,
    /// Its sizes.
    pub resolutions: Vec<Resolution>,
}

/// A size in which a device gives pictures of a format, and how fast.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Resolution {
    /// The size.
    pub size: Span<Size>,
    /// Frames per second; none where the device does not tell.
    pub fps: Vec<Span<f64>>,
}

/// Something of a device that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Control {
    /// Its name in a location, behind `control.`.
    pub name: String,
    /// The lowest value.
    pub minimum: i32,
    /// The highest value.
    pub maximum: i32,
    /// Only each so-manieth value from the lowest can be set.
    pub step: i32,
    /// The value that the device begins with.
    pub default: i32,
    /// The current value, where it can be read.
    pub value: Option<i32>,
    /// What the values mean, where each has a name.
    pub items: Vec<(i32, String)>,
}

/// One value, or all between two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span<T> {
    /// The lowest.
    pub from: T,
    /// The highest.
    pub to: T,
}

impl<T: Copy> Span<T> {
    /// One value.
    pub const fn one(value: T) -> Self {
        Self {
            from: value,
            to: value,
        }
    }
}

impl<T: fmt::Display + PartialEq> fmt::Display for Span<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            self.from.fmt(f)
        } else {
            write!(f, "{} to {}", self.from, self.to)
        }
    }
}

/// One value is written as itself, a span as both its ends.
#[cfg(feature = "serde")]
impl<T: serde::Serialize + PartialEq> serde::Serialize for Span<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;

        if self.from == self.to {
            return self.from.serialize(serializer);
        }
        let mut span = serializer.serialize_struct("Span", 2)?;
        span.serialize_field("from", &self.from)?;
        span.serialize_field("to", &self.to)?;
        span.end()
    }
}

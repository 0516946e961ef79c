//! The text form itself: families of samples.

use std::fmt::{Display, Write as _};

use crate::journal::Histogram;

/// What a metric is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Times in buckets.
    Histogram,
}

/// Families one after the other.
#[derive(Debug, Default)]
pub(super) struct Text(String);

/// A family that gets its samples.
pub(super) struct Family<'a> {
    text: &'a mut String,
    name: String,
}

impl Text {
    /// Begins a family; the help is a sentence without a backslash or a line break.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) -> Family<'_> {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // A string takes everything, here and below.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family {
            text: &mut self.0,
            name: name.to_owned(),
        }
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// Adds a sample.
    pub(super) fn sample(self, labels: &[(&str, &dyn Display)], value: impl Display) -> Self {
        self.line("", labels, value)
    }

    /// Adds the samples of a histogram, in seconds.
    pub(super) fn histogram(mut self, histogram: &Histogram) {
        for (bound, count) in histogram.buckets() {
            self = self.line("_bucket", &[("le", &bound)], count);
        }
        let count = histogram.count();
        self.line("_bucket", &[("le", &"+Inf")], count)
            .line("_sum", &[], histogram.sum().as_secs_f64())
            .line("_count", &[], count);
    }

    fn line(self, suffix: &str, labels: &[(&str, &dyn Display)], value: impl Display) -> Self {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(&value.to_string())))
            .collect();
        let labels = match &labels[..] {
            [] => String::new(),
            labels => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(self.text, "{}{suffix}{labels} {value}", self.name);
        self
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', r"\n")
}

//! The counts that add up.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Where every item is: what came equals what is over and what is still somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Where items came from.
    pub came: Vec<Term>,
    /// Where they are.
    pub went: Vec<Term>,
}

/// How many items came from somewhere, or are somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Term {
    /// What it is called, in small letters and underscores: a part of a metric's name.
    pub name: &'static str,
    /// Why they are there, where there is more than one reason; such terms share their name.
    pub reason: Option<&'static str>,
    /// How many.
    pub count: u64,
    /// Whether items leave that place again; else the count only grows.
    pub is_passing: bool,
}

impl Term {
    /// A count that only grows.
    pub const fn of(name: &'static str, count: u64) -> Self {
        Self {
            name,
            reason: None,
            count,
            is_passing: false,
        }
    }

    /// The same, for this reason.
    #[must_use]
    pub const fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The items at a place that they leave again.
    pub const fn at(name: &'static str, count: u64) -> Self {
        Self {
            is_passing: true,
            ..Self::of(name, count)
        }
    }
}

impl Ledger {
    /// Whether every item is in exactly one place.
    pub fn adds_up(&self) -> bool {
        sum(&self.came) == sum(&self.went)
    }

    /// How many items are at a place, for whatever reason; none where there is no such place.
    pub fn count(&self, name: &str) -> u64 {
        self.terms()
            .filter(|term| term.name == name)
            .map(|term| term.count)
            .sum()
    }

    /// Every term.
    pub(crate) fn terms(&self) -> impl Iterator<Item = &Term> {
        self.came.iter().chain(&self.went)
    }
}

fn sum(terms: &[Term]) -> u64 {
    terms.iter().map(|term| term.count).sum()
}

impl Serialize for Ledger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Ledger", 3)?;
        fields.serialize_field("came", &self.came)?;
        fields.serialize_field("went", &self.went)?;
        fields.serialize_field("adds_up", &self.adds_up())?;
        fields.end()
    }
}

//! The allocators that all Rust peers share in turn.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// An allocator, and the program that is built on it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Allocator {
    Glibc,
    Mimalloc,
}

/// Which allocators are measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Choice {
    Glibc,
    Mimalloc,
    Both,
}

impl Allocator {
    pub(crate) const ALL: [Self; 2] = [Self::Glibc, Self::Mimalloc];

    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Glibc => "creel-bench",
            Self::Mimalloc => "creel-bench-mimalloc",
        }
    }
}

impl Choice {
    pub(crate) fn allocators(self) -> &'static [Allocator] {
        match self {
            Self::Glibc => &[Allocator::Glibc],
            Self::Mimalloc => &[Allocator::Mimalloc],
            Self::Both => &Allocator::ALL,
        }
    }
}

impl fmt::Display for Allocator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Glibc => "glibc",
            Self::Mimalloc => "mimalloc",
        })
    }
}

use super::check;
use crate::finding::assert_lines;
use crate::source::Source;

#[track_caller]
fn finds(path: &str, text: &str, expected: &[usize]) {
    assert_lines(&check(&[Source::parse(path, text)]), expected);
}

#[test]
fn a_clock_is_found() {
    finds(
        "crates/core/src/future.rs",
        "use std::time::Instant;\nfn f() { Instant::now(); }",
        &[2],
    );
    finds(
        "crates/core/src/future.rs",
        "fn f() {\n    std::time::SystemTime::now();\n}",
        &[2],
    );
}

#[test]
fn what_is_outside_is_found_however_it_is_named() {
    finds("crates/core/src/future.rs", "use std::thread;", &[1]);
    finds(
        "crates/core/src/future.rs",
        "use std::{\n    fmt,\n    sync::{Arc, atomic::AtomicU32},\n};",
        &[3],
    );
    finds(
        "crates/protocols/src/plain.rs",
        "fn f() { std::fs::read(p); }",
        &[1],
    );
    finds(
        "crates/protocols/src/plain.rs",
        "fn f() { assert!(::std::net::lookup()); }",
        &[1],
    );
    finds(
        "crates/core/src/future.rs",
        "use core::sync::atomic::*;",
        &[1],
    );
}

#[test]
fn a_root_without_the_forbidding_attribute_is_found() {
    finds("crates/core/src/lib.rs", "//! Core.\n\npub mod port;", &[1]);
    finds(
        "crates/core/src/lib.rs",
        "//! Core.\n\n#![forbid(unsafe_code)]\npub mod port;",
        &[],
    );
}

#[test]
fn tests_and_other_crates_may_look_outside() {
    finds(
        "crates/core/src/future/tests.rs",
        "fn f() { Instant::now(); }",
        &[],
    );
    finds(
        "crates/core/src/future.rs",
        "#[cfg(test)]\nmod tests { fn f() { Instant::now(); } }",
        &[],
    );
    finds("crates/runtime/src/pool.rs", "use std::thread;", &[]);
}

#[test]
fn the_types_of_time_are_values() {
    finds(
        "crates/core/src/future.rs",
        "use std::time::{Duration, Instant};\nuse std::sync::Arc;",
        &[],
    );
}

use std::path::Path;

use cargo_metadata::Package;
use serde_json::{Value, json};

use super::check;

/// A package in a real folder of this workspace, or in one that is not there.
fn package(folder: &str, changes: Value) -> Package {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut package = json!({
        "name": "creel-core", "version": "0.1.0", "id": "creel-core", "dependencies": [], "features": {},
        "manifest_path": root.join(folder).join("Cargo.toml"), "edition": "2024",
        "description": "The life of a future.", "license": "MIT OR Apache-2.0",
        "targets": [target("lib"), target("example")],
    });
    for (key, value) in changes.as_object().unwrap() {
        package[key] = value.clone();
    }
    serde_json::from_value(package).unwrap()
}

fn target(kind: &str) -> Value {
    json!({ "name": "life", "kind": [kind], "crate_types": ["bin"], "src_path": "/life.rs" })
}

#[track_caller]
fn finds(folder: &str, changes: Value, expected: &[&str]) {
    let findings = check(&[package(folder, changes)]);
    assert_eq!(findings.len(), expected.len(), "{findings:?}");
    for (finding, expected) in findings.iter().zip(expected) {
        assert!(finding.to_string().contains(expected), "{finding}");
    }
}

#[test]
fn a_complete_crate_is_fine() {
    finds("crates/core", json!({}), &[]);
}

#[test]
fn a_missing_description_is_found() {
    finds(
        "crates/core",
        json!({ "description": null }),
        &["no description"],
    );
    finds(
        "crates/core",
        json!({ "description": " " }),
        &["no description"],
    );
}

#[test]
fn a_missing_licence_is_found() {
    finds(
        "crates/core",
        json!({ "license": null }),
        &["the licence is not"],
    );
    finds(
        "crates/nowhere",
        json!({}),
        &["LICENSE-APACHE", "LICENSE-MIT"],
    );
}

#[test]
fn a_library_without_an_example_is_found() {
    finds(
        "crates/core",
        json!({ "targets": [target("lib")] }),
        &["no example"],
    );
    finds("crates/core", json!({ "targets": [target("bin")] }), &[]);
}

#[test]
fn what_is_not_published_needs_nothing() {
    finds(
        "crates/nowhere",
        json!({ "publish": [], "targets": [target("lib")] }),
        &[],
    );
}

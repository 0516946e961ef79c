use cargo_metadata::Package;
use serde_json::{Value, json};

use super::check;

/// A package in a folder with dependencies given as (name, kind, target).
pub(crate) fn package(folder: &str, name: &str, dependencies: &[(&str, Value, Value)]) -> Package {
    let dependencies: Vec<_> = dependencies
        .iter()
        .map(|(name, kind, target)| {
            json!({
                "name": name, "kind": kind, "target": target, "req": "*", "optional": false,
                "uses_default_features": true, "features": [], "rename": null, "source": null,
                "registry": null,
            })
        })
        .collect();
    serde_json::from_value(json!({
        "name": name, "version": "0.1.0", "id": name, "dependencies": dependencies, "targets": [],
        "features": {}, "manifest_path": format!("/creel/crates/{folder}/Cargo.toml"), "edition": "2024",
        "publish": [],
    }))
    .unwrap()
}

#[track_caller]
fn finds(folder: &str, dependency: (&str, Value, Value), expected: &str) {
    let findings = check(&[package(folder, &format!("creel-{folder}"), &[dependency])]);
    assert_eq!(findings.len(), 1, "{findings:?}");
    let finding = findings[0].to_string();
    assert!(finding.contains(expected), "{finding}");
}

#[track_caller]
fn allows(folder: &str, dependency: (&str, Value, Value)) {
    let findings = check(&[package(folder, &format!("creel-{folder}"), &[dependency])]);
    assert_eq!(findings, []);
}

#[test]
fn an_adapter_may_not_use_the_runtime_or_another_adapter() {
    finds(
        "file-sink",
        ("creel-runtime", json!(null), json!(null)),
        "`file-sink` may not use `runtime`",
    );
    finds(
        "http-client",
        ("creel-file-sink", json!(null), json!(null)),
        "may not use `file-sink`",
    );
    finds(
        "dashboard",
        ("creel-core-extra", json!("build"), json!(null)),
        "may not use `core-extra`",
    );
}

#[test]
fn tests_may_use_the_testkit_and_the_pool_but_no_other_adapter() {
    allows("file-sink", ("creel-testkit", json!("dev"), json!(null)));
    allows("file-sink", ("creel-runtime", json!("dev"), json!(null)));
    finds(
        "file-sink",
        ("creel-http-client", json!("dev"), json!(null)),
        "may not use `http-client`",
    );
    finds(
        "core",
        ("creel-runtime", json!("dev"), json!(null)),
        "`core` may not use `runtime`",
    );
    finds(
        "file-sink",
        ("creel-testkit", json!(null), json!(null)),
        "may not use `testkit`",
    );
}

#[test]
fn core_and_runtime_have_few_dependencies() {
    finds(
        "core",
        ("tracing", json!(null), json!(null)),
        "may not depend on `tracing`",
    );
    finds(
        "runtime",
        ("tokio", json!(null), json!(null)),
        "may not depend on `tokio`",
    );
    allows("core", ("thiserror", json!(null), json!(null)));
    allows("core", ("proptest", json!("dev"), json!(null)));
    allows("camera-source", ("image", json!(null), json!(null)));
}

#[test]
fn loom_and_shuttle_come_only_under_their_cfgs() {
    allows(
        "runtime",
        ("shuttle", json!(null), json!("cfg(creel_shuttle)")),
    );
    allows("runtime", ("loom", json!(null), json!("cfg(creel_loom)")));
    finds(
        "runtime",
        ("loom", json!(null), json!(null)),
        "may not depend on `loom`",
    );
    finds(
        "runtime",
        ("loom", json!(null), json!("cfg(unix)")),
        "may not depend on `loom`",
    );
}

#[test]
fn packages_are_named_after_their_folder() {
    let findings = check(&[package("core", "core", &[])]);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0]
            .to_string()
            .contains("called `creel-core`, not `core`")
    );
}

#[test]
fn a_crate_that_the_table_does_not_know_is_found() {
    let findings = check(&[package("attic", "creel-attic", &[])]);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0]
            .to_string()
            .contains("`attic` is not in the table")
    );
}

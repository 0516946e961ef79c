//! What a crate must bring along to be published.

use std::fs;

use cargo_metadata::{Package, TargetKind};

use crate::finding::Finding;

/// Both licences, beside each manifest, since a package holds nothing from above its own folder.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Published crates without a description or a licence text, and libraries without an example.
pub(crate) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        if package.publish.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let folder = package
            .manifest_path
            .parent()
            .expect("a manifest is in a folder");
        let path = format!(
            "crates/{}/Cargo.toml",
            folder.file_name().unwrap_or_default()
        );
        let mut find = |advice: &str| findings.push(Finding::new(&path, 1, advice));
        if package
            .description
            .as_ref()
            .is_none_or(|description| description.trim().is_empty())
        {
            find("no description: say in one line what the crate is");
        }
        if package.license.as_deref() != Some("MIT OR Apache-2.0") {
            find("the licence is not `MIT OR Apache-2.0`: write `license.workspace = true`");
        }
        for licence in LICENCES {
            let ours = fs::read(folder.join(licence)).ok();
            let whole = fs::read(folder.join("../..").join(licence)).ok();
            if ours.is_none() || ours != whole {
                find(&format!(
                    "{licence} is not the workspace's: copy it into the crate's folder"
                ));
            }
        }
        let has = |kind| {
            package
                .targets
                .iter()
                .any(|target| target.kind.contains(&kind))
        };
        if has(TargetKind::Lib) && !has(TargetKind::Example) {
            find("no example: show in examples/ how the crate is used without the CLI");
        }
    }
    findings
}

#[cfg(test)]
mod tests;

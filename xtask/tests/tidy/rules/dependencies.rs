//! Which crate may use which: the table that keeps the house in order.

use cargo_metadata::{Dependency, DependencyKind, Package};

use crate::finding::Finding;

/// A row of the table: a folder, and the folders of ours that its crate may use.
struct Row {
    folder: &'static str,
    ours: &'static [&'static str],
    /// What else it may use; `None` is that it chooses.
    others: Option<&'static [&'static str]>,
}

const TABLE: [Row; 14] = [
    row("core", &[]).with_others(&["mockall", "thiserror"]),
    row("runtime", &["core"]).with_others(&[
        "crossbeam-deque",
        "crossbeam-utils",
        "hdrhistogram",
        "once_cell",
        "thiserror",
        "tracing",
    ]),
    row("pipeline", &["core", "runtime"]),
    row("protocols", &[]),
    row("items", &["protocols"]),
    row("http-client", &["core", "protocols"]),
    row("file-sink", &["core"]),
    row("disk-spool", &["core"]),
    row("camera-source", &["core"]),
    row("model-server", &["core", "runtime", "protocols"]),
    row("dashboard", &["core"]),
    row(
        "cli",
        &[
            "core",
            "runtime",
            "pipeline",
            "protocols",
            "items",
            "http-client",
            "file-sink",
            "disk-spool",
            "camera-source",
            "model-server",
            "dashboard",
        ],
    ),
    row("testkit", &["core"]),
    row("xtask", &[]),
];

/// What tests and examples of every crate may use besides: the fakes, and the core and the pool that an
/// adapter is there for. (Nothing that core's own tests use may know the pool.)
const TESTS: [&str; 3] = ["testkit", "core", "runtime"];

const fn row(folder: &'static str, ours: &'static [&'static str]) -> Row {
    Row {
        folder,
        ours,
        others: None,
    }
}

impl Row {
    const fn with_others(mut self, others: &'static [&'static str]) -> Self {
        self.others = Some(others);
        self
    }

    /// Why this dependency may not be, if it may not.
    fn objection(&self, dependency: &Dependency) -> Option<String> {
        let folder = self.folder;
        let name = &dependency.name;
        let is_of_tests = dependency.kind == DependencyKind::Development;
        if let Some(ours) = name.strip_prefix("creel-") {
            let is_allowed = self.ours.contains(&ours)
                || is_of_tests && TESTS.contains(&ours) && !(folder == "core" && ours == "runtime");
            return (!is_allowed).then(|| {
                format!("`{folder}` may not use `{ours}`: join them in the crate that may use both, mostly the CLI")
            });
        }
        let others = self.others?;
        if is_of_tests || others.contains(&name.as_str()) {
            return None;
        }
        // What the primitives come from while they are tested.
        let cfg = format!("cfg(creel_{name})");
        let is_under_its_cfg = dependency
            .target
            .as_ref()
            .is_some_and(|target| target.to_string() == cfg);
        let is_stand_in = ["loom", "shuttle"].contains(&name.as_str());
        if folder == "runtime" && is_stand_in && is_under_its_cfg {
            return None;
        }
        Some(format!(
            "`{folder}` may not depend on `{name}`, only on {}: do without it, or argue for it where the rule stands",
            others.join(", ")
        ))
    }
}

/// Crates that use what the table does not give them, and crates that are not in it.
pub(crate) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let folder = package
            .manifest_path
            .parent()
            .and_then(|folder| folder.file_name());
        let folder = folder.unwrap_or_default();
        let path = match folder {
            "xtask" => "xtask/Cargo.toml".to_owned(),
            folder => format!("crates/{folder}/Cargo.toml"),
        };
        let mut find = |advice: String| findings.push(Finding::new(&path, 1, advice));
        let Some(row) = TABLE.iter().find(|row| row.folder == folder) else {
            find(format!(
                "`{folder}` is not in the table of crates: add what it may use to the rule's table"
            ));
            continue;
        };
        let name = match folder {
            "xtask" => folder.to_owned(),
            folder => format!("creel-{folder}"),
        };
        if *package.name != name {
            find(format!(
                "the package of `{folder}` is called `{name}`, not `{}`",
                package.name
            ));
        }
        package
            .dependencies
            .iter()
            .filter_map(|dependency| row.objection(dependency))
            .for_each(find);
    }
    findings
}

#[cfg(test)]
mod tests;

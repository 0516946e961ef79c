//! Everything that the rules look at, read once.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{MetadataCommand, Package};
use walkdir::{DirEntry, WalkDir};

use crate::source::{self, Source};

/// The endings of the files that are read besides Rust's.
const TEXTS: [&str; 7] = ["md", "toml", "yml", "yaml", "sh", "py", "run"];

/// The workspace's files and packages.
pub(crate) struct Tree {
    root: PathBuf,
    pub(crate) sources: Vec<Source>,
    pub(crate) texts: Vec<Text>,
    pub(crate) packages: Vec<Package>,
}

/// A file that is not Rust, its path from the root.
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Tree {
    /// Reads the workspace that this test belongs to.
    pub(crate) fn load() -> Self {
        let metadata = MetadataCommand::new()
            .no_deps()
            .exec()
            .expect("cargo describes the workspace");
        let root = PathBuf::from(&metadata.workspace_root);
        let mut sources = Vec::new();
        let mut texts = Vec::new();
        let files = WalkDir::new(&root)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(belongs_to_the_tree)
            .map(|entry| entry.expect("the tree can be read"))
            .filter(|entry| entry.file_type().is_file());
        for entry in files {
            let path = entry.path().strip_prefix(&root).expect("below the root");
            let name = path.to_str().expect("paths are UTF-8").replace('\\', "/");
            let read = || {
                fs::read_to_string(entry.path()).unwrap_or_else(|error| panic!("{name}: {error}"))
            };
            match ending(path) {
                Some("rs") => sources.push(Source::parse(&name, &read())),
                Some(ending) if TEXTS.contains(&ending) => {
                    texts.push(Text {
                        text: read(),
                        path: name,
                    });
                }
                _ => {}
            }
        }
        source::mark_test_modules(&mut sources);
        Self {
            root,
            sources,
            texts,
            packages: metadata.packages,
        }
    }

    /// The text of a file, empty when there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.texts
            .iter()
            .find(|text| text.path == path)
            .map_or("", |text| &text.text)
    }

    /// Whether a file or folder is there.
    pub(crate) fn exists(&self, path: &Path) -> bool {
        self.root.join(path).exists()
    }
}

/// Build products, of which cargo marks the directories, and git's own files do not.
fn belongs_to_the_tree(entry: &DirEntry) -> bool {
    entry.file_name() != ".git"
        && !entry.path().join("CACHEDIR.TAG").exists()
        && entry.file_name() != "target"
}

/// What follows the last dot, or the name of a file without one.
fn ending(path: &Path) -> Option<&str> {
    path.extension().or(path.file_name())?.to_str()
}

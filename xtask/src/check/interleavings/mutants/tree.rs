//! A copy of the tree, in which the mutants live; the tree itself is never touched.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

/// The crate whose parts are mutated, and its title page.
const TITLE: &str = "crates/runtime/src/lib.rs";

/// The tree, copied below the target directory.
pub(super) struct Tree {
    original: PathBuf,
    copy: PathBuf,
}

impl Tree {
    /// Brings a copy up to date; files that have not changed are left alone, so that cargo has nothing to do for them.
    pub(super) fn copied(original: &Path, copy: PathBuf) -> Result<Self> {
        let tree = Self {
            original: original.to_owned(),
            copy,
        };
        fs::create_dir_all(&tree.copy)
            .with_context(|| format!("cannot create {}", tree.copy.display()))?;
        let mut paths = HashSet::new();
        for file in files(&tree.original) {
            let path = relative(&file?, &tree.original)?;
            tree.restore(&path)?;
            paths.insert(path);
        }
        for file in files(&tree.copy) {
            let file = file?;
            if !paths.contains(&relative(&file, &tree.copy)?) {
                fs::remove_file(file.path())?;
            }
        }
        Ok(tree)
    }

    /// The directory of the copy.
    pub(super) fn root(&self) -> &Path {
        &self.copy
    }

    /// The text of a file of the tree.
    pub(super) fn text(&self, path: &Path) -> Result<String> {
        let path = self.original.join(path);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Writes a file of the copy.
    pub(super) fn write(&self, path: &Path, text: &[u8]) -> Result<()> {
        let path = self.copy.join(path);
        if fs::read(&path).is_ok_and(|before| before == text) {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(&self.copy);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Makes a file of the copy what it is in the tree.
    pub(super) fn restore(&self, path: &Path) -> Result<()> {
        let mut text = fs::read(self.original.join(path))?;
        if path == Path::new(TITLE) {
            // What a mutant does not use any more is no reason not to compile it.
            text.splice(0..0, *b"#![allow(warnings)]\n");
        }
        self.write(path, &text)
    }
}

/// The documents of a tree that describe mutants, by their paths from its root.
pub(super) fn documents(root: &Path) -> Result<Vec<PathBuf>> {
    let mut documents = Vec::new();
    for file in files(root) {
        let file = file?;
        if file.file_name() == "mutants.md" {
            documents.push(relative(&file, root)?);
        }
    }
    Ok(documents)
}

/// The files of a tree, without build products, of which cargo marks the directories, and without git's own.
pub(super) fn files(root: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let belongs = |entry: &DirEntry| {
        entry.file_name() != ".git"
            && entry.file_name() != "target"
            && !entry.path().join("CACHEDIR.TAG").exists()
    };
    WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(move |entry| entry.depth() == 0 || belongs(entry))
        .filter(|entry| {
            entry
                .as_ref()
                .map_or(true, |entry| entry.file_type().is_file())
        })
}

fn relative(file: &DirEntry, root: &Path) -> Result<PathBuf> {
    Ok(file.path().strip_prefix(root)?.to_owned())
}

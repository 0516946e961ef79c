use std::fs;
use std::path::{Path, PathBuf};

use super::mutant::Mutant;
use super::{source, tree};

/// A module that has mutants, and the document that describes them.
struct Module {
    document: PathBuf,
    mutants: Vec<Mutant>,
    source: PathBuf,
    text: String,
}

fn modules() -> Vec<Module> {
    let documents = tree::documents(root()).unwrap().into_iter();
    let modules = documents.map(|document| {
        let source = source(&document).unwrap();
        Module {
            mutants: Mutant::parse(&read(&document)).unwrap(),
            text: read(&source),
            source,
            document,
        }
    });
    modules.collect()
}

/// The Rust files of the runtime, by their paths from the root, with their texts.
fn sources() -> Vec<(PathBuf, String)> {
    let folder = root().join("crates/runtime/src");
    let files = tree::files(&folder).map(|file| file.unwrap().into_path());
    let sources = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let relative = sources.map(|path| path.strip_prefix(root()).unwrap().to_owned());
    relative.map(|path| (path.clone(), read(&path))).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn a_document_is_about_the_module_that_it_stands_beside() {
    assert_eq!(
        source(Path::new("pool/sleep/mutants.md")).unwrap(),
        Path::new("pool/sleep.rs")
    );
}

#[test]
fn every_mutant_fits_the_source_and_names_models_that_are_there() {
    let models: String = sources()
        .into_iter()
        .filter(|(path, _)| path.ends_with("interleavings.rs"))
        .map(|(_, text)| text)
        .collect();
    let modules = modules();
    assert!(!modules.is_empty());
    let mut faults = Vec::new();
    for module in modules {
        for mutant in module.mutants {
            let place = format!("{}: {}", module.document.display(), mutant.name);
            if let Err(error) = mutant.apply(&module.text) {
                faults.push(format!("{place}: {error:#}"));
            }
            for model in mutant.models {
                if !models.contains(&format!("fn {model}()")) {
                    faults.push(format!("{place}: there is no {model}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn every_fence_has_a_mutant_without_it() {
    let modules = modules();
    let mut fences = 0;
    for (path, text) in sources() {
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for number in 0..lines.len() {
            if !lines[number].starts_with("fence(") {
                continue;
            }
            fences += 1;
            let without = [&lines[..number], &lines[number + 1..]].concat();
            let mut mutants = modules
                .iter()
                .filter(|module| module.source == path)
                .flat_map(|module| &module.mutants)
                .filter_map(|mutant| mutant.apply(&text).ok());
            assert!(
                mutants.any(|mutant| mutant.lines().map(str::trim).eq(without.iter().copied())),
                "{}:{}: no mutant takes this fence away and nothing else",
                path.display(),
                number + 1
            );
        }
    }
    assert!(fences > 0);
}

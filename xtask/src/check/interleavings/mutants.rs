//! What takes away a fence, a second look or an ordering is found out by a model.

mod mutant;
mod tree;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;

use super::{models, set_preemptions};
use crate::deadline;
use crate::workspace::{Workspace, spell};
use mutant::Mutant;
use tree::Tree;

/// No model takes more than a second or two; one that runs on says nothing.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs the models on each mutant that has `name` in its heading, and fails unless all of them are found out.
pub(super) fn run(workspace: &Workspace, name: &str) -> Result<()> {
    let folder = workspace.target().join("xtask/mutants");
    let tree = Tree::copied(workspace.root(), folder.join("tree"))?;
    let mut documents = Vec::new();
    for document in tree::documents(workspace.root())? {
        let mut mutants = Mutant::parse(&tree.text(&document)?)
            .with_context(|| format!("in {}", document.display()))?;
        mutants.retain(|mutant| mutant.name.contains(name));
        documents.push((source(&document)?, mutants));
    }
    let laboratory = Laboratory {
        workspace,
        log: folder.join("log"),
        tree,
    };
    let wanted: Vec<_> = documents
        .iter()
        .flat_map(|(_, mutants)| mutants)
        .flat_map(|mutant| &mutant.models)
        .collect();
    ensure!(!wanted.is_empty(), "there is no mutant");
    println!("--- the code as it is");
    laboratory.check_baseline(&wanted)?;

    let mut counts = BTreeMap::<_, usize>::new();
    for (source, mutants) in documents.iter().filter(|(_, mutants)| !mutants.is_empty()) {
        println!("--- {}", source.display());
        for mutant in mutants {
            let started = Instant::now();
            let fate = laboratory.judge(source, mutant)?;
            let took = started.elapsed().as_secs_f64();
            println!("{fate:<16} {took:5.1} s  {}", mutant.name);
            if fate != Fate::Found {
                print!("{}", laboratory.last_words());
            }
            *counts.entry(fate).or_default() += 1;
        }
        laboratory.tree.restore(source)?;
    }
    let total: usize = counts.values().sum();
    let told: Vec<_> = counts
        .iter()
        .map(|(fate, count)| format!("{count} {fate}"))
        .collect();
    println!("{total} mutants: {}", told.join(", "));
    ensure!(
        counts.get(&Fate::Found) == Some(&total),
        "not every mutant was found out"
    );
    Ok(())
}

/// The file whose mutants a document describes: `foo/mutants.md` is about `foo.rs`.
fn source(document: &Path) -> Result<PathBuf> {
    let module = document
        .parent()
        .with_context(|| format!("{} stands beside no module", document.display()))?;
    Ok(module.with_extension("rs"))
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// Each of its models failed.
    Found,
    /// A model that must fail passed.
    Survived,
    /// A model did not come to an end.
    RanOn,
    /// Its edit fits the source no longer.
    OutOfDate,
    /// The compiler refuses it.
    DoesNotCompile,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Found => "found out",
            Self::Survived => "SURVIVED",
            Self::RanOn => "RAN ON",
            Self::OutOfDate => "OUT OF DATE",
            Self::DoesNotCompile => "DOES NOT COMPILE",
        })
    }
}

/// Where mutants are made, compiled and run.
struct Laboratory<'a> {
    workspace: &'a Workspace,
    tree: Tree,
    /// What was said last about a mutant.
    log: PathBuf,
}

impl Laboratory<'_> {
    /// The models pass on the code as it is: only then does it mean something that they fail.
    fn check_baseline(&self, wanted: &[&String]) -> Result<()> {
        let Some(program) = self.compile()? else {
            bail!("the models do not compile:\n{}", self.last_words());
        };
        let known = known(&program)?;
        for model in wanted {
            let path = path_of(model, &known)?;
            match self.passes(&program, path)? {
                Some(true) => {}
                Some(false) => bail!("{model} fails without a mutant:\n{}", self.last_words()),
                None => bail!("{model} does not end within {LIMIT:?}, without a mutant"),
            }
        }
        println!("{} models pass", known.len());
        Ok(())
    }

    fn judge(&self, source: &Path, mutant: &Mutant) -> Result<Fate> {
        match mutant.apply(&self.tree.text(source)?) {
            Ok(text) => self.tree.write(source, text.as_bytes())?,
            Err(error) => {
                fs::write(&self.log, format!("{error:#}\n"))?;
                return Ok(Fate::OutOfDate);
            }
        }
        let Some(program) = self.compile()? else {
            return Ok(Fate::DoesNotCompile);
        };
        let known = known(&program)?;
        for model in &mutant.models {
            match self.passes(&program, path_of(model, &known)?)? {
                Some(false) => {}
                Some(true) => return Ok(Fate::Survived),
                None => return Ok(Fate::RanOn),
            }
        }
        Ok(Fate::Found)
    }

    /// Compiles the models of the copy; `None` when the compiler refuses.
    fn compile(&self) -> Result<Option<PathBuf>> {
        let arguments = ["--no-run", "--message-format", "json-render-diagnostics"];
        let mut command = models(self.workspace, self.tree.root(), &arguments);
        let output = command
            // Recompiled for each mutant: what of it stays the same is kept.
            .env("CARGO_PROFILE_RELEASE_INCREMENTAL", "true")
            .stdin(Stdio::null())
            .stderr(File::create(&self.log)?)
            .output()
            .with_context(|| format!("cannot start `{}`", spell(&command)))?;
        if !output.status.success() {
            return Ok(None);
        }
        for message in Message::parse_stream(&output.stdout[..]) {
            if let Message::CompilerArtifact(artifact) = message?
                && let Some(executable) = artifact.executable
            {
                return Ok(Some(executable.into()));
            }
        }
        bail!("`{}` made no program", spell(&command))
    }

    /// Whether a model passes; `None` when it does not come to an end.
    fn passes(&self, program: &Path, path: &str) -> Result<Option<bool>> {
        let log = File::create(&self.log)?;
        let mut command = Command::new(program);
        command
            .args(["--exact", path])
            // Loom's own frames tell nothing.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        set_preemptions(&mut command);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let status = deadline::end_within(LIMIT, &mut child)?;
        Ok(status.map(|status| status.success()))
    }

    /// What the compiler or the last model said.
    fn last_words(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// The paths of all models that a program has.
fn known(program: &Path) -> Result<Vec<String>> {
    let output = Command::new(program)
        .args(["--list", "--format", "terse", "interleavings"])
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let listed = String::from_utf8(output.stdout)?;
    let paths = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    Ok(paths.map(str::to_owned).collect())
}

/// The path of the model whose function has this name.
fn path_of<'a>(model: &str, known: &'a [String]) -> Result<&'a str> {
    let mut paths = known
        .iter()
        .filter(|path| path.rsplit("::").next() == Some(model));
    match (paths.next(), paths.next()) {
        (Some(path), None) => Ok(path),
        (None, _) => bail!("there is no model `{model}`"),
        _ => bail!("more than one model is called `{model}`"),
    }
}

#[cfg(test)]
mod tests;

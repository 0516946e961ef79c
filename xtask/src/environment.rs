//! A Python environment for each server, since their requirements do not go together, made once and kept.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::debian;
use crate::family::Family;

#[cfg(test)]
mod tests;

/// Debian's own: Triton's Python backend works with no other.
const PYTHON: &str = "/usr/bin/python3";

/// One of the servers is compiled while it is installed, for minutes.
const INSTALLED_WITHIN: Duration = Duration::from_secs(45 * 60);

/// How long a script that lays something out may take.
const RUN_WITHIN: Duration = Duration::from_secs(5 * 60);

/// How much of what an installation said is shown.
const LAST_LINES: usize = 15;

/// What a server is installed from.
pub(crate) struct Recipe {
    /// Debian's packages, beside the two that every environment needs.
    pub(crate) debian: &'static [&'static str],
    /// Python's packages; the first is the server, whose version the table tells.
    pub(crate) python: &'static [&'static str],
}

/// An environment in which a recipe is installed.
pub(crate) struct Environment {
    folder: PathBuf,
    recipe: Recipe,
}

impl Environment {
    /// Takes the environment of this recipe from the cache, or makes it, for which others wait meanwhile.
    pub(crate) fn of(name: &str, recipe: Recipe) -> Result<Self> {
        debian::install(&["python3", "python3-venv"])?;
        debian::install(recipe.debian)?;
        let cache = cache()?;
        fs::create_dir_all(&cache).with_context(|| format!("cannot create {}", cache.display()))?;
        let text = format!("{}\n{}\n", version_of_python()?, recipe.python.join("\n"));
        let key = format!("{name}-{:016x}", hash(&text));
        let environment = Self {
            folder: cache.join(&key),
            recipe,
        };
        let lock = File::create(cache.join(format!("{key}.lock")))?;
        lock.lock()?;
        // Written last, so that what was interrupted is made again.
        let stamp = environment.folder.join("recipe.txt");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == text) {
            return Ok(environment);
        }
        let python = environment.recipe.python;
        println!("        installing {}", python.join(", "));
        environment.install(&cache.join(format!("{key}.log")))?;
        fs::write(stamp, text)?;
        Ok(environment)
    }

    /// The version of the server that is installed.
    pub(crate) fn version(&self) -> Result<String> {
        let package = self.recipe.python.first().context("an empty recipe")?;
        let package = package.split(['[', '=']).next().unwrap_or(package);
        let script =
            "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))";
        let output = self
            .program("python")
            .args(["-c", script, package])
            .output()?;
        ensure!(output.status.success(), "{package} is not installed");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> Command {
        Command::new(self.folder.join("bin").join(name))
    }

    /// A script that is part of this program, with Python.
    pub(crate) fn script(&self, text: &str) -> Command {
        let mut command = self.program("python");
        // Without a buffer, so that the log of a server that is killed is whole.
        command.args(["-u", "-c", text]);
        command
    }

    /// Runs a script to its end, in a folder that it is also told of.
    pub(crate) fn lay_out(&self, text: &str, folder: &Path) -> Result<()> {
        let log = folder.join("layout.log");
        let mut command = self.script(text);
        command.arg(folder).current_dir(folder);
        run(command, &log, RUN_WITHIN)
    }

    fn install(&self, log: &Path) -> Result<()> {
        let mut create = Command::new(PYTHON);
        create.args(["-m", "venv", "--clear"]).arg(&self.folder);
        run(create, log, RUN_WITHIN)?;
        let mut install = self.program("python");
        install
            .args(["-m", "pip", "install", "--disable-pip-version-check"])
            .args(["--progress-bar", "off", "--no-input"])
            .args(self.recipe.python);
        run(install, log, INSTALLED_WITHIN)
    }
}

/// Where environments are kept: beside other caches of whoever runs this, so that they outlive `cargo clean`.
pub(crate) fn cache() -> Result<PathBuf> {
    let caches = env::var_os("XDG_CACHE_HOME")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cache")))
        .context("there is no home directory to keep a cache in; set XDG_CACHE_HOME")?;
    Ok(caches.join("creel/interop"))
}

fn version_of_python() -> Result<String> {
    let output = Command::new(PYTHON)
        .arg("--version")
        .output()
        .with_context(|| format!("cannot start {PYTHON}"))?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Runs a command to its end, which must be a good one; what it says goes to the log.
fn run(mut command: Command, log: &Path, limit: Duration) -> Result<()> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file);
    let program = command.get_program().to_string_lossy().into_owned();
    match Family::run(&mut command, limit)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("{program} ended with {status}:\n{}", last_lines(log)),
        None => bail!(
            "{program} did not end within {limit:?}:\n{}",
            last_lines(log)
        ),
    }
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

/// The 64 bits of FNV-1a, which are the same whatever this is compiled with.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

//! Debian's packages.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Installs those of the packages that are missing; elsewhere than on Debian, what is missing shows later.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let missing: Vec<_> = packages
        .iter()
        .copied()
        .filter(|package| is_missing(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("        installing Debian's {}", missing.join(", "));
    update()
        .and_then(|()| {
            let install = ["install", "-y", "-qq", "--no-install-recommends"];
            apt_get(&[&install, missing.as_slice()].concat(), None)
        })
        .with_context(|| format!("`apt-get install {}` is needed", missing.join(" ")))
}

/// Downloads packages into a folder, and installs none.
pub(crate) fn download(packages: &[&str], folder: &Path) -> Result<()> {
    apt_get(&[&["download", "-qq"], packages].concat(), Some(folder))
        .with_context(|| format!("cannot download {}", packages.join(" and ")))
}

/// The package with a name that begins so which another one depends on, once the lists of packages are fresh.
pub(crate) fn dependency(package: &str, start: &str) -> Result<String> {
    update()?;
    let output = Command::new("apt-cache")
        .args(["depends", package])
        .output()
        .context("there is no apt-cache")?;
    let lines = String::from_utf8_lossy(&output.stdout);
    lines
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(start))
        .map(str::to_owned)
        .with_context(|| format!("Debian has no package {package} here"))
}

fn update() -> Result<()> {
    apt_get(&["update", "-qq"], None)
}

fn is_missing(package: &str) -> bool {
    let asked = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output();
    asked.is_ok_and(|answer| answer.stdout != b"installed")
}

fn apt_get(arguments: &[&str], folder: Option<&Path>) -> Result<()> {
    let output = Command::new("apt-get")
        .current_dir(folder.unwrap_or(Path::new("/")))
        // Somebody else may be installing something.
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .context("there is no apt-get")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "apt-get says: {}", said.trim());
    Ok(())
}

//! Debian's packages that servers need.

use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Installs those of the packages that are missing; elsewhere than on Debian, what is missing shows later.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    let missing: Vec<_> = packages
        .iter()
        .copied()
        .filter(|package| is_missing(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("        installing Debian's {}", missing.join(", "));
    apt_get(&["update", "-qq"])
        .and_then(|()| {
            let install = ["install", "-y", "-qq", "--no-install-recommends"];
            apt_get(&[&install, missing.as_slice()].concat())
        })
        .with_context(|| format!("`apt-get install {}` is needed", missing.join(" ")))
}

fn is_missing(package: &str) -> bool {
    let asked = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output();
    asked.is_ok_and(|answer| answer.stdout != b"installed")
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let output = Command::new("apt-get")
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

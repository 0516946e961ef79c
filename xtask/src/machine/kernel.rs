//! Debian's kernel with the modules of its virtual camera, and a shell, none of which is installed.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

use crate::debian;
use crate::workspace::spell;

/// The unpacked packages.
pub(super) struct Kernel {
    folder: PathBuf,
}

impl Kernel {
    /// Downloads the packages and unpacks them, unless they are there.
    pub(super) fn fetch(folder: &Path) -> Result<Self> {
        let kernel = Self {
            folder: folder.join("unpacked"),
        };
        let complete = kernel.folder.join("complete");
        if complete.exists() {
            return Ok(kernel);
        }
        let packages = folder.join("packages");
        for folder in [&kernel.folder, &packages] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        println!("        downloading Debian's kernel");
        let image = debian::dependency("linux-image-amd64", "linux-image-")?;
        debian::download(&[&image, "busybox-static"], &packages)?;
        for entry in fs::read_dir(&packages)? {
            unpack(&entry?.path(), &kernel.folder)?;
        }
        // The packages have served.
        fs::remove_dir_all(&packages)?;
        fs::write(complete, image)?;
        Ok(kernel)
    }

    /// The kernel itself.
    pub(super) fn image(&self) -> PathBuf {
        let image = self.find(|name| name.starts_with("vmlinuz-"));
        image.into_iter().next().unwrap_or_default()
    }

    /// The shell and all its tools.
    pub(super) fn busybox(&self) -> Result<Vec<u8>> {
        let path = self.find(|name| name == "busybox");
        let path = path.first().context("the package has no busybox")?;
        Ok(fs::read(path)?)
    }

    /// A module, behind all that it needs, in the order in which they are loaded.
    pub(super) fn modules(&self, name: &str) -> Result<Vec<PathBuf>> {
        let files = self.find(|name| name.ends_with(".ko"));
        let known: HashMap<String, PathBuf> = files
            .into_iter()
            .map(|path| (module_name(&path), path))
            .collect();
        let mut loaded = Vec::new();
        load(name, &known, &mut loaded)?;
        Ok(loaded)
    }

    fn find(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        WalkDir::new(&self.folder)
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
            .filter(|entry| entry.file_name().to_str().is_some_and(&is_wanted))
            .map(walkdir::DirEntry::into_path)
            .collect()
    }
}

/// Unpacks what is needed of a package.
fn unpack(package: &Path, folder: &Path) -> Result<()> {
    let mut read = Command::new("dpkg-deb");
    read.arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped());
    let mut reader = read
        .spawn()
        .with_context(|| format!("cannot start `{}`", spell(&read)))?;
    let mut write = Command::new("tar");
    write
        .args(["-x", "--wildcards", "-C"])
        .arg(folder)
        .args(["./boot/vmlinuz-*", "*.ko", "*bin/busybox"])
        .stdin(reader.stdout.take().expect("it was piped"))
        // A package has not all of them.
        .stderr(Stdio::null());
    write
        .status()
        .with_context(|| format!("cannot start `{}`", spell(&write)))?;
    let status = reader.wait()?;
    ensure!(status.success(), "`{}` ended with {status}", spell(&read));
    Ok(())
}

fn load(name: &str, known: &HashMap<String, PathBuf>, loaded: &mut Vec<PathBuf>) -> Result<()> {
    let path = known
        .get(&name.replace('-', "_"))
        .with_context(|| format!("the kernel has no module {name}"))?;
    if loaded.contains(path) {
        return Ok(());
    }
    for needed in needs(&fs::read(path)?) {
        load(&needed, known, loaded)?;
    }
    loaded.push(path.clone());
    Ok(())
}

/// What a module says of itself that it needs.
fn needs(module: &[u8]) -> Vec<String> {
    const KEY: &[u8] = b"depends=";
    let text = module
        .split(|byte| *byte == 0)
        .find_map(|text| text.strip_prefix(KEY))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    text.split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The name by which others need a module: its file's, where a hyphen is as good as an underscore.
fn module_name(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default();
    name.to_string_lossy().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::needs;

    #[test]
    fn a_module_tells_what_it_needs() {
        let module = b"\x7FELF..\0license=GPL\0depends=videodev,v4l2-tpg\0name=vivid\0";
        assert_eq!(needs(module), ["videodev", "v4l2-tpg"]);
        assert!(needs(b"license=GPL\0depends=\0").is_empty());
    }
}

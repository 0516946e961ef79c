//! `cargo xtask interop`: the same rows, asked of our model server and of somebody else's.

mod answers;
mod creel;
mod mlserver;
mod python;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::deadline;
use crate::running::Running;
use crate::workspace::Workspace;
use answers::Answers;
use creel::Creel;
use mlserver::MlServer;

/// The model that every server offers, and the rows of its training set.
const MODEL: &str = "iris";
const ROWS: usize = 150;

/// How long a run over all rows may take.
const LIMIT: Duration = Duration::from_secs(120);

/// A model server that is not ours: each a file of its own.
trait Peer {
    fn name(&self) -> &'static str;

    /// Installs the server below a folder, trains its model, and lays out what it serves.
    ///
    /// The rows of the training set are in the file that is returned: a column `id` and one for each feature.
    fn prepare(&self, folder: &Path) -> Result<PathBuf>;

    /// What starts it, with the model that was prepared, on a free port of this machine; and the port.
    fn command(&self, folder: &Path) -> Result<(Command, u16)>;

    /// The output that holds the class.
    fn class(&self) -> &'static str;
}

/// Compares every peer with our own server; true when all of them agree.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let creel = Creel::build(workspace)?;
    let peers: [&dyn Peer; 1] = [&MlServer];
    let mut failed = Vec::new();
    for peer in peers {
        let folder = workspace.target().join("interop").join(peer.name());
        if let Err(error) = compare(&creel, peer, &folder) {
            println!("FAILED  {}: {error:#}", peer.name());
            failed.push(peer.name());
        }
    }
    if failed.is_empty() {
        println!("interop: every server gives the same answers");
    } else {
        println!("interop FAILED: {}", failed.join(", "));
    }
    Ok(failed.is_empty())
}

fn compare(creel: &Creel, peer: &dyn Peer, folder: &Path) -> Result<()> {
    let name = peer.name();
    println!("==> {name}");
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let rows = peer
        .prepare(folder)
        .with_context(|| format!("cannot prepare {name}"))?;

    let (command, port) = creel.serve()?;
    let ours = ask(creel, "creel", command, port, &rows, folder)?;
    let ours = Answers::read(&ours, "class")?;

    let (command, port) = peer.command(folder)?;
    let theirs = ask(creel, name, command, port, &rows, folder)?;
    let theirs = Answers::read(&theirs, peer.class())?;

    let ids = answers::ids(&rows)?;
    ensure!(
        ids.len() == ROWS,
        "{} has {} rows, not {ROWS}",
        rows.display(),
        ids.len()
    );
    ours.cover(&ids).context("asked of creel")?;
    theirs
        .cover(&ids)
        .with_context(|| format!("asked of {name}"))?;
    ours.agree(&theirs)
        .with_context(|| format!("creel and {name} disagree"))?;
    println!(
        "ok      {name}: {ROWS} records of each, ids kept, classes {}",
        theirs.census()
    );
    Ok(())
}

/// Starts a server, asks it all rows with `creel batch`, and stops it; returns the file of the results.
fn ask(
    creel: &Creel,
    name: &str,
    server: Command,
    port: u16,
    rows: &Path,
    folder: &Path,
) -> Result<PathBuf> {
    let log = folder.join(format!("{name}.log"));
    let mut server = Running::start(name, server, port, &log)?;
    server.await_ready(MODEL)?;
    let out = folder.join(format!("{name}.jsonl"));
    // A run over results that are there would go on where they end.
    if out.exists() {
        fs::remove_file(&out)?;
    }
    let mut batch = creel.batch(rows, &server.url(), MODEL, &out);
    let said = folder.join(format!("{name}-batch.log"));
    let mut batch = batch
        .stdin(Stdio::null())
        .stderr(File::create(&said)?)
        .spawn()
        .context("cannot start `creel batch`")?;
    match deadline::end_within(LIMIT, &mut batch)? {
        Some(status) if status.success() => Ok(out),
        Some(status) => bail!(
            "`creel batch` against {name} ended with {status}:\n{}",
            fs::read_to_string(&said)?
        ),
        None => bail!("`creel batch` against {name} did not end within {LIMIT:?}"),
    }
}

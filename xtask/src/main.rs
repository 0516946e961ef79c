//! The project's tooling: `cargo xtask <verb>`.
//!
//! `cargo xtask ci` is what every change must pass; each check is a verb of its own, and so is what takes longer. The
//! rules that the tree keeps are tests, in `xtask/tests/tidy`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this program does"
)]

mod artifacts;
mod bench;
mod capture;
mod check;
mod crash;
mod deadline;
mod debian;
mod environment;
mod family;
mod faults;
mod fuzz;
mod interop;
mod kill;
mod machine;
mod outage;
mod output;
mod perfetto;
mod price;
mod process;
mod running;
mod soak;
mod streams;
mod tally;
mod verdict;
mod vivid;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use bench::Bench;
use capture::Capture;
use check::Check;
use crash::Crash;
use faults::Faults;
use fuzz::Fuzz;
use interop::Interop;
use kill::Kill;
use outage::Outage;
use soak::Soak;
use streams::Streams;
use vivid::Vivid;
use workspace::Workspace;

/// The project's tooling.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs what every change must pass, and says at the end what failed.
    Ci,
    #[command(flatten)]
    Check(Check),
    /// Asks model servers that are not ours, which it installs, and writes docs/interop.md; needs Debian's Python.
    Interop(Interop),
    /// Throws made-up bytes at every parser of bytes from outside, for a minute each.
    Fuzz(Fuzz),
    /// Has the program bear a server that falters in every way on purpose, and writes docs/faults.md; minutes.
    Faults(Faults),
    /// Kills a bulk job of a million rows again and again, and looks at what comes out; minutes.
    Kill(Kill),
    /// Captures many frames a second while all behind the camera stands still, and from many cameras, also beside OpenCV;
    /// minutes, and as root.
    Capture(Capture),
    /// Stops the server of a watch for minutes, and kills one again and again, and looks at every frame; a quarter of an hour.
    Outage(Outage),
    /// Kills whoever writes results a hundred times in each form, takes the power from a machine that writes them, and fills a
    /// file system of a megabyte; minutes.
    Crash(Crash),
    /// Opens traces of real runs in Perfetto, which it fetches, and compares what that counts with the runs' summaries.
    Perfetto,
    /// Captures from the kernel's virtual camera in a machine of its own, which it sets up, and does to it all that happens
    /// to cameras.
    Vivid(Vivid),
    /// Keeps the pool's promises millions of times over, for minutes, and prints figures.
    Soak(Soak),
    /// Kills, freezes and starts again the servers of network cameras, which it installs; minutes.
    Streams(Streams),
    /// Counts the instructions that the ledger and the sampled measurements take of a task; two minutes.
    Price,
    /// Measures Creel beside its peers; `cargo xtask bench --help` says what can be chosen.
    Bench(Bench),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let succeeded = Workspace::load().and_then(|workspace| match arguments.verb {
        Verb::Ci => verdict::run(&workspace, Check::ALL),
        Verb::Check(check) => verdict::run(&workspace, &[check]),
        Verb::Interop(interop) => interop.run(&workspace),
        Verb::Fuzz(fuzz) => fuzz.run(&workspace),
        Verb::Faults(faults) => faults.run(&workspace),
        Verb::Kill(kill) => kill.run(&workspace),
        Verb::Capture(capture) => capture.run(&workspace),
        Verb::Outage(outage) => outage.run(&workspace),
        Verb::Crash(crash) => crash.run(&workspace),
        Verb::Perfetto => perfetto::run(&workspace),
        Verb::Vivid(vivid) => vivid.run(&workspace),
        Verb::Soak(soak) => soak.run(&workspace),
        Verb::Streams(streams) => streams.run(&workspace),
        Verb::Price => price::run(&workspace),
        Verb::Bench(bench) => bench.run(&workspace),
    });
    match succeeded {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

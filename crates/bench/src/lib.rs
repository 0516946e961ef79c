//! Creel beside the pools and the clients that people would use instead: the same workloads, in turn, in one run.
//!
//! Each sample is taken in a process of its own, so that no peer finds the threads or the heap of another. What is
//! measured is what a user of the peer would write; what a peer does not offer is not measured.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this program does"
)]

mod meter;
mod peer;
mod peers;
mod tally;

mod client;
mod clients;
mod responder;

mod foreign;
mod goal;
mod limits;
mod workload;
mod workloads;

mod allocator;
mod arguments;
mod contest;
mod counts;
mod document;
mod machine;
mod pairs;
mod plot;
mod report;
mod run;
mod sample;
mod scaling;
mod summary;
mod table;

use std::process::ExitCode;

use arguments::Arguments;

/// Takes one sample when the arguments ask for it, and all of them otherwise.
pub fn main() -> ExitCode {
    let verdict = match Arguments::parse() {
        Arguments::Sample(order) => order.play().map(|()| true),
        Arguments::Responder(manner) => responder::serve(manner).map(|()| true),
        Arguments::Run(settings) => run::run(&settings),
        Arguments::Scaling => scaling::run().map(|()| true),
    };
    match verdict {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

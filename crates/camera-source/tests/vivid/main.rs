//! The V4L2 source before the kernel's virtual camera: a program that `cargo xtask vivid` runs in a machine of its own.
//!
//! It wants `/dev/video0` to be the driver vivid's, does to it all that happens to cameras, and says a line for each claim.
#![expect(clippy::print_stdout, reason = "what it finds is printed")]

mod bars;
mod faults;
mod pictures;
mod stage;
mod unplugging;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use anyhow::{Result, anyhow};

/// What is claimed, and what shows it; the note beside a claim that holds has the figures.
type Claim = (&'static str, fn() -> Result<String>);

fn main() -> ExitCode {
    let claims = [pictures::CLAIMS, faults::CLAIMS, unplugging::CLAIMS].concat();
    let mut failed = 0;
    for (claim, show) in &claims {
        let shown =
            catch_unwind(AssertUnwindSafe(show)).unwrap_or_else(|_| Err(anyhow!("it panicked")));
        stage::clear();
        match shown {
            Ok(note) => println!("ok      {claim}: {note}"),
            Err(error) => {
                failed += 1;
                println!("FAILED  {claim}: {error:#}");
            }
        }
    }
    println!("claims: {} held, {failed} failed", claims.len() - failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

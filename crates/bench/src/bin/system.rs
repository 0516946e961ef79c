//! The benchmark on the allocator of the system.

use std::process::ExitCode;

fn main() -> ExitCode {
    creel_bench::main()
}

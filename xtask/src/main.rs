//! The project's tooling: `cargo xtask <verb>`.

fn main() {}

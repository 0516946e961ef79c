//! Writes until it is ended.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::form::{FORMS, Form};

/// Opens each form, and writes on: some records, a flush, and the number of records that are durable then.
pub(crate) fn run(folder: &Path, least: &[String]) -> Result<()> {
    let mut forms = Vec::new();
    for name in FORMS {
        let form = Form::open(name, folder)?;
        let least = least
            .iter()
            .find_map(|text| text.strip_prefix(name)?.strip_prefix('='));
        let least: u64 = least.map_or(Ok(0), str::parse).context("no number")?;
        ensure!(
            form.count >= least,
            "{name}: {} records are there of {least} that were durable",
            form.count
        );
        println!("found {name} {} {}", form.count, form.torn);
        forms.push((name, form));
    }
    loop {
        for (name, form) in &mut forms {
            for _ in 0..form.count % 5 + 1 {
                form.write()?;
            }
            form.flush()?;
            println!("flushed {name} {}", form.count);
        }
    }
}

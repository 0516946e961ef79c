//! Blocking work on a pool: submit, map, callbacks and cancelling, without an async runtime.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::Path;

use creel_runtime::ThreadPool;

/// The lines of a file: a blocking call, as programs have many.
fn lines(path: &Path) -> std::io::Result<usize> {
    Ok(std::fs::read_to_string(path)?.lines().count())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = ThreadPool::builder()
        .max_workers(4)
        .thread_name("reader")
        .build()?;

    // One future for each task; the results come in the order of the files.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: Vec<_> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    let mut total = 0;
    for (file, counted) in files
        .iter()
        .zip(pool.map(files.clone(), |path| lines(&path)))
    {
        let counted = counted??;
        println!("{counted:>6} {}", file.display());
        total += counted;
    }
    println!(
        "{total:>6} lines in {} files, by {} workers",
        files.len(),
        pool.workers()
    );

    // A callback sees the outcome before anybody can take it; a future can be cancelled until it starts.
    let future = pool.submit(|| 6 * 7)?;
    future.add_done_callback(|outcome| println!("called back with {outcome:?}"));
    println!("and the value is {}", future.result()?);
    pool.shutdown()?;
    Ok(())
}

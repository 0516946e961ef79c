use crate::program::Folder;

#[test]
fn wrong_usage_ends_with_2() {
    for line in [
        "",
        "wach",
        "watch --frmes 3",
        "watch --frames 0",
        "watch --frames many",
        "watch --camera test:?fps=fast",
        "watch --camera gopher://camera/",
        "watch --when-full panic",
        "watch --workers 0",
        "watch --timeout soon",
        "watch --server http://127.0.0.1:9 --protocol oip",
        "watch --server http://127.0.0.1:9 --model m --protocol tf --stream",
        "watch --server http://127.0.0.1:9 --model m --protocol raw",
        "watch --server http://127.0.0.1:9 --model m --protocol multipart",
        "watch --server http://127.0.0.1:9 --protocol tf",
        "watch --server http://127.0.0.1:9 --protocol openai --task detection",
        "watch --task embeddings",
        "watch --system brief",
        "watch --parameter max_tokens",
        "batch",
        "batch rows.csv",
        "batch rows.csv --format parquet",
        "serve --listen nowhere",
        "cameras --all",
        "watch --quiet --verbose",
    ] {
        let folder = Folder::new();
        folder.write("rows.csv", "a\n1\n");
        let ended = folder.run(line).with_code(2);
        assert!(ended.stderr.contains("--help"), "{line}: {}", ended.stderr);
        assert!(!folder.path().join("results.jsonl").exists(), "{line}");
    }
}

#[test]
fn help_and_version_go_to_the_standard_output() {
    let folder = Folder::new();
    for command in ["watch", "batch", "serve", "cameras"] {
        let ended = folder.run("--help").with_code(0);
        assert!(ended.stdout.contains(command));
        let ended = folder.run(&format!("{command} --help")).with_code(0);
        assert!(ended.stdout.contains(&format!("Usage: creel {command}")));
    }
    let ended = folder.run("--version").with_code(0);
    assert_eq!(
        ended.stdout,
        concat!("creel ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn cameras_lists_what_can_be_captured() {
    let folder = Folder::new();
    let ended = folder.run("cameras").with_code(0);
    assert!(
        ended.stdout.contains("test camera: ready\n"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.lines().all(|line| line.len() <= 80));

    let ended = folder.run("cameras --json").with_code(0);
    let listed: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(listed[0]["kind"], "test camera");
    assert_eq!(listed[0]["availability"], "ready");
}

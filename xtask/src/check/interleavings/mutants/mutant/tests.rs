use super::Mutant;

const DOCUMENT: &str = "
# Mutants of `sleep.rs`

About `them` all.

## A submitter that does not fence

It reads `the word` too early.

Found by `a_worker_never_misses_a_task` and
`a_worker_never_strands_a_task`.

```diff
     /// Answers.
-    fence(Ordering::SeqCst);
     match self.load() {
```

## A worker that looks before it is listed

Found by `a_worker_never_misses_a_task`.

```diff
-look();
 enter();
+look();
```

```diff
-fence();
```
";

const SOURCE: &str = "
fn published() {
    /// Answers.
    fence(Ordering::SeqCst);
    match self.load() {
        _ => {
            look();
            enter();
        }
    }
    fence();
}
";

fn parse(document: &str) -> Vec<Mutant> {
    Mutant::parse(document).unwrap()
}

#[track_caller]
fn check_refused(document: &str, reason: &str) {
    let error = Mutant::parse(document).unwrap_err().to_string();
    assert!(error.contains(reason), "{error}");
}

#[test]
fn a_document_names_its_mutants_and_the_models_that_find_them() {
    let mutants = parse(DOCUMENT);
    let names: Vec<_> = mutants.iter().map(|mutant| &mutant.name).collect();
    assert_eq!(
        names,
        [
            "A submitter that does not fence",
            "A worker that looks before it is listed"
        ]
    );
    assert_eq!(
        mutants[0].models,
        [
            "a_worker_never_misses_a_task",
            "a_worker_never_strands_a_task"
        ]
    );
    assert_eq!(mutants[1].models, ["a_worker_never_misses_a_task"]);
}

#[test]
fn an_edit_finds_its_lines_however_they_are_indented() {
    let mutants = parse(DOCUMENT);
    let first = mutants[0].apply(SOURCE).unwrap();
    assert_eq!(first.matches("fence(Ordering::SeqCst)").count(), 0);
    assert_eq!(first.lines().count(), SOURCE.lines().count() - 1);
    let second = mutants[1].apply(SOURCE).unwrap();
    assert!(second.find("look()") > second.find("enter()"), "{second}");
    assert!(
        !second.contains("fence()"),
        "each block is an edit: {second}"
    );
}

#[test]
fn an_edit_that_fits_no_place_or_two_is_refused() {
    let mutant = &parse(DOCUMENT)[0];
    let moved = SOURCE.replace("self.load()", "self.state.load()");
    let error = mutant.apply(&moved).unwrap_err().to_string();
    assert!(error.starts_with("the source has moved on"), "{error}");
    let error = mutant.apply(&SOURCE.repeat(2)).unwrap_err().to_string();
    assert!(error.starts_with("2 places read"), "{error}");
}

#[test]
fn a_mutant_that_cannot_be_judged_is_refused() {
    check_refused("## One\n\n```diff\n-a\n```\n", "names the models");
    check_refused("## One\n\nFound by `a_model`.\n", "no edit");
    check_refused(
        "## One\n\nFound by `a_model`.\n\n```diff\n a\n```\n",
        "changes nothing",
    );
    check_refused(
        "## One\n\nFound by `a_model`.\n\n```diff\n+a\n```\n",
        "a line that stands in the file",
    );
    check_refused(
        "## One\n\nFound by `a_model`.\n\n```diff\n-a\n",
        "does not end",
    );
    check_refused(
        "## One\n\nFound by `a_model`.\n\n```rust\na\n```\n",
        "no diff",
    );
}

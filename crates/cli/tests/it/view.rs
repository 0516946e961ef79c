//! The view of a run in a real terminal, which tmux is.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

use creel_testkit::http::{Reply, ScriptedServer};

use crate::program::Folder;
use crate::script;

/// Ends what no test has ended: of a test that is killed the terminal stays.
const BOUNDED: &str = "timeout --foreground --kill-after=5 120";

/// A terminal of a tmux server of its own, and all that was ever written to it.
struct Terminal {
    folder: Folder,
    server: ScriptedServer,
    written: File,
    seen: String,
}

impl Terminal {
    /// A terminal in which a watch is to be started; `None` where tmux is not installed.
    fn open(options: &str) -> Option<Self> {
        Self::open_in(options, "run")
    }

    /// The same, where the shell starts the watch by these lines, in which it is called `run`.
    fn open_in(options: &str, start: &str) -> Option<Self> {
        if !has_tmux() {
            return None;
        }
        let folder = Folder::new();
        let server = script::server(|_| Reply::json(200, r#"{"seen": "felidae"}"#));
        let watch = format!(
            "{} watch --camera test:?size=160x160&fps=30 --protocol raw --server {}/p {options}",
            env!("CARGO_BIN_EXE_creel"),
            server.url()
        );
        // `&` is a sign of the shell.
        let watch = watch.replace("test:?size=160x160&fps=30", "'test:?size=160x160&fps=30'");
        let lines = format!(
            "tmux -S socket wait-for go\n\
             run() {{ {BOUNDED} sh -c 'echo $$ > pid; exec \"$@\"' sh {watch}; }}\n\
             {start}\n\
             echo ended with $?\n\
             stty -a > modes\n\
             tmux -S socket wait-for -S done\n\
             exec sleep 600\n"
        );
        folder.write("script", lines);
        let made = Command::new("mkfifo")
            .arg(folder.path().join("out"))
            .status();
        assert!(made.unwrap().success());
        let tmux = ["-S", "socket", "-f", "/dev/null"];
        let session = ["new-session", "-d", "-x", "80", "-y", "24", "sh script"];
        run(folder.path(), "tmux", &[&tmux[..], &session].concat());
        tmux_in(folder.path(), &["pipe-pane", "-O", "exec cat > out"]);
        let written = File::open(folder.path().join("out")).unwrap();
        tmux_in(folder.path(), &["wait-for", "-S", "go"]);
        Some(Self {
            folder,
            server,
            written,
            seen: String::new(),
        })
    }

    /// Blocks until this word was written, behind all that was waited for before; a view skips blanks.
    fn wait_until_written(&mut self, word: &str) {
        let mut bytes = [0; 4096];
        while !self.seen.contains(word) {
            let count = self.written.read(&mut bytes).unwrap();
            assert!(count > 0, "not `{word}`: {}", self.seen);
            self.seen += &String::from_utf8_lossy(&bytes[..count]);
        }
        let at = self.seen.find(word).unwrap() + word.len();
        self.seen.drain(..at);
    }

    /// What stands on the terminal.
    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        tmux_in(self.folder.path(), arguments)
    }

    /// Blocks until the watch has ended, and checks that the terminal is as it was.
    fn end(&self, code: i32) {
        self.tmux(&["wait-for", "done"]);
        let screen = self.screen();
        assert!(screen.contains(&format!("ended with {code}")), "{screen}");
        assert!(screen.contains(" in results.jsonl"), "{screen}");
        let flags = ["display-message", "-p", "#{alternate_on} #{cursor_flag}"];
        assert_eq!(self.tmux(&flags).trim(), "0 1");
        let modes = self.folder.read("modes");
        let modes: Vec<&str> = modes.split_whitespace().collect();
        for mode in ["icanon", "echo", "isig"] {
            assert!(modes.contains(&mode), "{modes:?}");
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = Command::new("tmux")
            .args(["-S", "socket", "kill-server"])
            .current_dir(self.folder.path())
            .output();
        self.server.die();
    }
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn has_tmux() -> bool {
    let is_there = Command::new("tmux").arg("-V").output().is_ok();
    if !is_there {
        eprintln!("skipped: tmux is missing; install it with apt-get install tmux");
    }
    is_there
}

fn tmux_in(folder: &Path, arguments: &[&str]) -> String {
    let socket = ["-S", "socket"];
    let output = run(folder, "tmux", &[&socket[..], arguments].concat());
    String::from_utf8(output.stdout).unwrap()
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env_remove("TMUX")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

#[track_caller]
fn has_line(screen: &str, words: &[&str]) {
    let found = screen
        .lines()
        .any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "no line has {words:?}:\n{screen}");
}

#[test]
fn a_watch_has_the_terminal_whatever_its_size_and_leaves_it_as_it_was() {
    let Some(mut terminal) = Terminal::open("-v") else {
        return;
    };
    terminal.wait_until_written("felidae");
    let screen = terminal.screen();
    has_line(
        &screen,
        &["creel  test to http://127.0.0.1:", "Ctrl-C ends"],
    );
    has_line(&screen, &["test", "live"]);
    has_line(&screen, &["buffer", "of 64"]);
    has_line(&screen, &["answered", r#"{"seen":"felidae"}"#]);
    assert_eq!(screen.lines().count(), 24);

    terminal.tmux(&["resize-window", "-x", "200", "-y", "50"]);
    terminal.wait_until_written("latest");
    let screen = terminal.screen();
    has_line(
        &screen,
        &["in flight, oldest first", "results, latest first"],
    );
    terminal.tmux(&["resize-window", "-x", "80", "-y", "24"]);

    terminal.tmux(&["send-keys", "C-c"]);
    terminal.end(130);
    has_line(
        &terminal.screen(),
        &["interrupted: finishing what is in flight"],
    );
}

#[test]
fn a_sink_that_is_down_stands_in_the_view_with_what_it_missed() {
    let hook = ScriptedServer::answering(|_| Reply::text(404, "no such hook"));
    let options = format!("--forward {}/hook --optional forward", hook.url());
    let Some(mut terminal) = Terminal::open(&options) else {
        return;
    };
    terminal.wait_until_written("missing:");
    has_line(&terminal.screen(), &["results", "/hook: down,", "missing"]);
    terminal.tmux(&["send-keys", "C-c"]);
    terminal.end(130);
}

#[test]
fn a_watch_that_is_told_to_terminate_leaves_the_terminal_as_it_was() {
    let Some(mut terminal) = Terminal::open("") else {
        return;
    };
    terminal.wait_until_written("felidae");
    let pid = fs::read_to_string(terminal.folder.path().join("pid")).unwrap();
    run(terminal.folder.path(), "kill", &["-TERM", pid.trim()]);
    terminal.end(130);
}

#[test]
fn a_plain_watch_leaves_the_terminal_to_others() {
    let Some(mut terminal) = Terminal::open("--plain --frames 30") else {
        return;
    };
    terminal.wait_until_written("sending");
    let flags = ["display-message", "-p", "#{alternate_on}"];
    assert_eq!(terminal.tmux(&flags).trim(), "0");
    terminal.end(0);
}

#[test]
fn a_watch_in_the_background_leaves_the_terminal_to_the_shell_and_goes_on() {
    let start = "set -m\nrun &\nwait $!";
    let Some(terminal) = Terminal::open_in("--frames 30", start) else {
        return;
    };
    // One that takes the terminal is stopped by it, which ends the wait too.
    terminal.end(0);
    let results = terminal.folder.read("results.jsonl");
    assert_eq!(results.lines().count(), 30);
}

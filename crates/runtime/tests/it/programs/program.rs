//! Programs of a few statements, as they are made, shrunk and shown.

use std::fmt;

use proptest::prelude::*;

/// Statements in their order, and what ends the executor.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) statements: Vec<Statement>,
    pub(super) ending: Ending,
}

/// A task is named by its number, in the order in which they are made.
#[derive(Clone, Copy)]
pub(super) enum Statement {
    Make(Kind),
    Cancel(usize),
    RequestCancel(usize),
    AddCallback(usize),
    Drop(usize),
    Wait(usize),
    WaitTimeout(usize, u64),
    /// Lets the executor make so many steps.
    GoOn(usize),
    /// Lets so many milliseconds pass.
    Elapse(u64),
}

/// What a task does.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Returns,
    Panics,
    /// A closure that need not start after so many milliseconds.
    Timed(u64),
    /// An async task that lets so many milliseconds pass, or others go first.
    Pauses(u64),
    /// An async task that waits for a light that may never be switched on.
    WaitsForLight,
    /// A continuation of that task.
    Maps(usize),
    /// A closure that waits for that task.
    WaitsFor(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ending {
    Shutdown,
    ShutdownNow,
    Drop,
}

pub(super) fn program() -> impl Strategy<Value = Program> {
    let drafts = prop::collection::vec((draft(), 0..64_usize), 0..24);
    let endings = [Ending::Shutdown, Ending::ShutdownNow, Ending::Drop];
    (drafts, prop::sample::select(endings.to_vec())).prop_map(|(drafts, ending)| Program {
        statements: resolve(drafts),
        ending,
    })
}

/// A statement that does not know its task yet.
type Draft = fn(usize) -> Statement;

fn draft() -> impl Strategy<Value = (Draft, u64)> {
    let draft = prop_oneof![
        3 => Just((|_| Statement::Make(Kind::Returns)) as Draft),
        1 => Just((|_| Statement::Make(Kind::Panics)) as Draft),
        1 => Just((|_| Statement::Make(Kind::Timed(0))) as Draft),
        3 => Just((|_| Statement::Make(Kind::Pauses(0))) as Draft),
        1 => Just((|_| Statement::Make(Kind::WaitsForLight)) as Draft),
        2 => Just((|task| Statement::Make(Kind::Maps(task))) as Draft),
        2 => Just((|task| Statement::Make(Kind::WaitsFor(task))) as Draft),
        3 => Just(Statement::Cancel as Draft),
        1 => Just(Statement::RequestCancel as Draft),
        3 => Just(Statement::AddCallback as Draft),
        1 => Just(Statement::Drop as Draft),
        2 => Just(Statement::Wait as Draft),
        2 => Just((|task| Statement::WaitTimeout(task, 0)) as Draft),
        3 => Just(Statement::GoOn as Draft),
        1 => Just((|_| Statement::Elapse(0)) as Draft),
    ];
    (draft, 0..4_u64)
}

/// Gives each draft its task, among those whose future is still held; without one it is left out.
fn resolve(drafts: Vec<((Draft, u64), usize)>) -> Vec<Statement> {
    let (mut made, mut held) = (0, Vec::new());
    // A timed wait may take the outcome: what comes after it must do without the future.
    let mut uncertain = Vec::new();
    let mut statements = Vec::new();
    for ((draft, time), pick) in drafts {
        use Statement::*;
        let needs_task = !matches!(
            draft(0),
            Make(Kind::Returns | Kind::Panics | Kind::Timed(_) | Kind::Pauses(_))
                | Make(Kind::WaitsForLight)
                | GoOn(_)
                | Elapse(_)
        );
        let needs_future = matches!(draft(0), Make(Kind::Maps(_) | Kind::WaitsFor(_)));
        let choices: Vec<usize> = match needs_future {
            true => held
                .iter()
                .copied()
                .filter(|task| !uncertain.contains(task))
                .collect(),
            false => held.clone(),
        };
        let task = match (needs_task, choices.len()) {
            (true, 0) => continue,
            (true, futures) => choices[pick % futures],
            (false, _) => 0,
        };
        let statement = match draft(task) {
            Make(Kind::Timed(_)) => Make(Kind::Timed(time)),
            Make(Kind::Pauses(_)) => Make(Kind::Pauses(time)),
            WaitTimeout(task, _) => WaitTimeout(task, time),
            GoOn(_) => GoOn(pick % 8),
            Elapse(_) => Elapse(time),
            statement => statement,
        };
        if let Make(Kind::Maps(task) | Kind::WaitsFor(task)) | Drop(task) | Wait(task) = statement {
            held.retain(|known| *known != task);
        }
        if let WaitTimeout(task, _) = statement {
            uncertain.push(task);
        }
        if let Make(_) = statement {
            held.push(made);
            made += 1;
        }
        statements.push(statement);
    }
    statements
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut made = 0;
        writeln!(f)?;
        for statement in &self.statements {
            if let Statement::Make(_) = statement {
                write!(f, "    #{made} = ")?;
                made += 1;
            } else {
                write!(f, "    ")?;
            }
            writeln!(f, "{statement:?}")?;
        }
        write!(f, "    {:?}", self.ending)
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Make(kind) => write!(f, "a task that {kind:?}"),
            Self::Cancel(task) => write!(f, "cancel #{task}"),
            Self::RequestCancel(task) => write!(f, "request cancel of #{task}"),
            Self::AddCallback(task) => write!(f, "add a callback to #{task}"),
            Self::Drop(task) => write!(f, "drop the future of #{task}"),
            Self::Wait(task) => write!(f, "wait for #{task}"),
            Self::WaitTimeout(task, time) => write!(f, "wait {time} ms for #{task}"),
            Self::GoOn(steps) => write!(f, "go on for {steps} steps"),
            Self::Elapse(time) => write!(f, "let {time} ms pass"),
        }
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returns => write!(f, "returns"),
            Self::Panics => write!(f, "panics"),
            Self::Timed(time) => write!(f, "starts within {time} ms"),
            Self::Pauses(time) => write!(f, "pauses for {time} ms"),
            Self::WaitsForLight => write!(f, "waits for the light"),
            Self::Maps(task) => write!(f, "maps #{task}"),
            Self::WaitsFor(task) => write!(f, "waits for #{task}"),
        }
    }
}

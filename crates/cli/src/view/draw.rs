//! A picture, drawn into a terminal of any size.

use creel_pipeline::{Health, Progress};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph, Row, Table};

use super::picture::{Camera, Gauge, Picture};
use crate::record::Status;
use crate::report::shown;

/// From this width on what is in flight stands beside what came of it.
const WIDE: u16 = 120;

/// Cameras that are shown in a terminal of the usual height.
const CAMERAS_MAX: usize = 8;

/// Sinks in trouble that are told of.
const SINKS_MAX: usize = 3;

const QUIET: Style = Style::new().add_modifier(Modifier::DIM);
const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);

/// Draws a picture; what matters most comes first, since a small terminal cuts the rest off.
pub(super) fn draw(frame: &mut Frame<'_>, picture: &Picture) {
    let cameras = picture.cameras.len().min(CAMERAS_MAX) as u16;
    let flow = flow(picture);
    let log = if frame.area().height >= 40 { 10 } else { 4 };
    let [title, sources, places, items, said] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(cameras + 2),
        Constraint::Length(flow.len() as u16 + 1),
        Constraint::Fill(1),
        Constraint::Length(log),
    ])
    .areas(frame.area());
    frame.render_widget(heading(picture, title), title);
    frame.render_widget(table_of_cameras(picture), sources);
    frame.render_widget(Paragraph::new(flow).block(part("flow")), places);
    let (flying, answers) = if items.width >= WIDE {
        let halves = [Constraint::Length(44), Constraint::Fill(1)];
        let [flying, answers] = Layout::horizontal(halves).spacing(2).areas(items);
        (flying, answers)
    } else {
        let parts = [Constraint::Fill(2), Constraint::Fill(3)];
        let [flying, answers] = Layout::vertical(parts).areas(items);
        (flying, answers)
    };
    frame.render_widget(table_in_flight(picture, flying), flying);
    frame.render_widget(table_of_answers(picture, answers), answers);
    frame.render_widget(log_lines(picture, said), said);
}

fn heading<'a>(picture: &'a Picture, area: Rect) -> Line<'a> {
    let (rate, elapsed) = (picture.rate, picture.elapsed.as_secs_f64());
    let clock = format!("{rate:.1} frames/s  {elapsed:.0} s  Ctrl-C ends");
    let room = usize::from(area.width).saturating_sub(clock.chars().count() + 2);
    let title: String = picture.title.chars().take(room).collect();
    let gap = room.saturating_sub(title.chars().count()) + 2;
    Line::from(vec![
        Span::styled(title, STRONG),
        Span::raw(" ".repeat(gap)),
        Span::styled(clock, QUIET),
    ])
}

fn part(title: &str) -> Block<'_> {
    Block::new()
        .borders(Borders::TOP)
        .border_style(QUIET)
        .title(Span::styled(format!(" {title} "), STRONG))
}

fn table_of_cameras(picture: &Picture) -> Table<'_> {
    let header = Row::new([
        "name", "health", "frames/s", "captured", "answered", "failed", "dropped", "lost",
    ]);
    let widths = [
        Constraint::Fill(1),
        Constraint::Length(20),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Length(6),
        Constraint::Length(7),
        Constraint::Length(5),
    ];
    Table::new(picture.cameras.iter().map(row_of_camera), widths)
        .header(header.style(QUIET))
        .block(part("cameras"))
}

fn row_of_camera(camera: &Camera) -> Row<'_> {
    let color = match camera.health {
        Health::Live | Health::Ended => Color::Green,
        Health::Opening => Color::Yellow,
        _ => Color::Red,
    };
    Row::new([
        Span::raw(&camera.name),
        Span::styled(health(camera.health), color),
        Span::raw(format!("{:.1}", camera.rate)),
        Span::raw(camera.captured.to_string()),
        Span::raw(camera.answered.to_string()),
        counted(camera.failed),
        counted(camera.dropped),
        counted(camera.lost),
    ])
}

/// How a camera is, in few words.
fn health(health: Health) -> String {
    match health {
        Health::Stalled { since } => format!("stalled {:.0} s", since.as_secs_f64()),
        Health::Reconnecting { since, .. } => {
            format!("reconnecting {:.0} s", since.as_secs_f64())
        }
        health => health.to_string(),
    }
}

/// A count of what should not be.
fn counted<'a>(count: u64) -> Span<'a> {
    let style = if count > 0 {
        Style::new().fg(Color::Red)
    } else {
        Style::new()
    };
    Span::styled(count.to_string(), style)
}

/// Where frames are, how long they take, and who holds them up.
fn flow(picture: &Picture) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = picture.gauges.iter().map(bar).collect();
    let [queued, running, answered] = picture.stages;
    lines.push(row(
        "futures",
        format!("{queued} queued, {running} running, {answered} answered and waiting for results"),
    ));
    lines.push(row("latency", picture.latency.clone()));
    lines.push(row("server", picture.server.clone()));
    let bottleneck = picture.bottleneck.as_deref().unwrap_or("not known yet");
    // Who it is and the figure, which together are too long for a small terminal.
    let (who, figure) = bottleneck.split_once(": ").unwrap_or((bottleneck, ""));
    lines.push(row("bottleneck", who.to_owned()));
    lines.push(row("", figure.to_owned()));
    let troubled = picture.sinks.iter().take(SINKS_MAX);
    lines.extend(troubled.map(|sink| row("results", sink.clone()).style(Color::Red)));
    lines
}

fn row<'a>(name: &'a str, told: String) -> Line<'a> {
    Line::from(vec![
        Span::styled(format!("{name:<13}"), QUIET),
        Span::raw(told),
    ])
}

/// How many letters a bar has.
const BAR: usize = 30;

fn bar(gauge: &Gauge) -> Line<'_> {
    let full = ((gauge.fill * BAR as f64).round() as usize).min(BAR);
    let color = match gauge.fill {
        fill if fill < 0.5 => Color::Green,
        fill if fill < 0.9 => Color::Yellow,
        _ => Color::Red,
    };
    Line::from(vec![
        Span::styled(format!("{:<13}", gauge.name), QUIET),
        Span::styled("█".repeat(full), color),
        Span::styled("░".repeat(BAR - full), QUIET),
        Span::raw(format!("  {}", gauge.told)),
    ])
}

fn table_in_flight(picture: &Picture, area: Rect) -> Table<'_> {
    let room = usize::from(area.height.saturating_sub(1));
    let rows = picture.in_flight.iter().take(room).map(|item| {
        let (stage, color) = match item.stage {
            Progress::Queued => ("queued", Color::Yellow),
            Progress::Running => ("running", Color::Cyan),
            Progress::Answered => ("answered", Color::Green),
        };
        Row::new([
            Span::raw(format!("{} {}", item.source, item.place)),
            Span::styled(stage, color),
            Span::raw(shown(item.since)),
            Span::raw(format!("age {}", shown(item.age))),
        ])
    });
    let widths = [
        Constraint::Fill(1),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Length(12),
    ];
    Table::new(rows, widths).block(part("in flight, oldest first"))
}

fn table_of_answers(picture: &Picture, area: Rect) -> Table<'_> {
    let room = usize::from(area.height.saturating_sub(1));
    let rows = picture.answers.iter().take(room).map(|glimpse| {
        let (status, color) = match glimpse.status {
            Status::Answered => ("answered", Color::Green),
            Status::Failed => ("failed", Color::Red),
            Status::Dropped => ("dropped", Color::Yellow),
        };
        Row::new([
            Span::raw(&glimpse.key),
            Span::styled(status, color),
            Span::raw(glimpse.latency.map(shown).unwrap_or_default()),
            Span::raw(&glimpse.said),
        ])
    });
    let widths = [
        Constraint::Length(16),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Fill(1),
    ];
    Table::new(rows, widths).block(part("results, latest first"))
}

fn log_lines(picture: &Picture, area: Rect) -> Paragraph<'_> {
    let room = usize::from(area.height.saturating_sub(1));
    let width = usize::from(area.width.max(1));
    let rows: Vec<String> = picture
        .log
        .iter()
        .flat_map(|line| folded(&plain(line), width))
        .collect();
    let first = rows.len().saturating_sub(room);
    let lines: Vec<Line<'_>> = rows.into_iter().skip(first).map(Line::raw).collect();
    Paragraph::new(lines).block(part("log"))
}

/// A line without the marks that color it.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        let rest = part.trim_start_matches(|char: char| char.is_ascii_digit() || char == ';');
        plain
            + rest
                .strip_prefix(|char: char| char.is_ascii_alphabetic())
                .unwrap_or(rest)
    })
}

/// A line in rows of so many letters.
fn folded(line: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    letters
        .chunks(width)
        .map(|row| row.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests;

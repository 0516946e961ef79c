//! The plot: what each peer takes beside what Creel takes, a row for each workload.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, IntoFont, RGBColor, TextStyle};

use crate::report::{Report, Series};
use crate::workload::{CREEL, DIAGNOSED, LIMIT};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// The peers in the order of the legend, each with its colour; whoever is not among them is not drawn.
const COLOURS: [(&str, RGBColor); 18] = [
    ("forte", RGBColor(31, 119, 180)),
    ("rayon", RGBColor(214, 39, 40)),
    ("rayon scope", RGBColor(255, 152, 150)),
    ("chili", RGBColor(148, 103, 189)),
    ("crossbeam-channel", RGBColor(44, 160, 44)),
    ("threadpool", RGBColor(152, 223, 138)),
    ("rusty_pool", RGBColor(140, 86, 75)),
    ("tokio", RGBColor(255, 127, 14)),
    ("tokio spawn_blocking", RGBColor(255, 187, 120)),
    ("async-executor", RGBColor(23, 190, 207)),
    ("blocking", RGBColor(227, 119, 194)),
    ("std scope, index", RGBColor(188, 189, 34)),
    ("ureq", RGBColor(0, 128, 128)),
    ("hyper", RGBColor(255, 99, 71)),
    ("reqwest", RGBColor(199, 21, 133)),
    ("Python", RGBColor(60, 60, 60)),
    ("Java ThreadPoolExecutor", RGBColor(110, 118, 180)),
    ("Java ForkJoinPool", RGBColor(57, 59, 121)),
];

const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(215, 215, 215);
const CREEL_INK: RGBColor = RGBColor(0, 0, 0);

/// What a row is high, and what stands around the rows.
const ROW: i32 = 32;
const TOP: i32 = 64;
const BOTTOM: i32 = 52;
const LEFT: i32 = 56;
const PANEL: i32 = 470;
const GAP: i32 = 64;
const LEGEND: i32 = 190;

/// The ratios at both ends; what lies beyond is drawn at the end, as an arrow.
const LEAST: f64 = 1.0 / 16.0;
const MOST: f64 = 32.0;
/// Where the scale is named.
const TICKS: [(f64, &str); 10] = [
    (1.0 / 16.0, "1/16"),
    (1.0 / 8.0, "1/8"),
    (1.0 / 4.0, "1/4"),
    (1.0 / 2.0, "1/2"),
    (1.0, "1"),
    (2.0, "2"),
    (4.0, "4"),
    (8.0, "8"),
    (16.0, "16"),
    (32.0, "32"),
];

/// One row: a workload, and what the peers take of what Creel takes.
struct Row<'a> {
    workload: &'a str,
    ratios: Vec<(&'a str, f64)>,
}

/// Draws the report, a panel for each allocator.
pub(crate) fn draw(report: &Report, path: &Path) -> Result<()> {
    let panels: Vec<_> = report
        .allocators()
        .into_iter()
        .map(|allocator| {
            let rows: Vec<_> = report
                .played
                .iter()
                .filter(|series| series.allocator == allocator)
                .filter_map(row)
                .collect();
            (format!("on {allocator}"), rows)
        })
        .collect();
    let mut svg = String::new();
    paint(&mut svg, &panels).map_err(|error| anyhow!("the plot cannot be drawn: {error}"))?;
    fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))
}

/// `None` where Creel has not played, or takes nothing at all.
fn row(series: &Series) -> Option<Row<'_>> {
    let summaries = series.summaries();
    let creel = summaries.iter().find(|summary| summary.peer == CREEL)?;
    if creel.median <= 0.0 {
        return None;
    }
    Some(Row {
        workload: &series.workload,
        ratios: summaries
            .iter()
            .map(|summary| (summary.peer.as_str(), summary.median / creel.median))
            .collect(),
    })
}

fn paint<'a>(svg: &'a mut String, panels: &[(String, Vec<Row<'_>>)]) -> Drawn<'a> {
    let rows = panels.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0) as i32;
    let legend = legend(panels);
    let legend_rows = legend.len() as i32 + 3;
    let height = TOP + (rows * ROW).max(legend_rows * 20) + BOTTOM;
    let width = LEFT + panels.len() as i32 * (PANEL + GAP) + LEGEND;
    let area = SVGBackend::with_string(svg, (width as u32, height as u32)).into_drawing_area();
    area.fill(&RGBColor(255, 255, 255))?;
    write(
        &area,
        "What each peer takes, Creel = 1: right of the line it takes more",
        (LEFT, 24),
        &font(17, FontStyle::Bold),
        HPos::Left,
    )?;
    for (index, (title, rows)) in panels.iter().enumerate() {
        let left = LEFT + index as i32 * (PANEL + GAP);
        paint_panel(&area, left, title, rows)?;
    }
    paint_legend(&area, LEFT + panels.len() as i32 * (PANEL + GAP), &legend)?;
    area.present()
}

fn paint_panel<'a>(area: &Area<'a>, left: i32, title: &str, rows: &[Row<'_>]) -> Drawn<'a> {
    let bottom = TOP + rows.len() as i32 * ROW;
    write(
        area,
        title,
        (left, 48),
        &font(14, FontStyle::Bold),
        HPos::Left,
    )?;
    for (ratio, name) in TICKS {
        let x = left + offset(ratio);
        area.draw(&PathElement::new([(x, TOP), (x, bottom)], FAINT))?;
        write(
            area,
            name,
            (x, bottom + 14),
            &font(12, FontStyle::Normal),
            HPos::Center,
        )?;
    }
    for (index, row) in rows.iter().enumerate() {
        let y = TOP + index as i32 * ROW + ROW / 2;
        area.draw(&PathElement::new([(left, y), (left + PANEL, y)], FAINT))?;
        write(
            area,
            row.workload,
            (left - 8, y),
            &font(13, FontStyle::Bold),
            HPos::Right,
        )?;
    }
    let one = left + offset(1.0);
    area.draw(&PathElement::new(
        [(one, TOP - 4), (one, bottom)],
        CREEL_INK.stroke_width(3),
    ))?;
    for (index, row) in rows.iter().enumerate() {
        let y = TOP + index as i32 * ROW + ROW / 2;
        for (peer, ratio) in &row.ratios {
            paint_mark(area, left, y, peer, *ratio)?;
        }
    }
    write(
        area,
        "times what Creel takes",
        (left + PANEL / 2, bottom + 34),
        &font(12, FontStyle::Normal),
        HPos::Center,
    )
}

/// A dot for a peer, a bar for the limit, a ring for Creel with everything measured.
fn paint_mark<'a>(area: &Area<'a>, left: i32, y: i32, peer: &str, ratio: f64) -> Drawn<'a> {
    let x = left + offset(ratio.clamp(LEAST, MOST));
    match peer {
        LIMIT => area.draw(&PathElement::new(
            [(x, y - 9), (x, y + 9)],
            INK.stroke_width(2),
        )),
        DIAGNOSED => area.draw(&Circle::new((x, y), 5, CREEL_INK.stroke_width(2))),
        _ => match colour(peer) {
            Some(colour) if ratio > MOST => area.draw(&arrow(x, y, 7, colour)),
            Some(colour) if ratio < LEAST => area.draw(&arrow(x, y, -7, colour)),
            Some(colour) => area.draw(&Circle::new((x, y), 5, colour.mix(0.85).filled())),
            None => Ok(()),
        },
    }
}

fn paint_legend<'a>(area: &Area<'a>, left: i32, peers: &[&str]) -> Drawn<'a> {
    let small = font(13, FontStyle::Normal);
    let mut y = TOP + 4;
    let mut line = |name: &str| {
        let here = y;
        y += 20;
        write(area, name, (left + 22, here), &small, HPos::Left).map(|()| here)
    };
    let here = line("Creel")?;
    area.draw(&PathElement::new(
        [(left + 8, here - 8), (left + 8, here + 8)],
        CREEL_INK.stroke_width(3),
    ))?;
    let here = line("Creel, diagnostics")?;
    paint_mark(area, left + 8 - offset(1.0), here, DIAGNOSED, 1.0)?;
    let here = line("limit of the machine")?;
    paint_mark(area, left + 8 - offset(1.0), here, LIMIT, 1.0)?;
    for name in peers {
        let here = line(name)?;
        paint_mark(area, left + 8 - offset(1.0), here, name, 1.0)?;
    }
    Ok(())
}

/// The peers that have a dot somewhere.
fn legend(panels: &[(String, Vec<Row<'_>>)]) -> Vec<&'static str> {
    let rows = || panels.iter().flat_map(|(_, rows)| rows);
    let plays = |name: &str| {
        let mut ratios = rows().flat_map(|row| &row.ratios);
        ratios.any(|(peer, _)| *peer == name)
    };
    let names = COLOURS.iter().map(|(name, _)| *name);
    names.filter(|name| plays(name)).collect()
}

fn arrow(x: i32, y: i32, reach: i32, colour: RGBColor) -> Polygon<(i32, i32)> {
    Polygon::new(
        [(x, y - 5), (x + reach, y), (x, y + 5)],
        colour.mix(0.85).filled(),
    )
}

fn colour(peer: &str) -> Option<RGBColor> {
    COLOURS
        .iter()
        .find(|(name, _)| *name == peer)
        .map(|(_, colour)| *colour)
}

/// How far to the right a ratio lies, on a scale of powers.
fn offset(ratio: f64) -> i32 {
    let whole = (MOST / LEAST).log2();
    ((ratio / LEAST).log2() / whole * f64::from(PANEL)).round() as i32
}

fn font(size: u32, style: FontStyle) -> FontDesc<'static> {
    FontDesc::new(FontFamily::SansSerif, f64::from(size), style)
}

fn write<'a>(
    area: &Area<'a>,
    text: &str,
    at: (i32, i32),
    font: &FontDesc<'static>,
    side: HPos,
) -> Drawn<'a> {
    let style = TextStyle::from(font.clone().into_font())
        .color(&INK)
        .pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(text.to_owned(), at, style))
}

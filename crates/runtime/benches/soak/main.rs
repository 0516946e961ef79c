//! The soak: what the pool promises, millions of times over and for minutes.
//!
//! `cargo xtask soak` builds it optimized and plays every scene. Without the name of a scene it only lists them, so
//! that commands which run every bench of a package do not run this one.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "figures are what this program is for"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a scene that cannot go on has failed, and says where"
)]

mod scene;
mod setting;

mod cancels;
mod dags;
mod groups;
mod growth;
mod idle;
mod keep_alive;
mod panics;
mod room;
mod shutdowns;
mod spares;
mod timers;

mod attendance;
mod contest;
mod held;
mod process;
mod suspension;
mod watch;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use scene::Scene;
use setting::Setting;
use watch::Watch;

const SCENES: [Scene; 11] = [
    keep_alive::SCENE,
    cancels::SCENE,
    dags::SCENE,
    panics::SCENE,
    spares::SCENE,
    shutdowns::SCENE,
    room::SCENE,
    groups::SCENE,
    timers::SCENE,
    growth::SCENE,
    idle::SCENE,
];

fn main() -> ExitCode {
    let order = match Order::read(env::args().skip(1)) {
        Ok(order) => order,
        Err(complaint) => {
            eprintln!("error: {complaint}");
            return ExitCode::from(2);
        }
    };
    if order.scenes.is_empty() {
        println!("usage: soak SCENE… | all [--quick] [--seed NUMBER]\n");
        for scene in &SCENES {
            println!("{:<12}{}", scene.name, scene.claim);
        }
        return ExitCode::SUCCESS;
    }
    let started = Instant::now();
    let setting = Setting {
        quick: order.quick,
        seed: order.seed,
        watch: Watch::start(),
    };
    println!("seed {}", setting.seed);
    let failed: Vec<_> = order
        .scenes
        .iter()
        .filter(|scene| !scene.perform(&setting))
        .map(|scene| scene.name)
        .collect();
    let took = started.elapsed().as_secs_f64();
    if failed.is_empty() {
        println!("soak ok: {} scenes in {took:.0} s", order.scenes.len());
        ExitCode::SUCCESS
    } else {
        println!(
            "soak FAILED: {} of {} scenes in {took:.0} s: {}; the seed was {}",
            failed.len(),
            order.scenes.len(),
            failed.join(", "),
            setting.seed,
        );
        ExitCode::FAILURE
    }
}

/// What the command line asks for.
struct Order {
    scenes: Vec<&'static Scene>,
    quick: bool,
    seed: u64,
}

impl Order {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut order = Self {
            scenes: Vec::new(),
            quick: false,
            seed: fastrand::u64(..),
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => order.quick = true,
                "--seed" => {
                    let seed = arguments.next().and_then(|seed| seed.parse().ok());
                    order.seed = seed.ok_or("--seed takes a number")?;
                }
                // What `cargo bench` says to every bench.
                "--bench" => {}
                "all" => order.scenes = SCENES.iter().collect(),
                name => {
                    let scene = SCENES.iter().find(|scene| scene.name == name);
                    let names = SCENES.map(|scene| scene.name).join(", ");
                    let scene = scene.ok_or_else(|| {
                        format!("there is no scene `{name}`, only {names}; `all` plays each")
                    })?;
                    order.scenes.push(scene);
                }
            }
        }
        Ok(order)
    }
}

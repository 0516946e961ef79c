//! `cargo xtask streams`: network cameras against real servers that are killed, frozen and started again.

mod follower;
mod resources;
mod scene;
mod server;

use anyhow::{Context, Result};
use clap::Args;

use crate::artifacts;
use crate::debian;
use crate::workspace::Workspace;
use scene::{Scene, Stage};

/// What the servers, and the decoder, are made of.
const PACKAGES: [&str; 8] = [
    "ffmpeg",
    "g++",
    "python3-gi",
    "gir1.2-gst-rtsp-server-1.0",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-plugins-ugly",
];

/// What is built in for it.
const FEATURES: &str = "mjpeg,tls,rtsp,h264,ffmpeg";

/// How often.
#[derive(Args)]
pub(crate) struct Streams {
    /// How often each server is killed and started again.
    #[arg(long, default_value = "100")]
    cycles: usize,
    /// The scenes to play; all when none is named.
    #[arg(value_name = "SCENE", value_parser = Scene::names())]
    scenes: Vec<String>,
}

impl Streams {
    /// Installs what is missing, builds the example that follows a camera, and plays the scenes; true when all held.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        debian::install(&PACKAGES)?;
        let mut build = workspace.cargo();
        build.args(["build", "--package", "creel-camera-source"]);
        build.args(["--example", "follow", "--features", FEATURES]);
        let follower = artifacts::build(&mut build)?
            .into_iter()
            .find_map(|artifact| artifact.executable)
            .context("the build made no example")?;
        let folder = workspace.target().join("xtask/streams");
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let stage = Stage {
            follower: follower.into(),
            folder,
            script: workspace.root().join("xtask/src/streams/rtsp-server.py"),
            cycles: self.cycles,
        };
        let mut verdicts = Vec::new();
        for scene in Scene::ALL {
            if !self.scenes.is_empty() && !self.scenes.iter().any(|name| name == scene.name()) {
                continue;
            }
            println!("==> {}", scene.title());
            let verdict = scene.play(&stage);
            match &verdict {
                Ok(told) => println!("    held: {told}"),
                Err(error) => println!("    FAILED: {error:#}"),
            }
            verdicts.push((scene, verdict));
        }
        println!("\n==> summary");
        for (scene, verdict) in &verdicts {
            match verdict {
                Ok(told) => println!("held    {}: {told}", scene.title()),
                Err(error) => println!("FAILED  {}: {error:#}", scene.title()),
            }
        }
        let failed = verdicts.iter().filter(|(_, verdict)| verdict.is_err());
        let failed = failed.count();
        println!("{} scenes, {failed} failed", verdicts.len());
        Ok(failed == 0)
    }
}

//! What is spoken with the server.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use creel_protocols::Secret;
use creel_protocols::oip::Datatype;
use serde_json::Value;

use super::name_of;

/// What is spoken with the server.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What it speaks")]
pub(crate) struct Speaking {
    /// What the server speaks
    #[arg(long, value_name = "PROTOCOL", default_value = "auto")]
    pub(crate) protocol: Speech,
    /// What the model is to do: `chat` or `embeddings` for openai, a path such as `instance_segmentation` for roboflow
    #[arg(long, value_name = "TASK", hide_short_help = true)]
    pub(crate) task: Option<String>,
    /// The name of the model's input, where the server does not tell it; for multipart the name of the file's field
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub(crate) input_name: Option<String>,
    /// What the input is sent as, such as FP32 or UINT8, where the server does not tell it
    #[arg(long, value_name = "TYPE", hide_short_help = true)]
    pub(crate) datatype: Option<Datatype>,
    /// How tensors are sent by oip; `auto` falls back to JSON where the server breaks on binary ones
    #[arg(
        long,
        value_name = "FORM",
        default_value = "auto",
        hide_short_help = true
    )]
    pub(crate) tensors: Tensors,
    /// What a chat is about, said before each prompt by the system
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub(crate) system: Option<String>,
    /// What a chat is asked of each picture, or before each prompt
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub(crate) prompt: Option<String>,
    /// Show what a chat answers, word by word as it comes
    #[arg(long, hide_short_help = true)]
    pub(crate) stream: bool,
    /// A parameter that goes along with each request, such as `max_tokens=100` or `confidence=0.4`; repeatable
    ///
    /// The value is JSON; what is no JSON is a string.
    #[arg(
        long = "parameter",
        value_name = "KEY=VALUE",
        value_parser = parameter,
        hide_short_help = true
    )]
    pub(crate) parameters: Vec<(String, Value)>,
    /// The key that a Roboflow server fetches the model with
    #[arg(
        long,
        value_name = "KEY",
        env = "ROBOFLOW_API_KEY",
        hide_env_values = true,
        hide_short_help = true
    )]
    pub(crate) roboflow_key: Option<Secret>,
}

impl Speaking {
    /// What was said, by the option that says it; a key changes no answer, and is left out.
    pub(crate) fn said(&self) -> BTreeMap<String, String> {
        let parameters = self.parameters.iter().map(|(name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{name}={value}")
        });
        let parameters: Vec<_> = parameters.collect();
        let said = [
            ("--protocol", Some(name_of(self.protocol))),
            ("--task", self.task.clone()),
            ("--input-name", self.input_name.clone()),
            (
                "--datatype",
                self.datatype.map(|datatype| datatype.to_string()),
            ),
            (
                "--tensors",
                Some(name_of(self.tensors)).filter(|form| form != "auto"),
            ),
            ("--system", self.system.clone()),
            ("--prompt", self.prompt.clone()),
            (
                "--parameter",
                Some(parameters.join(" ")).filter(|said| !said.is_empty()),
            ),
        ];
        said.into_iter()
            .filter_map(|(option, said)| Some((option.to_owned(), said?)))
            .collect()
    }
}

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Speech {
    /// Whatever of these the server tells that it speaks when it is asked
    Auto,
    /// The Open Inference Protocol, version 2 (KServe, Triton, MLServer, OpenVINO)
    Oip,
    /// OpenAI's chat and embeddings (vLLM, llama.cpp, Ollama, LM Studio, hosted ones)
    Openai,
    /// TensorFlow Serving's REST interface
    Tf,
    /// A form with the picture or text as its one file, to the URL itself (LitServe)
    Multipart,
    /// A plain POST of the picture or text to the URL itself
    Raw,
    /// Roboflow's inference server
    Roboflow,
}

/// How tensors are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tensors {
    /// In binary, and in JSON where the server does not understand that
    Auto,
    /// In JSON
    Json,
    /// In binary, behind the JSON
    Binary,
}

fn parameter(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| "a parameter is KEY=VALUE, as in max_tokens=100".to_owned())?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

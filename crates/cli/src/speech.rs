//! The protocol that was asked for, with what was said about it.

use anyhow::{Result, bail};
use creel_protocols::openai::{Chat, Embeddings};
use creel_protocols::{Multipart, OpenInference, Protocol, Raw, Roboflow, TensorFlow};
use serde_json::{Map, Value};

use crate::arguments::{Speaking, Speech};
use crate::usage::WrongUsage;

/// The protocol in which `model` is asked, with what was said about it.
///
/// # Errors
/// [`WrongUsage`] when something was said that the protocol knows nothing of.
pub(crate) fn protocol(speaking: &Speaking, model: Option<&str>) -> Result<Protocol> {
    check(speaking, model)?;
    let name = model.unwrap_or_default();
    Ok(match speaking.protocol {
        Speech::Oip => open_inference(speaking, name).into(),
        Speech::Openai if speaking.task.as_deref() == Some("embeddings") => Embeddings::new(name)
            .with_parameters(parameters(speaking))
            .into(),
        Speech::Openai => chat(speaking, name).into(),
        Speech::Tf => tensorflow(speaking, name).into(),
        Speech::Multipart => multipart(speaking).into(),
        Speech::Raw => Raw.into(),
        Speech::Roboflow => roboflow(speaking, name).into(),
    })
}

fn check(speaking: &Speaking, model: Option<&str>) -> Result<()> {
    let task = speaking.task.as_deref();
    let is_chat = speaking.protocol == Speech::Openai && task != Some("embeddings");
    if !is_chat && (speaking.system.is_some() || speaking.prompt.is_some()) {
        bail!(WrongUsage(
            "--system and --prompt are said in a chat: --protocol openai"
        ));
    }
    match (speaking.protocol, model) {
        (Speech::Oip | Speech::Tf | Speech::Roboflow, None) => bail!(WrongUsage(
            "--model is needed with --server: a server may have several"
        )),
        (Speech::Raw | Speech::Multipart, Some(_)) => bail!(WrongUsage(
            "--model says nothing with --protocol raw and multipart: the URL of --server is the model's own"
        )),
        _ => {}
    }
    match (speaking.protocol, task) {
        (_, None) | (Speech::Roboflow, _) => Ok(()),
        (Speech::Openai, Some("chat" | "embeddings")) => Ok(()),
        (Speech::Openai, _) => bail!(WrongUsage(
            "--task is chat or embeddings with --protocol openai"
        )),
        _ => bail!(WrongUsage(
            "--task is for --protocol openai and roboflow; other protocols ask a model for what it does"
        )),
    }
}

fn parameters(speaking: &Speaking) -> Map<String, Value> {
    speaking.parameters.iter().cloned().collect()
}

fn open_inference(speaking: &Speaking, model: &str) -> OpenInference {
    let mut protocol = OpenInference::new(model).with_parameters(parameters(speaking));
    if let Some(name) = &speaking.input_name {
        protocol = protocol.with_input(name);
    }
    if let Some(datatype) = speaking.datatype {
        protocol = protocol.with_datatype(datatype);
    }
    protocol
}

fn chat(speaking: &Speaking, model: &str) -> Chat {
    let mut protocol = Chat::new(model).with_parameters(parameters(speaking));
    if let Some(text) = &speaking.system {
        protocol = protocol.with_system(text);
    }
    if let Some(text) = &speaking.prompt {
        protocol = protocol.with_prompt(text);
    }
    protocol
}

fn tensorflow(speaking: &Speaking, model: &str) -> TensorFlow {
    let mut protocol = TensorFlow::new(model).with_parameters(parameters(speaking));
    if let Some(name) = &speaking.input_name {
        protocol = protocol.with_input(name);
    }
    if let Some(datatype) = speaking.datatype {
        protocol = protocol.with_datatype(datatype);
    }
    protocol
}

fn multipart(speaking: &Speaking) -> Multipart {
    let protocol = Multipart::new().with_parameters(parameters(speaking));
    match &speaking.input_name {
        Some(name) => protocol.with_field(name),
        None => protocol,
    }
}

fn roboflow(speaking: &Speaking, model: &str) -> Roboflow {
    let mut protocol = Roboflow::new(model).with_parameters(parameters(speaking));
    if let Some(task) = &speaking.task {
        protocol = protocol.with_task(task);
    }
    if let Some(key) = &speaking.roboflow_key {
        protocol = protocol.with_api_key(key.clone());
    }
    protocol
}

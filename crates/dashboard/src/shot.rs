//! What a page gets of a picture: the picture and what is drawn over it, in one piece, so that they always belong together.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;

use crate::easel::{Answer, Shot};
use crate::marks::Marks;

/// What stands before the bytes of a picture, as JSON.
#[derive(Debug, Serialize)]
struct Head {
    number: u64,
    width: usize,
    height: usize,
    media_type: &'static str,
    /// Whether there is an answer.
    is_answered: bool,
    /// Why there is none.
    failure: Option<String>,
    #[serde(flatten)]
    marks: Marks,
}

/// The length of a head in JSON as four bytes, the lowest first; the head; the picture. `None` if it cannot be shown.
///
/// It is made once for all who ask, on a thread that may take its time.
pub(crate) async fn framed(shot: &Arc<Shot>) -> Option<Bytes> {
    let framed = shot.framed.get_or_init(|| async {
        let shot = Arc::clone(shot);
        let made = tokio::task::spawn_blocking(move || frame(&shot)).await;
        made.ok().flatten()
    });
    framed.await.clone()
}

/// The media type of a picture, and its bytes.
pub(crate) async fn picture(shot: &Arc<Shot>) -> Option<(&'static str, Bytes)> {
    framed(shot).await?;
    let bytes = shot.picture.bytes()?;
    Some((media_type(&bytes), bytes))
}

fn frame(shot: &Shot) -> Option<Bytes> {
    let picture = shot.picture.bytes()?;
    let size = imagesize::blob_size(&picture)
        .inspect_err(|error| tracing::debug!(%error, "a picture cannot be shown"))
        .ok()?;
    let (failure, marks) = match &shot.answer {
        Some(Answer::Outputs(outputs)) => {
            let (width, height) = (size.width as u32, size.height as u32);
            (None, Marks::of(outputs, width, height))
        }
        Some(Answer::Failed(reason)) => (Some(reason.clone()), Marks::default()),
        None => (None, Marks::default()),
    };
    let head = Head {
        number: shot.picture.number,
        width: size.width,
        height: size.height,
        media_type: media_type(&picture),
        is_answered: matches!(shot.answer, Some(Answer::Outputs(_))),
        failure,
        marks,
    };
    let head = serde_json::to_vec(&head).ok()?;
    let mut framed = BytesMut::with_capacity(4 + head.len() + picture.len());
    framed.put_u32_le(u32::try_from(head.len()).ok()?);
    framed.put_slice(&head);
    framed.put_slice(&picture);
    Some(framed.freeze())
}

fn media_type(picture: &[u8]) -> &'static str {
    match picture {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'G', b'I', b'F', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', ..] => "image/webp",
        _ => "image/jpeg",
    }
}

//! `Content` of the language as content of MCP.
use quater_ir::operation::Operation;
use quater_ir::{Id, Program};
use rmcp::model::{ContentBlock, PromptMessage, ResourceContents, Role};
use serde::Deserialize;

/// What an agent is shown, as an answer has it.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
pub(super) enum Content {
    Text {
        text: String,
    },
    Image {
        data: String,
        #[serde(rename = "type")]
        media: String,
    },
    Audio {
        data: String,
        #[serde(rename = "type")]
        media: String,
    },
    Document {
        uri: String,
        #[serde(rename = "type")]
        media: String,
        text: String,
    },
    Binary {
        uri: String,
        #[serde(rename = "type")]
        media: String,
        data: String,
    },
}

/// One, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Shown {
    One(Content),
    Many(Vec<Content>),
}

/// Whether the output of an operation is shown.
pub(super) fn shows(program: &Program, operation: Id<Operation>) -> bool {
    let output = program.operations[operation].output.as_ref();
    output.is_some_and(|output| output.is_content(&program.unions))
}

/// What an output says that is shown.
pub(super) fn read(output: &[u8]) -> serde_json::Result<Vec<Content>> {
    Ok(match serde_json::from_slice(output)? {
        Shown::One(content) => vec![content],
        Shown::Many(contents) => contents,
    })
}

impl Content {
    /// As the answer of a tool, or in a message.
    pub(super) fn block(self) -> ContentBlock {
        match self {
            Self::Text { text } => ContentBlock::text(text),
            Self::Image { data, media } => ContentBlock::image(data, media),
            Self::Audio { data, media } => ContentBlock::audio(data, media),
            Self::Document { uri, media, text } => {
                ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(media))
            }
            Self::Binary { uri, media, data } => {
                ContentBlock::resource(ResourceContents::blob(data, uri).with_mime_type(media))
            }
        }
    }

    /// As a part of a resource; what has no address of its own has that of the resource.
    pub(super) fn resource(self, of: &str) -> ResourceContents {
        match self {
            Self::Text { text } => ResourceContents::text(text, of),
            Self::Image { data, media } | Self::Audio { data, media } => {
                ResourceContents::blob(data, of).with_mime_type(media)
            }
            Self::Document { uri, media, text } => ResourceContents::text(text, uri).with_mime_type(media),
            Self::Binary { uri, media, data } => ResourceContents::blob(data, uri).with_mime_type(media),
        }
    }

    /// As what the user is taken to say.
    pub(super) fn message(self) -> PromptMessage {
        PromptMessage::new(Role::User, self.block())
    }
}

//! Small files inside JSON: `{ "name": "a.png", "type": "image/png", "data": "…" }`, with the bytes as base64.
use super::Intake;
use crate::call::{Parts, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use quater_ir::operation::Input;
use quater_ir::types::FileRules;
use serde_json::{Map, Value as Json};

/// The member that holds the bytes.
const DATA: &str = "data";

impl<'a> Intake<'a> {
    /// Takes out of the inputs of a call every file that is there with its bytes. Whatever else stands for a file is
    /// left, and refused with the other inputs.
    pub(crate) async fn inline(
        self,
        inputs: &mut Map<String, Json>,
        parts: &mut Parts,
    ) -> Result<(), Refusal> {
        for input in &self.operation.inputs {
            let Some((input, rules)) = self.input(&input.name) else { continue };
            let whole = |given: &Json| given.get(DATA).is_some_and(Json::is_string);
            if inputs.get(input.name.as_str()).is_some_and(whole)
                && let Some(Json::Object(given)) = inputs.remove(input.name.as_str())
            {
                let taken = self.one((input, rules), &given).await;
                match taken {
                    Ok(file) => parts.add_file(&input.name, file),
                    Err(refusal) => {
                        parts.files().for_each(|file| self.files.remove(file));
                        return Err(refusal);
                    }
                }
            }
        }
        Ok(())
    }

    async fn one(
        self,
        (input, rules): (&'a Input, &'a FileRules),
        given: &Map<String, Json>,
    ) -> Result<std::sync::Arc<crate::value::File>, Refusal> {
        let text = |name: &str| given.get(name).and_then(Json::as_str).unwrap_or_default();
        if let Some(stranger) = given.keys().find(|name| !["name", "type", DATA].contains(&name.as_str())) {
            return Err(Refusal::about(
                &input.name,
                "unknown",
                format!("`{stranger}` is no member of a file"),
            ));
        }
        let bytes = STANDARD.decode(text(DATA));
        let bytes = bytes.map_err(|_| Refusal::about(&input.name, "encoding", "`data` is not base64"))?;
        let mut incoming = self.begin((input, rules), text("type")).await?;
        incoming.take(&Bytes::from(bytes)).await?;
        incoming.end(text("name")).await
    }
}

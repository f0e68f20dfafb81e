//! Files that come with a call: what an operation takes, whichever door brings it.
use super::Files;
use super::receive::{Receiving, Untaken};
use crate::call::{Answer, Ending, Refusal};
use crate::value::File;
use bytes::Bytes;
use quater_ir::Program;
use quater_ir::fault::{TOO_LARGE, UNAVAILABLE};
use quater_ir::operation::{Input, Operation};
use quater_ir::types::{FileRules, Type};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Where the files of a call go.
#[derive(Clone, Copy)]
pub(crate) struct Intake<'a> {
    pub(crate) files: &'a Files,
    pub(crate) program: &'a Program,
    pub(crate) operation: &'a Operation,
}

/// A file of a call that is being received.
pub(crate) struct Incoming<'a> {
    of: Intake<'a>,
    input: &'a Input,
    receiving: Receiving<'a>,
}

/// What a file must be like.
pub(crate) fn rules(ty: &Type) -> Option<&FileRules> {
    if let Type::File(rules) = ty.required() { Some(rules) } else { None }
}

impl<'a> Intake<'a> {
    /// The input of a name, if it is a file.
    pub(crate) fn input(&self, name: &str) -> Option<(&'a Input, &'a FileRules)> {
        let input = self.operation.inputs.iter().find(|it| it.name == name)?;
        Some((input, rules(&input.ty)?))
    }

    /// Most bytes of a file.
    pub(crate) fn most(&self, rules: &FileRules) -> u64 {
        rules.max.unwrap_or(self.program.service.upload_limit)
    }

    /// Begins to take a file of a media type, as its sender says.
    pub(crate) async fn begin(
        self,
        (input, rules): (&'a Input, &'a FileRules),
        media: &str,
    ) -> Result<Incoming<'a>, Refusal> {
        let receiving = self.files.receive(media, rules, self.most(rules)).await;
        let receiving = receiving.map_err(|untaken| self.told(input, untaken))?;
        Ok(Incoming { of: self, input, receiving })
    }

    /// What the caller is told of a file that is not taken.
    pub(crate) fn told(&self, input: &Input, untaken: Untaken) -> Refusal {
        match untaken {
            Untaken::TooLarge(most) => {
                Refusal::saying(TOO_LARGE, format!("`{}` has more than {most} bytes", input.name))
            }
            Untaken::OtherType(media) => {
                let wanted = rules(&input.ty).map_or_else(String::new, |rules| rules.media.join(", "));
                let message = format!("is `{media}`, and must be one of {wanted}");
                Refusal::about(&input.name, "media", message)
            }
            Untaken::Unkept(error) => {
                tracing::error!(%error, "an upload cannot be stored");
                Refusal::plain(self.program, UNAVAILABLE)
            }
        }
    }
}

impl Incoming<'_> {
    /// Takes the next bytes.
    pub(crate) async fn take(&mut self, bytes: &Bytes) -> Result<(), Refusal> {
        self.receiving.take(bytes).await.map_err(|untaken| self.of.told(self.input, untaken))
    }

    /// The file, now that it is whole.
    pub(crate) async fn end(self, name: &str) -> Result<Arc<File>, Refusal> {
        let (of, input) = (self.of, self.input);
        self.receiving.end(name).await.map_err(|untaken| of.told(input, untaken))
    }
}

impl Files {
    /// Removes what no row keeps, where it is known what came of the call; else it is found later.
    pub(crate) fn settle(&self, taken: &[Arc<File>], ended: &Result<Answer, Refusal>) {
        let lost = |file: &&Arc<File>| match ended {
            Ok(answer) => answer.ending == Ending::DryRun || !file.kept.load(Ordering::Relaxed),
            Err(refusal) => refusal.fault != UNAVAILABLE,
        };
        taken.iter().filter(lost).for_each(|file| self.remove(file));
    }
}

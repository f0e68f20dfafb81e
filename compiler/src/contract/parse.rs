//! A contract read back: exactly what `print` writes, or one reason why not.
use super::{Contract, FORMAT, Member, OLDEST, Shape, print};
use smol_str::SmolStr;
use std::fmt;

/// Why a text is no contract that can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not of the form.
    Broken {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// It is of a form that another version of the compiler writes.
    Version {
        /// The form.
        found: u64,
    },
    /// It is of the form, and not as it is written: merged or edited by hand.
    Edited {
        /// The first line that differs, from 1.
        line: usize,
    },
    /// A type is named that it does not describe.
    Dangling {
        /// The type.
        name: SmolStr,
    },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken { line, why } => write!(f, "line {line} is not as a lock is written: {why}"),
            Self::Version { found } if *found > u64::from(FORMAT) => {
                write!(f, "a newer quater wrote it, in form {found}; this one reads up to form {FORMAT}")
            }
            Self::Version { found } => {
                write!(f, "an older quater wrote it, in form {found}; this one reads from form {OLDEST}")
            }
            Self::Edited { line } => {
                write!(f, "line {line} is not as a lock is written: merged or edited by hand")
            }
            Self::Dangling { name } => write!(f, "it names `{name}` and does not say what that is"),
        }
    }
}

/// Reads what [`print`] wrote.
///
/// # Errors
/// When the text is anything else.
pub fn parse(text: &str) -> Result<Contract, Unreadable> {
    let text = text.replace("\r\n", "\n");
    let broken = |error: serde_json::Error| Unreadable::Broken { line: error.line(), why: reason(&error) };
    let value: serde_json::Value = serde_json::from_str(&text).map_err(broken)?;
    let no_lock = || Unreadable::Broken { line: 1, why: "it has no member `lock`".to_owned() };
    let found = value.get("lock").and_then(serde_json::Value::as_u64).ok_or_else(no_lock)?;
    if !(u64::from(OLDEST)..=u64::from(FORMAT)).contains(&found) {
        return Err(Unreadable::Version { found });
    }
    let contract: Contract = serde_json::from_str(&text).map_err(broken)?;
    let printed = print(&contract);
    if printed != text {
        let same = printed.lines().zip(text.lines()).take_while(|(ours, theirs)| ours == theirs);
        return Err(Unreadable::Edited { line: same.count() + 1 });
    }
    match dangling(&contract) {
        Some(name) => Err(Unreadable::Dangling { name }),
        None => Ok(contract),
    }
}

/// The reason without the place, which is told apart.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

fn dangling(contract: &Contract) -> Option<SmolStr> {
    let members = contract.types.values().chain(contract.errors.values().map(|error| &error.data));
    let members = members.chain(contract.jobs.values().map(|job| &job.inputs));
    let members = members.flat_map(|members| members.values()).map(|Member { shape, .. }| shape);
    let (operations, channels) = (|| contract.operations.values(), || contract.channels.values());
    let inputs = operations().map(|it| &it.inputs).chain(channels().map(|it| &it.inputs));
    let inputs = inputs.flat_map(|inputs| inputs.values()).map(|input| &input.shape);
    let messages = channels().flat_map(|it| it.sends.iter().chain(&it.receives));
    let outputs = operations().filter_map(|it| it.output.as_ref()).chain(messages);
    let columns = contract.tables.values().flat_map(|table| table.columns.values()).map(|it| &it.shape);
    let shapes =
        members.chain(inputs).chain(outputs).chain(columns).find_map(|shape| undescribed(contract, shape));
    let mut errors = operations().map(|it| &it.errors).chain(channels().map(|it| &it.errors)).flatten();
    shapes.or_else(|| errors.find(|name| !contract.errors.contains_key(*name)).cloned())
}

fn undescribed(contract: &Contract, shape: &Shape) -> Option<SmolStr> {
    let (name, known) = match shape {
        Shape::List(inner, _) | Shape::Page(inner, _) | Shape::Optional(inner) | Shape::Stream(inner) => {
            return undescribed(contract, inner);
        }
        Shape::Map(key, of, _) => return undescribed(contract, key).or_else(|| undescribed(contract, of)),
        Shape::Tuple(parts) => return parts.iter().find_map(|part| undescribed(contract, part)),
        Shape::Scalar(_) | Shape::File(_) => return None,
        Shape::Enum(name) => (name, contract.enums.contains_key(name)),
        Shape::Record(name) | Shape::Patch(name) => (name, contract.types.contains_key(name)),
        Shape::Union(name) => {
            let members = contract.unions.get(name);
            let lost = members.into_iter().flatten().find(|member| !contract.types.contains_key(*member));
            if let Some(lost) = lost {
                return Some(lost.clone());
            }
            (name, members.is_some())
        }
    };
    (!known).then(|| name.clone())
}

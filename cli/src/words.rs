//! The command surface of a program as a command line: words, flags, help and completion from its types.
use crate::type_text::type_text;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command};
use quater_ir::operation::{Input, Operation};
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Ids of the flags that belong to `quater call` and not to an operation; no input can have them.
pub(crate) const TOKEN: &str = "call:token";
/// See [`TOKEN`].
pub(crate) const JSON: &str = "call:json";

/// What somebody typed behind `quater call`.
pub(crate) struct Typed {
    /// The operation that the words name.
    pub(crate) operation: Id<Operation>,
    /// Inputs and their texts, in the order of the declaration.
    pub(crate) arguments: Vec<(SmolStr, String)>,
    /// `--token`
    pub(crate) token: Option<String>,
    /// `--json`
    pub(crate) json: bool,
}

#[derive(Default)]
struct Node {
    operation: Option<Id<Operation>>,
    below: BTreeMap<SmolStr, Node>,
}

/// The command line of a program, under a name.
pub(crate) fn command(name: &'static str, program: &Program) -> Command {
    let about = format!("Call an operation of {}", program.service.name);
    below(Command::new(name), program).about(about)
}

/// Puts the words of a program below a command.
pub(crate) fn below(command: Command, program: &Program) -> Command {
    with_words(command, &tree(program), program)
}

/// Reads words and flags; what is wrong with them is clap's to tell.
pub(crate) fn read(command: Command, program: &Program, words: &[String]) -> Result<Typed, clap::Error> {
    let name = command.get_name().to_owned();
    let matches = command.try_get_matches_from(std::iter::once(&name).chain(words))?;
    let root = tree(program);
    let (mut node, mut matches) = (&root, &matches);
    while let Some((word, inner)) = matches.subcommand() {
        let Some(below) = node.below.get(word) else { break };
        (node, matches) = (below, inner);
    }
    let Some(id) = node.operation else {
        return Err(clap::Error::raw(clap::error::ErrorKind::MissingSubcommand, "no operation is named\n"));
    };
    let inputs = program.operations[id].inputs.iter();
    let arguments = inputs.flat_map(|input| texts(matches, input)).collect();
    Ok(Typed { operation: id, arguments, token: text(matches, TOKEN), json: has(matches, JSON) })
}

fn texts(matches: &ArgMatches, input: &Input) -> Vec<(SmolStr, String)> {
    let values = matches.get_many::<String>(&input.name).into_iter().flatten();
    values.map(|value| (input.name.clone(), value.clone())).collect()
}

fn text(matches: &ArgMatches, id: &str) -> Option<String> {
    matches.try_get_one::<String>(id).ok().flatten().cloned()
}

fn has(matches: &ArgMatches, id: &str) -> bool {
    matches.try_get_one::<bool>(id).ok().flatten().copied().unwrap_or(false)
}

fn tree(program: &Program) -> Node {
    let mut root = Node::default();
    for command in &program.surface.commands {
        let node =
            command.words.iter().fold(&mut root, |node, word| node.below.entry(word.clone()).or_default());
        node.operation = Some(command.operation);
    }
    root
}

fn with_words(command: Command, node: &Node, program: &Program) -> Command {
    let command = match node.operation {
        Some(id) => with_flags(command, &program.operations[id], program),
        None => command.subcommand_required(true).arg_required_else_help(true),
    };
    let below =
        node.below.iter().map(|(word, node)| with_words(Command::new(word.to_string()), node, program));
    command.disable_help_subcommand(true).subcommands(below)
}

fn with_flags(command: Command, operation: &Operation, program: &Program) -> Command {
    let mut taken = BTreeSet::new();
    let mut command =
        command.about(operation.docs.lines().next().unwrap_or("").to_owned()).disable_help_flag(true);
    if operation.docs.lines().count() > 1 {
        command = command.long_about(operation.docs.clone());
    }
    for input in &operation.inputs {
        command = command.arg(flag(input, &mut taken, program));
    }
    let own = [
        Arg::new(TOKEN)
            .long("token")
            .value_name("TOKEN")
            .help("Credential of the caller")
            .hide_env_values(true),
        Arg::new(JSON).long("json").action(ArgAction::SetTrue).help("Print one JSON object, errors too"),
        Arg::new("call:help").short('h').long("help").action(ArgAction::Help).help("Print help"),
    ];
    let free = own.into_iter().filter(|arg| arg.get_long().is_none_or(|long| !taken.contains(long)));
    command.args(free.map(|arg| arg.help_heading("Call")))
}

/// One input. Its value is judged by the service, as at every other door, and not here.
fn flag(input: &Input, taken: &mut BTreeSet<String>, program: &Program) -> Arg {
    let (name, kebab) = (input.name.to_string(), kebab(&input.name));
    let mut arg =
        Arg::new(name.clone()).help(help(input, program)).value_name(value_name(&input.ty, program));
    if kebab != name && taken.insert(kebab.clone()) {
        arg = arg.long(kebab).alias(name.clone());
    } else {
        arg = arg.long(name.clone());
    }
    taken.insert(name);
    match input.ty.required() {
        Type::Bool => {
            arg.num_args(0..=1).default_missing_value("true").value_parser(Suggesting::new(["true", "false"]))
        }
        Type::List(..) => arg.action(ArgAction::Append),
        Type::Enum(id) => arg.value_parser(Suggesting::new(&program.enums[*id].members)),
        Type::Int(_) | Type::Float(_) | Type::Decimal { .. } => arg.allow_negative_numbers(true),
        Type::Text(_)
        | Type::Bytes { .. }
        | Type::Uuid
        | Type::Date
        | Type::Instant
        | Type::Duration
        | Type::Json
        | Type::Url
        | Type::Email
        | Type::Password
        | Type::Record(_)
        | Type::Ref(_)
        | Type::Row(_)
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::File(_)
        | Type::Optional(_)
        | Type::Null => arg,
    }
}

fn help(input: &Input, program: &Program) -> String {
    let needed = input.default.is_none() && !input.ty.is_optional();
    let docs = Some(input.docs.trim().replace('\n', " ")).filter(|docs| !docs.is_empty());
    let ty = if let Type::List(item, _) = input.ty.required() {
        format!("{}, once for each", type_text(item, program))
    } else {
        type_text(input.ty.required(), program)
    };
    let marks = needed.then(|| "[required]".to_owned());
    docs.into_iter().chain([ty]).chain(marks).collect::<Vec<_>>().join(" ")
}

fn value_name(ty: &Type, program: &Program) -> String {
    let word = match ty {
        Type::Optional(inner) | Type::List(inner, _) => return value_name(inner, program),
        Type::Ref(id) | Type::Row(id) => return program.entities[*id].name.to_uppercase(),
        Type::Enum(_) => "NAME",
        Type::Record(_)
        | Type::Json
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::Null => "JSON",
        Type::File(_) => "@FILE",
        Type::Bool => "BOOL",
        Type::Int(_) | Type::Float(_) | Type::Decimal { .. } => "NUMBER",
        Type::Text(_) | Type::Password => "TEXT",
        Type::Bytes { .. } => "BASE64",
        Type::Uuid => "UUID",
        Type::Date => "DATE",
        Type::Instant => "INSTANT",
        Type::Duration => "DURATION",
        Type::Url => "URL",
        Type::Email => "EMAIL",
    };
    word.to_owned()
}

/// `orderId` and `order_id` as `order-id`.
fn kebab(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        match c {
            '_' => out.push('-'),
            c if c.is_uppercase() => {
                out.push('-');
                out.extend(c.to_lowercase());
            }
            c => out.push(c),
        }
    }
    out
}

/// Values that are offered in help and completion, and not insisted on.
#[derive(Clone)]
struct Suggesting(Vec<String>);

impl Suggesting {
    fn new<T: ToString>(values: impl IntoIterator<Item = T>) -> Self {
        Self(values.into_iter().map(|value| value.to_string()).collect())
    }
}

impl TypedValueParser for Suggesting {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

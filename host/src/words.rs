//! The actions of a service as a command line: words, flags, help and completion from their types.
use crate::catalogue::{Action, Catalogue, Input, Kind};
use crate::given_file::{self, GivenFile};
use crate::secret;
use clap::builder::{PossibleValue, Str, StringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What stands for a file in help.
pub const FILE: &str = "@FILE";

/// Ids of the flags that belong to `call` and not to an operation; no input can have them.
pub const TOKEN: &str = "call:token";
/// See [`TOKEN`].
const TOKEN_FILE: &str = "call:token-file";
/// See [`TOKEN`].
pub const JSON: &str = "call:json";
/// See [`TOKEN`].
const DRY_RUN: &str = "call:dry-run";
/// See [`TOKEN`].
const KEY: &str = "call:key";
/// See [`TOKEN`].
const WAIT: &str = "call:wait";
/// See [`TOKEN`].
const ENV_FILE: &str = "call:env-file";

/// What somebody typed behind `call`.
#[derive(Default)]
pub struct Typed {
    /// The action that the words name.
    pub action: String,
    /// Inputs and their texts, in the order of the declaration.
    pub arguments: Vec<(String, String)>,
    /// Inputs that are files.
    pub files: Vec<GivenFile>,
    /// Inputs whose texts stand in files.
    pub secrets: Vec<(String, PathBuf)>,
    /// `--token`
    pub token: Option<String>,
    /// `--token-file`
    pub token_file: Option<PathBuf>,
    /// `--json`
    pub json: bool,
    /// `--dry-run`
    pub dry: bool,
    /// `--key`
    pub key: Option<String>,
    /// `--wait`
    pub wait: bool,
    /// `--env-file`
    pub env_file: Option<PathBuf>,
}

impl Typed {
    /// Bytes of the inputs that are no files.
    pub fn size(&self) -> u64 {
        self.arguments.iter().map(|(name, text)| (name.len() + text.len()) as u64).sum()
    }

    /// Takes over the options of `call` that stand behind a word.
    fn heed(&mut self, matches: &ArgMatches) {
        let text = |id: &str| matches.try_get_one::<String>(id).ok().flatten().cloned();
        let has = |id: &str| matches.try_get_one::<bool>(id).ok().flatten().copied().unwrap_or(false);
        if let (token, file) = (text(TOKEN), text(TOKEN_FILE).map(PathBuf::from))
            && (token.is_some() || file.is_some())
        {
            (self.token, self.token_file) = (token, file);
        }
        self.key = text(KEY).or(self.key.take());
        self.env_file = text(ENV_FILE).map(PathBuf::from).or(self.env_file.take());
        self.json |= has(JSON);
        self.dry |= has(DRY_RUN);
        self.wait |= has(WAIT);
    }
}

#[derive(Default)]
struct Node<'c> {
    action: Option<&'c Action>,
    below: BTreeMap<&'c str, Node<'c>>,
}

/// The command line of a service, under a name.
pub fn command(name: String, catalogue: &Catalogue) -> Command {
    let about = format!("Call an operation of {}", catalogue.service.name);
    with_words(Command::new(Str::from(name)), &tree(catalogue)).about(about)
}

/// Puts the words of a service below a command, with their inputs.
pub fn below(command: Command, catalogue: &Catalogue) -> Command {
    command.subcommands(commands(&tree(catalogue)))
}

/// Puts the words alone below a command.
pub fn named(command: Command, catalogue: &Catalogue) -> Command {
    fn add(command: Command, node: &Node<'_>) -> Command {
        let about = node.action.map_or("", |action| &action.summary);
        let below = node.below.iter().map(|(word, node)| add(Command::new((*word).to_owned()), node));
        command.about(about.to_owned()).subcommands(below)
    }
    let about = command.get_about().cloned().unwrap_or_default();
    add(command, &tree(catalogue)).about(about)
}

/// Reads words and flags; what is wrong with them is clap's to tell.
pub fn read(command: Command, catalogue: &Catalogue, words: &[String]) -> Result<Typed, clap::Error> {
    let name = command.get_name().to_owned();
    let matches = command.try_get_matches_from(std::iter::once(&name).chain(words))?;
    let root = tree(catalogue);
    let (mut node, mut matches) = (&root, &matches);
    let mut typed = Typed::default();
    typed.heed(matches);
    while let Some((word, inner)) = matches.subcommand() {
        let Some(below) = node.below.get(word) else { break };
        (node, matches) = (below, inner);
        typed.heed(matches);
    }
    let Some(action) = node.action else {
        return Err(clap::Error::raw(ErrorKind::MissingSubcommand, "no operation is named\n"));
    };
    if typed.token.is_some() && typed.token_file.is_some() {
        let told = "the argument '--token <TOKEN>' cannot be used with '--token-file <FILE>'\n";
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, told));
    }
    let (files, others): (Vec<_>, Vec<_>) =
        action.inputs.iter().partition(|input| matches!(input.kind, Kind::File));
    typed.action.clone_from(&action.name);
    typed.arguments = others.into_iter().flat_map(|input| texts(matches, input)).collect();
    let files = files.into_iter().flat_map(|input| texts(matches, input));
    typed.files = files.map(|(input, typed)| GivenFile::new(&input, &typed)).collect();
    let secrets = action.inputs.iter().filter_map(|input| {
        let file = matches.try_get_one::<String>(&from(input)).ok().flatten()?;
        Some((input.name.clone(), PathBuf::from(file)))
    });
    typed.secrets = secrets.collect();
    Ok(typed)
}

/// The id of the flag that names a file with the text of an input.
fn from(input: &Input) -> String {
    format!("call:file:{}", input.name)
}

fn texts(matches: &ArgMatches, input: &Input) -> Vec<(String, String)> {
    let values = matches.get_many::<String>(&input.name).into_iter().flatten();
    values.map(|value| (input.name.clone(), value.clone())).collect()
}

fn tree(catalogue: &Catalogue) -> Node<'_> {
    let mut root = Node::default();
    for action in &catalogue.actions {
        let words = action.command.iter();
        let node = words.fold(&mut root, |node, word| node.below.entry(word.as_str()).or_default());
        node.action = Some(action);
    }
    root
}

fn with_words(command: Command, node: &Node<'_>) -> Command {
    let command = match node.action {
        Some(action) => with_flags(command, action),
        None => {
            let own = own().map(|arg| arg.hide(true));
            command.subcommand_required(true).arg_required_else_help(true).args(own)
        }
    };
    command.disable_help_subcommand(true).subcommands(commands(node))
}

fn commands(node: &Node<'_>) -> impl Iterator<Item = Command> {
    node.below.iter().map(|(word, node)| with_words(Command::new((*word).to_owned()), node))
}

fn with_flags(command: Command, action: &Action) -> Command {
    let mut taken = BTreeSet::new();
    let mut command = command.about(action.summary.clone()).disable_help_flag(true);
    if action.description.lines().count() > 1 {
        command = command.long_about(action.description.clone());
    }
    for input in &action.inputs {
        command = command.arg(flag(input, &mut taken));
    }
    let named = |input: &&Input| input.secret && !input.list && !matches!(input.kind, Kind::File);
    for input in action.inputs.iter().filter(named) {
        if let Some(file) = held(input, &mut taken) {
            command = command.arg(file);
        }
    }
    let help = Arg::new("call:help").short('h').action(ArgAction::Help).help("Print help");
    let help = if taken.contains("help") { help } else { help.long("help") };
    let (free, hidden): (Vec<Arg>, Vec<Arg>) =
        own().partition(|arg| arg.get_long().is_none_or(|long| !taken.contains(long)));
    let hidden = hidden.iter().filter_map(Arg::get_long).map(|long| {
        format!(
            "`--{long}` is an input here; the option of that name stands before the words: `call --{long} …`"
        )
    });
    let hidden: Vec<String> = hidden.collect();
    let command = if hidden.is_empty() { command } else { command.after_help(hidden.join("\n")) };
    command.args(free.into_iter().chain([help]).map(|arg| arg.help_heading("Call")))
}

/// The flag that names a file with the text of a secret input, where no input has that name.
fn held(input: &Input, taken: &mut BTreeSet<String>) -> Option<Arg> {
    let long = format!("{}-file", kebab(&input.name));
    if !taken.insert(long.clone()) {
        return None;
    }
    let help =
        format!("Read `{}` from a file, or from standard input (`-`): others can read arguments", input.name);
    let arg = Arg::new(from(input)).long(long).value_name("FILE").value_hint(ValueHint::FilePath).help(help);
    Some(arg.conflicts_with(input.name.clone()))
}

/// The options of `call` itself, which may stand behind any of the words.
fn own() -> impl Iterator<Item = Arg> {
    [
        Arg::new(TOKEN).long("token").value_name("TOKEN").help(secret::TOKEN_HELP),
        Arg::new(TOKEN_FILE)
            .long("token-file")
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .help(secret::TOKEN_FILE_HELP),
        Arg::new(JSON).long("json").action(ArgAction::SetTrue).help("Print one JSON object, errors too"),
        Arg::new(DRY_RUN)
            .long("dry-run")
            .action(ArgAction::SetTrue)
            .help("Change nothing, and tell what would be changed"),
        Arg::new(KEY)
            .long("key")
            .value_name("KEY")
            .help("Name the call: the same key gives the first result again"),
        Arg::new(WAIT)
            .long("wait")
            .action(ArgAction::SetTrue)
            .help("Wait for approval where the call needs it, then make it"),
        Arg::new(ENV_FILE)
            .long("env-file")
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .help("Read environment values from a file; those of the environment itself win"),
    ]
    .into_iter()
}

/// One input. Its value is judged by the service, as at every other door, and not here.
fn flag(input: &Input, taken: &mut BTreeSet<String>) -> Arg {
    let (name, kebab) = (input.name.clone(), kebab(&input.name));
    let mut arg = Arg::new(name.clone()).help(help(input)).value_name(value_name(input));
    if kebab != name && taken.insert(kebab.clone()) {
        arg = arg.long(kebab).alias(name.clone());
    } else {
        arg = arg.long(name.clone());
    }
    taken.insert(name);
    if input.list {
        return arg.action(ArgAction::Append);
    }
    match input.kind {
        Kind::Bool => {
            arg.num_args(0..=1).default_missing_value("true").value_parser(Suggesting::new(["true", "false"]))
        }
        Kind::Enum => arg.value_parser(Suggesting::new(&input.values)),
        Kind::Number => arg.allow_negative_numbers(true),
        Kind::File => arg.value_parser(given_file::typed),
        Kind::Text | Kind::Json => arg,
    }
}

fn help(input: &Input) -> String {
    let docs = Some(input.description.replace('\n', " ")).filter(|docs| !docs.is_empty());
    let ty = input.ty.strip_suffix('?').unwrap_or(&input.ty);
    let inner = ty.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')).map(|(item, _)| item);
    let ty = match inner.filter(|_| input.list) {
        Some(item) => format!("{item}, once for each"),
        None => ty.to_owned(),
    };
    let marks = input.required.then(|| "[required]".to_owned());
    docs.into_iter().chain([ty]).chain(marks).collect::<Vec<_>>().join(" ")
}

/// What stands for a value in help.
pub fn value_name(input: &Input) -> String {
    match input.kind {
        Kind::Bool => "BOOL".to_owned(),
        Kind::Number => "NUMBER".to_owned(),
        Kind::Enum => "NAME".to_owned(),
        Kind::Json => "JSON".to_owned(),
        Kind::File => FILE.to_owned(),
        Kind::Text => {
            let letters = input.ty.trim_start_matches('[').chars();
            let word: String = letters.take_while(|it| it.is_alphanumeric() || *it == '_').collect();
            match word.as_str() {
                "password" => "TEXT".to_owned(),
                "bytes" => "BASE64".to_owned(),
                word => word.to_uppercase(),
            }
        }
    }
}

/// `orderId` and `order_id` as `order-id`.
pub fn kebab(name: &str) -> String {
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

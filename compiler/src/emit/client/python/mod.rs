//! A client in Python: one module on the standard library alone.
mod methods;
mod problems;

use super::model::Model;
use super::shape::{Declaration, Form, Member, Shape};
use super::{pascal, quoted};
use quater_ir::Program;
use quater_ir::auth::Carrier;

/// What the module takes from the standard library.
const HEAD: &str = include_str!("head.py");

/// The part that is the same for all services.
const WIRE: &str = include_str!("wire.py");

/// Names that the module's own code gives a meaning to.
const RESERVED: &[&str] = &[
    "Any",
    "AnyProblem",
    "Base64",
    "Client",
    "CommonProblem",
    "CountedPage",
    "Credential",
    "Day",
    "Decimal",
    "Duration",
    "Email",
    "Exception",
    "Generic",
    "HTTPResponse",
    "Instant",
    "Iterator",
    "Literal",
    "Mapping",
    "Message",
    "NotRequired",
    "Page",
    "Problem",
    "Sequence",
    "StoredFile",
    "T",
    "TypeVar",
    "TypedDict",
    "UnexpectedProblem",
    "Union",
    "Upload",
    "Url",
    "Uuid",
    "Violation",
    "Waiting",
    "WaitingApprovalProblem",
    "bool",
    "bytes",
    "cast",
    "dict",
    "float",
    "int",
    "list",
    "object",
    "str",
    "tuple",
    "None",
    "True",
    "False",
];

/// Words of the language (the keywords of Python 3.13).
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// The client of a program; the same program, the same text.
pub fn python(program: &Program) -> String {
    let model = Model::new(program, RESERVED);
    let service = &program.service;
    let mut out = format!(
        "\"\"\"The client of {} version {}, written by `quater gen python`: change the service and write it anew.\"\"\"\n\n",
        service.name, service.version
    );
    out.push_str(HEAD);
    for scalar in &model.scalars {
        out.push_str(&format!("# {}\n{} = str\n\n", scalar.docs(), scalar.name()));
    }
    out.push('\n');
    for declaration in &model.declarations {
        declare(&mut out, declaration);
    }
    lists(&mut out, &model);
    problems::problems(&mut out, &model);
    credential(&mut out, &model);
    out.push_str(WIRE);
    methods::client(&mut out, &model);
    out
}

fn line(out: &mut String, indent: &str, text: &str) {
    out.push_str(indent);
    out.push_str(text);
    out.push('\n');
}

/// A name that is none of the language's words.
fn word(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// A documentation string, if there is anything to say.
fn docstring(out: &mut String, indent: &str, docs: &str) {
    let docs = docs.trim().replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
    match docs.lines().collect::<Vec<_>>().as_slice() {
        [] => {}
        [one] if one.ends_with('"') => line(out, indent, &format!("\"\"\"{one} \"\"\"")),
        [one] => line(out, indent, &format!("\"\"\"{one}\"\"\"")),
        [first, rest @ ..] => {
            line(out, indent, &format!("\"\"\"{first}"));
            rest.iter().for_each(|text| line(out, if text.is_empty() { "" } else { indent }, text));
            line(out, indent, "\"\"\"");
        }
    }
}

fn comment(out: &mut String, indent: &str, docs: &str) {
    docs.trim().lines().for_each(|text| line(out, indent, format!("# {text}").trim_end()));
}

fn declare(out: &mut String, declaration: &Declaration) {
    let name = &declaration.name;
    match &declaration.form {
        Form::Object(members) if members.iter().any(|member| KEYWORDS.contains(&member.name.as_str())) => {
            comment(out, "", &declaration.docs);
            line(out, "", &format!("{name} = TypedDict(\n    {},\n    {{", quoted(name)));
            for member in members {
                line(
                    out,
                    "        ",
                    &format!("{}: {},", quoted(&member.name), quoted(&member_type(member))),
                );
            }
            line(out, "", "    },\n)\n\n");
        }
        Form::Object(members) => {
            line(out, "", &format!("class {name}(TypedDict):"));
            docstring(out, "    ", &declaration.docs);
            if !declaration.docs.is_empty() && !members.is_empty() {
                out.push('\n');
            }
            for member in members {
                comment(out, "    ", &member.docs);
                line(out, "    ", &format!("{}: {}", member.name, member_type(member)));
            }
            if members.is_empty() && declaration.docs.is_empty() {
                line(out, "    ", "pass");
            }
            out.push_str("\n\n");
        }
        Form::Words(words) => {
            comment(out, "", &declaration.docs);
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            line(out, "", &format!("{name} = Literal[{}]\n\n", words.join(", ")));
        }
        Form::OneOf(shapes) => {
            comment(out, "", &declaration.docs);
            let shapes: Vec<String> = shapes.iter().map(|shape| quoted(&of(shape))).collect();
            line(out, "", &format!("{name} = Union[{}]\n\n", shapes.join(", ")));
        }
    }
}

fn member_type(member: &Member) -> String {
    let ty = of(&member.shape);
    if member.required { ty } else { format!("NotRequired[{ty}]") }
}

/// A shape as a type.
fn of(shape: &Shape) -> String {
    match shape {
        Shape::Bool => "bool".to_owned(),
        Shape::Int => "int".to_owned(),
        Shape::Float => "float".to_owned(),
        Shape::Text => "str".to_owned(),
        Shape::Scalar(scalar) => scalar.name().to_owned(),
        Shape::Json => "Any".to_owned(),
        Shape::Null => "None".to_owned(),
        Shape::Upload => "Upload".to_owned(),
        Shape::Stored => "StoredFile".to_owned(),
        Shape::Named(name) => name.clone(),
        Shape::Word(word) => format!("Literal[{}]", quoted(word)),
        Shape::List(item) => format!("list[{}]", of(item)),
        Shape::Map(key, value) => {
            let key = if let Shape::Named(key) = &**key { key } else { "str" };
            format!("dict[{key}, {}]", of(value))
        }
        Shape::Tuple(parts) => {
            format!("tuple[{}]", parts.iter().map(of).collect::<Vec<_>>().join(", "))
        }
        Shape::Page(item) => format!("Page[{}]", of(item)),
        Shape::Counted(item) => format!("CountedPage[{}]", of(item)),
        Shape::Optional(inner) => format!("{} | None", of(inner)),
    }
}

/// What is told of parts of lists, and of files that are kept.
fn lists(out: &mut String, model: &Model<'_>) {
    if model.has(|shape| matches!(shape, Shape::Page(_))) {
        out.push_str(
            "class Page(TypedDict, Generic[T]):\n    \"\"\"Part of a list.\"\"\"\n\n    items: list[T]\n    \
             # The `cursor` of the page after this one; `None` at the end.\n    next: str | None\n\n\n",
        );
    }
    if model.has(|shape| matches!(shape, Shape::Counted(_))) {
        out.push_str(
            "class CountedPage(TypedDict, Generic[T]):\n    \
             \"\"\"Part of a list, and how many items there are in all.\"\"\"\n\n    items: list[T]\n    \
             total: int\n\n\n",
        );
    }
    if model.has(|shape| matches!(shape, Shape::Stored)) {
        out.push_str(
            "class StoredFile(TypedDict):\n    \"\"\"A file that is kept.\"\"\"\n\n    name: str\n    \
             # In bytes.\n    size: int\n    # Its media type.\n    type: str\n    \
             # SHA-256, as hex digits.\n    digest: str\n\n\n",
        );
    }
}

/// The class of a way to sign in.
fn credential_name(name: &str, model: &Model<'_>) -> String {
    let mut name = format!("{}Credential", pascal(name));
    while model.declarations.iter().any(|it| it.name == name) {
        name.push('_');
    }
    name
}

fn credential(out: &mut String, model: &Model<'_>) {
    let mut signs = String::new();
    let mut names = Vec::new();
    for (name, carrier) in &model.auths {
        let class = credential_name(name, model);
        let (fields, set) = match carrier {
            Carrier::Scheme(word) => {
                let word = if word.eq_ignore_ascii_case("bearer") { "Bearer" } else { word };
                let set = format!("request.add_header(\"Authorization\", f\"{word} {{credential.token}}\")");
                ("    token: str\n", set)
            }
            Carrier::Header(header) => {
                ("    token: str\n", format!("request.add_header({}, credential.token)", quoted(header)))
            }
            Carrier::Cookie(cookie) => {
                let set = format!("_cookie(request, {}, credential.token)", quoted(cookie));
                let origin = "request.add_header(\"Origin\", f\"{request.type}://{request.host}\")";
                ("    token: str\n", format!("{set}\n        {origin}"))
            }
            Carrier::Basic => {
                let pair = "f\"{credential.user}:{credential.password}\".encode()";
                let set = format!("pair = base64.b64encode({pair}).decode()\n        ");
                let set = set + "request.add_header(\"Authorization\", f\"Basic {pair}\")";
                ("    user: str\n    password: str\n", set)
            }
        };
        out.push_str(&format!(
            "@dataclass(frozen=True)\nclass {class}:\n    \"\"\"Signs in by `{name}`.\"\"\"\n\n{fields}\n\n"
        ));
        signs.push_str(&format!("    if isinstance(credential, {class}):\n        {set}\n"));
        names.push(class);
    }
    if names.is_empty() {
        out.push_str("class Credential:\n    \"\"\"Nobody signs in here.\"\"\"\n\n\n");
    } else {
        comment(out, "", "How a caller proves who it is.");
        line(out, "", &format!("Credential = {}\n\n", names.join(" | ")));
    }
    line(out, "", "def _sign(request: urllib.request.Request, credential: Credential | None) -> None:");
    line(out, "    ", "\"\"\"Tells a request who makes it.\"\"\"");
    out.push_str(&signs);
    out.push_str("\n\n");
}

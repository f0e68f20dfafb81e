//! A client in TypeScript: one module without dependencies, for browsers and for Node.
mod methods;
mod problems;

use super::model::Model;
use super::quoted;
use super::shape::{Declaration, Form, Member, Shape};
use quater_ir::Program;
use quater_ir::auth::Carrier;
use std::fmt::Write;

/// The part that is the same for all services.
const WIRE: &str = include_str!("wire.ts");

/// Names that the client's own code gives a meaning to.
const RESERVED: &[&str] = &[
    "AbortSignal",
    "AnyProblem",
    "Array",
    "AsyncGenerator",
    "Base64",
    "Blob",
    "Call",
    "Client",
    "CommonProblem",
    "CountedPage",
    "Credential",
    "Day",
    "Decimal",
    "Duration",
    "Email",
    "Error",
    "FormData",
    "Headers",
    "Instant",
    "JSON",
    "KeyedOptions",
    "Object",
    "Omit",
    "Options",
    "Outcome",
    "Page",
    "Partial",
    "Problem",
    "Promise",
    "PromiseLike",
    "Readonly",
    "ReadonlySet",
    "Record",
    "RequestInit",
    "Response",
    "Sent",
    "ServiceError",
    "Set",
    "Settings",
    "StoredFile",
    "String",
    "TextDecoder",
    "URL",
    "UnexpectedProblem",
    "Url",
    "Uuid",
    "Violation",
    "Waiting",
    "WaitingApprovalProblem",
    "Wire",
    "any",
    "bigint",
    "boolean",
    "never",
    "null",
    "number",
    "object",
    "string",
    "symbol",
    "undefined",
    "unknown",
    "void",
];

/// The client of a program; the same program, the same text.
pub fn typescript(program: &Program) -> String {
    let model = Model::new(program, RESERVED);
    let service = &program.service;
    let mut out = format!(
        "// The client of {} version {}, written by `quater gen typescript`: change the service and write it anew.\n\n",
        service.name, service.version
    );
    for scalar in &model.scalars {
        comment(&mut out, "", scalar.docs());
        line(&mut out, "", &format!("export type {} = string;\n", scalar.name()));
    }
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

/// Documentation, if there is any.
fn comment(out: &mut String, indent: &str, docs: &str) {
    let docs = docs.trim().replace("*/", "*\u{200b}/");
    match docs.lines().collect::<Vec<_>>().as_slice() {
        [] => {}
        [one] => line(out, indent, &format!("/** {one} */")),
        several => {
            line(out, indent, "/**");
            several.iter().for_each(|text| line(out, indent, format!(" * {text}").trim_end()));
            line(out, indent, " */");
        }
    }
}

fn declare(out: &mut String, declaration: &Declaration) {
    comment(out, "", &declaration.docs);
    let name = &declaration.name;
    match &declaration.form {
        Form::Object(members) => interface(out, name, members),
        Form::Words(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            line(out, "", &format!("export type {name} = {};\n", words.join(" | ")));
        }
        Form::OneOf(shapes) => {
            let shapes: Vec<String> = shapes.iter().map(of).collect();
            line(out, "", &format!("export type {name} = {};\n", shapes.join(" | ")));
        }
    }
}

fn interface(out: &mut String, name: &str, members: &[Member]) {
    line(out, "", &format!("export interface {name} {{"));
    for member in members {
        comment(out, "  ", &member.docs);
        let mark = if member.required { "" } else { "?" };
        line(out, "  ", &format!("{}{mark}: {};", member.name, of(&member.shape)));
    }
    line(out, "", "}\n");
}

/// A shape as a type.
fn of(shape: &Shape) -> String {
    match shape {
        Shape::Bool => "boolean".to_owned(),
        Shape::Int | Shape::Float => "number".to_owned(),
        Shape::Text => "string".to_owned(),
        Shape::Scalar(scalar) => scalar.name().to_owned(),
        Shape::Json => "unknown".to_owned(),
        Shape::Null => "null".to_owned(),
        Shape::Upload => "Blob".to_owned(),
        Shape::Stored => "StoredFile".to_owned(),
        Shape::Named(name) => name.clone(),
        Shape::Word(word) => quoted(word),
        Shape::List(item) => {
            let ty = of(item);
            if matches!(**item, Shape::Optional(_)) { format!("({ty})[]") } else { format!("{ty}[]") }
        }
        Shape::Map(key, value) => {
            let value = of(value);
            if let Shape::Named(key) = &**key {
                format!("Partial<Record<{key}, {value}>>")
            } else {
                format!("Record<string, {value}>")
            }
        }
        Shape::Tuple(parts) => {
            let parts: Vec<String> = parts.iter().map(of).collect();
            format!("[{}]", parts.join(", "))
        }
        Shape::Page(item) => format!("Page<{}>", of(item)),
        Shape::Counted(item) => format!("CountedPage<{}>", of(item)),
        Shape::Optional(inner) => format!("{} | null", of(inner)),
    }
}

/// What is told of parts of lists, and of files that are kept.
fn lists(out: &mut String, model: &Model<'_>) {
    if model.has(|shape| matches!(shape, Shape::Page(_))) {
        out.push_str(
            "/** Part of a list. */\nexport interface Page<T> {\n  items: T[];\n  \
             /** The `cursor` of the page after this one; null at the end. */\n  next: string | null;\n}\n\n",
        );
    }
    if model.has(|shape| matches!(shape, Shape::Counted(_))) {
        out.push_str(
            "/** Part of a list, and how many items there are in all. */\nexport interface CountedPage<T> {\n  \
             items: T[];\n  total: number;\n}\n\n",
        );
    }
    if model.has(|shape| matches!(shape, Shape::Stored)) {
        out.push_str(
            "/** A file that is kept. */\nexport interface StoredFile {\n  name: string;\n  /** In bytes. */\n  \
             size: number;\n  /** Its media type. */\n  type: string;\n  /** SHA-256, as hex digits. */\n  \
             digest: string;\n}\n\n",
        );
    }
}

fn credential(out: &mut String, model: &Model<'_>) {
    let mut ways = Vec::new();
    let mut signs = String::new();
    for (name, carrier) in &model.auths {
        let given = format!("credential.{name}");
        let (way, set) = match carrier {
            Carrier::Scheme(word) => {
                let word = if word.eq_ignore_ascii_case("bearer") { "Bearer" } else { word };
                ("string", format!("headers.set(\"Authorization\", `{word} ${{{given}}}`);"))
            }
            Carrier::Header(header) => ("string", format!("headers.set({}, {given});", quoted(header))),
            Carrier::Cookie(cookie) => {
                let set = format!("cookie(headers, {}, {given});", quoted(cookie));
                ("string", format!("{set}\n    headers.set(\"Origin\", url.origin);"))
            }
            Carrier::Basic => {
                let set = format!(
                    "const {{ user, password }} = {given};\n    \
                     const bytes = new TextEncoder().encode(`${{user}}:${{password}}`);\n    \
                     headers.set(\"Authorization\", `Basic ${{btoa(String.fromCharCode(...bytes))}}`);"
                );
                ("{ readonly user: string; readonly password: string }", set)
            }
        };
        ways.push(format!("{{ readonly {name}: {way} }}"));
        _ = write!(
            signs,
            "  if (credential !== undefined && {} in credential) {{\n    {set}\n  }}\n",
            quoted(name)
        );
    }
    comment(out, "", "How a caller proves who it is. A browser sends cookies by itself.");
    let ways = if ways.is_empty() { "never".to_owned() } else { ways.join(" | ") };
    line(out, "", &format!("export type Credential = {ways};\n"));
    let cookies = model.auths.iter().any(|(_, carrier)| matches!(carrier, Carrier::Cookie(_)));
    let (headers, given) =
        if signs.is_empty() { ("_headers", "_credential") } else { ("headers", "credential") };
    let url = if cookies { "url" } else { "_url" };
    line(
        out,
        "",
        &format!("function sign({headers}: Headers, {given}: Credential | undefined, {url}: URL): void {{"),
    );
    out.push_str(&signs);
    line(out, "", "}\n");
}

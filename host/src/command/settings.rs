//! `check --settings`: what a service is told, and who says it.
use crate::env_file;
use crate::failure::{Failure, Wrong};
use crate::output;
use crate::service::{Here, heard};
use quater_ir::Service;
use quater_ir::setting::Setting;
use quater_runtime::Settings;
use quater_runtime::environment::{State, Variable, variables};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Whoever says what holds for one setting.
enum From {
    Default,
    File,
    Variable,
}

impl From {
    const fn word(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Variable => "variable",
        }
    }
}

/// Prints every setting, what a file says or what was built in, and what variables say; and every environment
/// value with who says it, but never what.
///
/// # Errors
/// Where variables say something that can't be: all that is wrong, and all that is missing besides.
pub fn tell(here: &Here, env_file: Option<&Path>, as_json: bool) -> Result<(), Failure> {
    let values = env_file::values(env_file)?;
    let (said, mut wrong) = heard(&values);
    let env = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let declared_at = here.declared_at.clone();
    let settings = Settings { declared_at, ..Settings::new(env, here.folder.clone()) };
    let variables = variables(&here.program, &settings)?;
    let is_unusable = |it: &Variable| matches!(it.state, State::Unusable(_));
    if !wrong.is_empty() || variables.iter().any(is_unusable) {
        let line = |it: &Variable| Wrong { variable: it.name.to_string(), line: it.to_string() };
        wrong.extend(variables.iter().filter(|it| it.is_wrong()).map(line));
        return Err(Failure::BadVariables { wrong });
    }
    let from_file = &here.program.service;
    let untold = Service::new(from_file.name.clone(), from_file.version, String::new());
    let mut service = from_file.clone();
    said.values().cloned().for_each(|value| value.tell(&mut service));
    let from = |setting: Setting| {
        if said.contains_key(&setting) {
            From::Variable
        } else if setting.shown(from_file) == setting.shown(&untold) {
            From::Default
        } else {
            From::File
        }
    };
    let text = if as_json {
        for_programs(&service, from, &variables)
    } else {
        format!("{}{}", for_people(&service, from), listed(&variables))
    };
    output::told(as_json, &text);
    Ok(())
}

fn for_people(service: &Service, from: impl Fn(Setting) -> From) -> String {
    let mut rows = vec![["setting", "value", "said by", "variable"].map(str::to_owned)];
    for setting in Setting::ALL.iter().copied() {
        let about = setting.about();
        let by = from(setting).word();
        for (at, value) in setting.shown(service).into_iter().enumerate() {
            let first = |text: &str| if at == 0 { text.to_owned() } else { String::new() };
            rows.push([first(about.word), value, first(by), first(about.variable)]);
        }
    }
    output::table(&rows)
}

/// The environment values, a line each; nothing of a service without any.
fn listed(variables: &[Variable]) -> String {
    if variables.is_empty() {
        return String::new();
    }
    let row = |it: &Variable| {
        let ty = format!("{}{}", it.ty, if it.secret { " secret" } else { "" });
        [it.name.to_string(), ty, standing(&it.state).to_owned(), it.at.clone().unwrap_or_default()]
    };
    let head = ["environment value", "type", "said by", "declared"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(variables.iter().map(row)).collect();
    format!("\n{}", output::table(&rows))
}

/// Who says an environment value, in a word.
const fn standing(state: &State) -> &'static str {
    match state {
        State::Set | State::Unusable(_) => "variable",
        State::Default => "default",
        State::Absent => "nobody",
        State::Missing => "missing",
    }
}

fn for_programs(service: &Service, from: impl Fn(Setting) -> From, variables: &[Variable]) -> String {
    let one = |setting: &Setting| {
        let about = setting.about();
        json!({
            "setting": about.word, "value": setting.json(service), "shown": setting.shown(service),
            "said_by": from(*setting).word(),
            "variable": about.variable, "unit": about.unit, "default": about.default, "limits": about.limits,
            "contract": about.contract,
        })
    };
    let value = |it: &Variable| -> Json {
        json!({
            "variable": it.name, "type": it.ty, "secret": it.secret, "said_by": standing(&it.state),
            "declared": it.at,
        })
    };
    let settings: Vec<_> = Setting::ALL.iter().map(one).collect();
    let env: Vec<_> = variables.iter().map(value).collect();
    let told = json!({ "version": 1, "service": service.name, "settings": settings, "env": env });
    format!("{told}\n")
}

//! `check --settings`: what a service is told, and who says it.
use crate::failure::Failure;
use crate::output;
use crate::service::said;
use quater_ir::Service;
use quater_ir::setting::Setting;
use serde_json::json;

/// Whoever says what holds for one setting.
enum From {
    Default,
    File,
    Variable,
}

/// Prints every setting: what a file says or what was built in, and what variables say.
///
/// # Errors
/// Where a variable says something that can't be.
pub fn tell(from_file: &Service, as_json: bool) -> Result<(), Failure> {
    let said = said(None)?;
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
    output::told(as_json, &if as_json { for_programs(&service, from) } else { for_people(&service, from) });
    Ok(())
}

fn for_people(service: &Service, from: impl Fn(Setting) -> From) -> String {
    let mut rows = vec![["setting", "value", "said by", "variable"].map(str::to_owned)];
    for setting in Setting::ALL.iter().copied() {
        let about = setting.about();
        let by = match from(setting) {
            From::Default => "default",
            From::File => "file",
            From::Variable => "variable",
        };
        for (at, value) in setting.shown(service).into_iter().enumerate() {
            let first = |text: &str| if at == 0 { text.to_owned() } else { String::new() };
            rows.push([first(about.word), value, first(by), first(about.variable)]);
        }
    }
    output::table(&rows)
}

fn for_programs(service: &Service, from: impl Fn(Setting) -> From) -> String {
    let one = |setting: &Setting| {
        let about = setting.about();
        let by = match from(*setting) {
            From::Default => "default",
            From::File => "file",
            From::Variable => "variable",
        };
        json!({
            "setting": about.word, "value": setting.json(service), "shown": setting.shown(service), "said_by": by,
            "variable": about.variable, "unit": about.unit, "default": about.default, "limits": about.limits,
            "contract": about.contract,
        })
    };
    let settings: Vec<_> = Setting::ALL.iter().map(one).collect();
    format!("{}\n", json!({ "version": 1, "service": service.name, "settings": settings }))
}

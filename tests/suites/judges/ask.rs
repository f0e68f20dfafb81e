//! How a judge is run, and held to its word.
use crate::judges;
use std::ffi::OsString;
use std::process::Command;

/// A judge by its path below the folder of the judges, with a Node that is new enough for it.
pub(crate) fn judge(program: &str) -> Command {
    let folder = judges::folder();
    let mut path = OsString::from(folder.join("node_modules/node/bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = Command::new(folder.join(program));
    command.env("PATH", path).env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    command
}

/// What a judge says, who must be content.
#[track_caller]
pub(crate) fn approves(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
    said
}

/// What stands at an address.
pub(crate) fn get(url: &str) -> String {
    reqwest::blocking::get(url).unwrap().text().unwrap()
}

//! The outside judges, put in place by `tests/judges/install`.
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where the judges are installed.
pub(crate) fn folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    root().join(target).join("judges")
}

/// Whether the judges can be asked; says so where they cannot, and in CI that is a failure.
pub(crate) fn ready() -> bool {
    #[expect(clippy::explicit_write, reason = "the macro's lines are kept back by the test harness")]
    fn say(test: &str, why: &str) {
        writeln!(std::io::stderr(), "\nskipped: {test}: {why}").unwrap();
    }
    static INSTALLED: OnceLock<Result<(), String>> = OnceLock::new();
    match INSTALLED.get_or_init(install) {
        Ok(()) => true,
        Err(why) => {
            assert!(env::var_os("CI").is_none(), "in CI nothing is skipped: {why}");
            let test = std::thread::current().name().unwrap_or("the judges").to_owned();
            say(&test, why);
            false
        }
    }
}

fn install() -> Result<(), String> {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if let Some(missing) = ["python3", "node", "npm"].into_iter().find(|program| !has(program)) {
        return Err(format!("there is no {missing} here"));
    }
    let script = root().join("tests/judges/install");
    let done = Command::new("bash").arg(script).output().map_err(|why| why.to_string())?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

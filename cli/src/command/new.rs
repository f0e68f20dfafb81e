//! `quater new`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

const SERVICE: &str = include_str!("../../templates/service.qtr");
const README: &str = include_str!("../../templates/README.md");
const IGNORE: &str = include_str!("../../templates/gitignore");

/// Arguments of `quater new`.
#[derive(Args)]
pub(crate) struct New {
    /// The folder to make; its last part names the service
    name: PathBuf,
}

impl New {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let folder = &self.name;
        let name =
            folder.file_name().map(|name| name.to_string_lossy().replace('-', "_")).unwrap_or_default();
        if !is_name(&name) {
            return Err(Failure::BadName { name: folder.display().to_string() });
        }
        if folder.exists() {
            return Err(Failure::Exists { path: folder.clone() });
        }
        create(folder, &name)?;
        let shown = folder.display();
        output::out(&format!("made {shown}\n\n  cd {shown}\n  quater test\n  quater dev\n"));
        Ok(Exit::Clean)
    }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn create(folder: &Path, name: &str) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |why| Failure::Unwritable { path, why }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let file = format!("{name}.qtr");
    for (path, text) in [(file.as_str(), SERVICE), ("README.md", README), (".gitignore", IGNORE)] {
        let path = folder.join(path);
        fs::write(&path, text.replace("NAME", name)).map_err(failed(&path))?;
    }
    Ok(())
}

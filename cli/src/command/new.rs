//! `quater new`
use super::generate_rust::{self, Asked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use clap::Args;
use quater_host::failure::Failure as Hosted;
use quater_host::service::Environment;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of a service, by their paths.
const PLAIN: [(&str, &str); 3] = [
    ("NAME.qtr", include_str!("../../templates/service.qtr")),
    ("README.md", include_str!("../../templates/README.md")),
    (".gitignore", include_str!("../../templates/gitignore")),
];

/// Files of a service with a body in Rust, beside those that the generator makes.
const RUST: [(&str, &str); 4] = [
    ("NAME.qtr", include_str!("../../templates/rust/service.qtr")),
    ("README.md", include_str!("../../templates/rust/README.md")),
    (".gitignore", include_str!("../../templates/rust/gitignore")),
    ("src/bodies.rs", include_str!("../../templates/rust/bodies.rs")),
];

/// Arguments of `quater new`.
#[derive(Args)]
pub(crate) struct New {
    /// The folder to make; its last part names the service
    name: PathBuf,
    /// Begin a crate with it, for bodies in Rust
    #[arg(long)]
    rust: bool,
    /// With `--rust`: where the sources of Quater are
    #[arg(long, value_name = "PATH", env = "QUATER_SOURCES", requires = "rust")]
    quater: Option<PathBuf>,
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
        let shown = folder.display();
        if self.rust {
            create(folder, &name, &RUST)?;
            let environment = Environment { env_file: None };
            let quater = self.quater.as_deref();
            let asked = Asked { target: folder, folder: None, quater, environment: &environment };
            generate_rust::generate(&asked, false)?;
            output::out(&format!("made {shown}\n\n  cd {shown}\n  quater dev\n"));
        } else {
            create(folder, &name, &PLAIN)?;
            output::out(&format!("made {shown}\n\n  cd {shown}\n  quater test\n  quater dev\n"));
        }
        Ok(Exit::Clean)
    }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn create(folder: &Path, name: &str, files: &[(&str, &str)]) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |why| Hosted::Unwritable { path, why }
    };
    for (path, text) in files {
        let path = folder.join(path.replace("NAME", name));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        fs::write(&path, text.replace("NAME", name)).map_err(failed(&path))?;
    }
    Ok(())
}

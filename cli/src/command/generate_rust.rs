//! `quater gen rust`: the crate of a service with bodies in Rust.
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{atomic, output, project, told};
use quater_compiler::ast::DeclarationKind;
use quater_compiler::emit::rust::{self, About, GENERATED, SERVICE};
use quater_compiler::report::render;
use quater_compiler::{Analysis, analyse_as};
use quater_host::failure::Failure as Hosted;
use quater_host::service::Environment;
use quater_ir::Program;
use quater_ir::artifact::{self, Artifact, Production};
use std::collections::BTreeMap;
use std::fs;
use std::io::stderr;
use std::path::{Component, Path, PathBuf};

/// What is asked for.
pub(crate) struct Asked<'a> {
    /// A `.qtr` file, or a folder that holds a service.
    pub(crate) target: &'a Path,
    /// The folder of the crate; that of the service unless it is said.
    pub(crate) folder: Option<&'a Path>,
    /// Where the sources of Quater are.
    pub(crate) quater: Option<&'a Path>,
    pub(crate) environment: &'a Environment,
}

/// A crate, as it would be written.
struct Crate {
    folder: PathBuf,
    /// Files that are written each time, by their paths.
    generated: BTreeMap<PathBuf, String>,
    /// Files that are written where there are none.
    once: BTreeMap<PathBuf, String>,
}

/// Writes the crate, or says whether it is as it would be written.
pub(crate) fn generate(asked: &Asked<'_>, check: bool) -> Result<Exit, Failure> {
    let Some(made) = make(asked)? else { return Ok(Exit::Findings) };
    let shown = made.folder.display();
    let stale = made.stale()?;
    if check {
        if stale.is_empty() {
            output::err(&format!("`{shown}` is up to date\n"));
            return Ok(Exit::Clean);
        }
        output::err(&format!("`{shown}` is out of date; the same without `--check` writes it\n"));
        return Ok(Exit::Stale);
    }
    let begun = made.write(&stale)?;
    match (begun, stale.is_empty()) {
        (true, _) => output::err(&format!("`{shown}` begun; the bodies belong into `src/bodies.rs`\n")),
        (false, true) => output::err(&format!("`{shown}` is up to date\n")),
        (false, false) => output::err(&format!("`{shown}` written\n")),
    }
    if begun && asked.quater.is_none() {
        output::err(
            "the crates of Quater are not published yet: let `Cargo.toml` lead to its sources, or say `--quater PATH` from the start\n",
        );
    }
    Ok(Exit::Clean)
}

/// Whether a folder holds such a crate.
pub(crate) fn is_crate(folder: &Path) -> bool {
    folder.join(GENERATED).join(SERVICE).is_file() && folder.join("Cargo.toml").is_file()
}

fn make(asked: &Asked<'_>) -> Result<Option<Crate>, Failure> {
    let sources = project::load(asked.target)?;
    let home = project::folders_of(&sources).first().cloned().unwrap_or_else(|| PathBuf::from("."));
    let analysis = analyse_as(sources, &told::running(asked.environment.env_file.as_deref())?);
    output::err_verbatim(&render::terminal(&analysis.reports, &analysis.sources, output::colour(&stderr())));
    let Some(program) = &analysis.program else { return Ok(None) };
    let folder = asked.folder.map_or(home, Path::to_owned);
    let about = about(&analysis, program, &folder, asked.quater)?;
    let served = Program { tests: Vec::new(), ..program.clone() };
    let artifact = Artifact { program: served, production: Production::default(), files: Vec::new() };
    let service = folder.join(GENERATED).join(SERVICE);
    let bytes = artifact::write(&artifact).map_err(|why| Hosted::Built { path: service.clone(), why })?;
    let (mut generated, mut once) = (BTreeMap::new(), BTreeMap::new());
    // Without files it is lines of JSON.
    generated.insert(service, String::from_utf8_lossy(&bytes).into_owned());
    for file in rust::files(program, &about) {
        let into = if file.once { &mut once } else { &mut generated };
        into.insert(folder.join(file.path), file.text);
    }
    Ok(Some(Crate { folder, generated, once }))
}

fn about(
    analysis: &Analysis,
    program: &Program,
    folder: &Path,
    quater: Option<&Path>,
) -> Result<About, Failure> {
    let named = |name: &str| {
        Path::new(name)
            .file_name()
            .map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
    };
    let mut places = BTreeMap::new();
    for ((_, source), file) in analysis.sources.iter().zip(&analysis.files) {
        for declaration in &file.declarations {
            if let DeclarationKind::Operation(operation) = &declaration.kind {
                let line = source.line_of(declaration.at.start) + 1;
                places.insert(operation.name.text.to_string(), format!("{}:{line}", named(&source.name)));
            }
        }
    }
    let first = analysis.sources.iter().next().map(|(_, source)| named(&source.name));
    let quater = match quater {
        Some(sources) => {
            let path = relative(folder, &sources.join("host"))?;
            format!("{{ package = \"quater-host\", path = \"{path}\" }}")
        }
        None => format!("{{ package = \"quater-host\", version = \"{}\" }}", env!("CARGO_PKG_VERSION")),
    };
    Ok(About { file: first.unwrap_or_default(), name: program.service.name.to_string(), quater, places })
}

/// The way from a folder, which may not be there yet, to another one.
fn relative(from: &Path, to: &Path) -> Result<String, Failure> {
    let absolute = |path: &Path| {
        std::path::absolute(path).map_err(|why| Hosted::Unreadable { path: path.to_owned(), why })
    };
    let to = fs::canonicalize(to).map_err(|why| Hosted::Unreadable { path: to.to_owned(), why })?;
    let from = match fs::canonicalize(from) {
        Ok(from) => from,
        Err(_) => absolute(from)?,
    };
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    let down = to.iter().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

impl Crate {
    /// Generated files that are not as they would be written, and files in their folder that nobody writes.
    fn stale(&self) -> Result<Vec<PathBuf>, Failure> {
        let differs =
            |(path, text): &(&PathBuf, &String)| fs::read(path).ok().as_deref() != Some(text.as_bytes());
        let mut stale: Vec<PathBuf> =
            self.generated.iter().filter(differs).map(|(path, _)| path.clone()).collect();
        let folder = self.folder.join(GENERATED);
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.map_err(|why| Hosted::Unreadable { path: folder.clone(), why })?.path();
            if !self.generated.contains_key(&path) {
                stale.push(path);
            }
        }
        Ok(stale)
    }

    /// Writes what is stale and what is not there yet; whether the crate begins with that.
    fn write(&self, stale: &[PathBuf]) -> Result<bool, Failure> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |why| Hosted::Unwritable { path, why }
        };
        let folder = self.folder.join(GENERATED);
        fs::create_dir_all(&folder).map_err(failed(&folder))?;
        for path in stale {
            match self.generated.get(path) {
                Some(text) => atomic::write(path, text)?,
                None if path.is_file() => fs::remove_file(path).map_err(failed(path))?,
                None => {}
            }
        }
        let begun = !self.folder.join("Cargo.toml").exists();
        for (path, text) in &self.once {
            if begun && !path.exists() {
                atomic::write(path, text)?;
            }
        }
        Ok(begun)
    }
}

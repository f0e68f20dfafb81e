//! The repository as its keepers see it: every file that git would keep.
use std::path::Path;
use std::process::Command;

/// Folders whose files nobody writes by hand.
const UNWRITTEN: &[&str] = &["golden", "generated", "vendor"];

/// Endings of files that a document may name without their folder.
const NAMED_ALONE: &[&str] = &[".rs", ".md", ".toml", ".pest"];

/// All files of the repository.
pub(crate) struct Tree {
    /// In the order of their paths; files that are not text are left out.
    pub(crate) files: Vec<File>,
    paths: Vec<String>,
}

/// One text file.
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    /// Its whole text.
    pub(crate) text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn output(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

impl Tree {
    /// Reads what git tracks or would track.
    pub(crate) fn read() -> Self {
        let listing = output(Command::new("git").args(["ls-files", "-z", "-co", "--exclude-standard"]));
        let mut paths: Vec<String> = listing.split_terminator('\0').map(str::to_owned).collect();
        paths.retain(|path| root().join(path).is_file());
        paths.sort();
        let read = |path: &String| {
            Some(File { path: path.clone(), text: std::fs::read_to_string(root().join(path)).ok()? })
        };
        Self { files: paths.iter().filter_map(read).collect(), paths }
    }

    /// The files that people write.
    pub(crate) fn written(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| !file.path.split('/').any(|part| UNWRITTEN.contains(&part)))
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Whether a path, or a file name standing alone,, is in the repository.
    pub(crate) fn holds(&self, named: &str) -> bool {
        let named = named.trim_end_matches('/');
        let fits = |path: &String| {
            path == named
                || path.starts_with(&format!("{named}/"))
                || (!named.contains('/') && path.ends_with(&format!("/{named}")))
        };
        self.paths.iter().any(fits)
    }

    /// `path:line text` of every line that a rule objects to.
    pub(crate) fn lines_where(&self, objects: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self
            .written()
            .flat_map(|file| file.text.lines().enumerate().map(move |(at, line)| (file, at, line)));
        let found = lines.filter(|(_, _, line)| objects(line));
        found.map(|(file, at, line)| format!("{}:{} {}", file.path, at + 1, line.trim())).collect()
    }
}

/// Who depends on whom among our own crates, whatever the kind of dependency.
pub(crate) fn dependencies() -> Vec<(String, String)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let text =
        output(Command::new(cargo).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]));
    let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ours: Vec<&serde_json::Value> = metadata["packages"].as_array().unwrap().iter().collect();
    let name = |of: &serde_json::Value| of["name"].as_str().unwrap().to_owned();
    let edges = ours.iter().flat_map(|package| {
        // The tests' own harness is at the disposal of the tests within a crate.
        let to = package["dependencies"].as_array().unwrap().iter();
        let to = to.filter(|it| it["kind"] != "dev" || it["name"] != "quater-tests").map(name);
        to.filter(|to| ours.iter().any(|package| name(package) == *to)).map(|to| (name(package), to))
    });
    edges.collect()
}

/// The paths that a document names: in backticks, as links, or after a command in a code block.
pub(crate) fn paths_named(text: &str, tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            let first = |word: &str| word.split_once('/').is_some_and(|(folder, _)| tree.holds(folder));
            found.extend(
                line.split_whitespace().filter(|word| is_path(word) && first(word)).map(str::to_owned),
            );
        } else {
            let quoted = line.split('`').skip(1).step_by(2);
            let linked = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
            found.extend(quoted.chain(linked).filter(|word| is_path(word)).map(str::to_owned));
        }
    }
    found
}

fn is_path(word: &str) -> bool {
    let media = ["text/", "application/", "image/", "multipart/"].iter().any(|kind| word.starts_with(kind));
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let lone = NAMED_ALONE.iter().any(|end| word.ends_with(end) && word.len() > end.len());
    plain
        && !media
        && !word.starts_with(['/', '.'])
        && !word.starts_with("target/")
        && (word.contains('/') || lone)
}

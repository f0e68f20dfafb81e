//! What a file says about other files, read without parsing it: a declaration starts at column 0.

/// Whether a file declares a `service`, and so is the first file of one.
pub fn declares_service(text: &str) -> bool {
    text.lines().any(|line| line.strip_prefix("service").is_some_and(|rest| rest.starts_with([' ', '\t'])))
}

/// The paths that a file names in `use … from "path"`, as they are written.
pub fn imports(text: &str) -> impl Iterator<Item = &str> {
    let declarations = text.lines().filter(|line| line.starts_with("use ") || line.starts_with("use\t"));
    declarations.filter_map(|line| line.rsplit_once(" from \"")?.1.split_once('"').map(|(path, _)| path))
}

/// Where those paths stand, without their quotes.
pub fn import_places(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        at += line.len();
        (at - line.len(), line)
    });
    lines.filter_map(|(start, line)| {
        let path = imports(line).next()?;
        let from = start + line.find(path)?;
        Some(from..from + path.len())
    })
}

#[cfg(test)]
mod tests {
    use super::{declares_service, import_places, imports};

    #[test]
    fn only_declarations_count() {
        assert!(declares_service("/// Shop.\nservice shop version 1\n"));
        assert!(!declares_service("services {}\n  service shop\n// service shop\n"));
        let text = "use A from \"./a.qtr\"\n  use B from \"./b.qtr\"\nuse C, D from \"../c.qtr\" // and why\nuse E\n";
        assert_eq!(imports(text).collect::<Vec<_>>(), ["./a.qtr", "../c.qtr"]);
        let places = import_places(text).map(|place| text.get(place).unwrap_or(""));
        assert_eq!(places.collect::<Vec<_>>(), ["./a.qtr", "../c.qtr"]);
    }
}

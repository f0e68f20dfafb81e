//! What a file says about other files, read without parsing it: a declaration starts at column 0.

/// Whether a file declares a `service`, and so is the first file of one.
pub fn declares_service(text: &str) -> bool {
    lines_with(text, "service").next().is_some()
}

/// Where lines begin that begin with a word.
fn lines_with<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let found = memchr::memmem::find_iter(text.as_bytes(), word);
    found.filter(move |at| {
        let before = text.as_bytes().get(..*at).and_then(<[u8]>::last);
        let behind = text.as_bytes().get(at + word.len());
        matches!(before, None | Some(b'\n')) && matches!(behind, Some(b' ' | b'\t'))
    })
}

/// The paths that a file names in `use … from "path"`, as they are written.
pub fn imports(text: &str) -> impl Iterator<Item = &str> {
    import_places(text).filter_map(|place| text.get(place))
}

/// Where those paths stand, without their quotes.
pub fn import_places(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    lines_with(text, "use").filter_map(|start| {
        let line = text.get(start..)?.lines().next()?;
        let (before, quoted) = line.rsplit_once(" from \"")?;
        let from = start + before.len() + " from \"".len();
        Some(from..from + quoted.find('"')?)
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

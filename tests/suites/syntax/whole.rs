//! Whole services are read without a report, and lose nothing.
use super::sources::{all, read, shown};

#[test]
fn whole_services_have_no_report_no_hole_and_no_stray() {
    for source in all() {
        let parsed = read(&source.text);
        let reports: Vec<String> = parsed.reports.iter().map(|report| shown(&source.text, report)).collect();
        assert_eq!(reports, Vec::<String>::new(), "{}", source.name);
        let tree = format!("{:?}", parsed.file);
        assert!(!tree.contains("Hole") && !tree.contains("Stray"), "{} has a hole or a stray", source.name);
    }
}

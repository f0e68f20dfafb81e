//! `static`: files under a path.
use super::Checker;
use crate::ast;
use crate::report::{Code, Report, Span};
use quater_ir::setting;
use quater_ir::surface::Assets;
use smol_str::SmolStr;

/// The least and the most that a file may be kept, in milliseconds.
const CACHE: (u64, u64) = (1_000, 365 * 86_400_000);

impl Checker<'_> {
    /// Every `static`, after the routes are known.
    pub(crate) fn file_trees(&mut self) {
        let mut taken: Vec<(SmolStr, Span)> = Vec::new();
        for node in &self.names.assets {
            let Some(assets) = self.file_tree(node) else { continue };
            self.hides_nothing(&assets, node.route.at, &taken);
            taken.push((assets.path.clone(), node.route.at));
            self.assets.push(assets);
        }
    }

    fn file_tree(&mut self, node: &ast::Assets) -> Option<Assets> {
        let base = self.service.as_ref().map(|service| service.base.clone()).unwrap_or_default();
        let path = self.fixed_path(&node.route, "the path of files")?;
        let folder = self.folder(&node.folder)?;
        let cache = match &node.cache {
            Some(time) => Some(self.time_between(time, CACHE, Code::E0518)?),
            None => None,
        };
        Some(Assets {
            path: SmolStr::new(format!("{base}{path}")),
            folder,
            cache,
            spa: node.spa.is_some(),
            precompressed: node.precompressed.is_some(),
        })
    }

    /// A folder beside the service's file, written with `/`, and nothing outside it.
    fn folder(&mut self, text: &ast::Text) -> Option<SmolStr> {
        let plain = self.plain(text)?;
        let inside = plain.strip_prefix("./").unwrap_or(plain);
        let mut parts = inside.trim_end_matches('/').split('/');
        let good = !inside.starts_with('/') && !inside.contains(['\\', ':']);
        if good && parts.all(|part| !part.is_empty() && part != "." && part != "..") {
            return Some(SmolStr::new(plain));
        }
        let report = Report::new(Code::E0518, text.at, format!("`{plain}` is no folder beside this file"));
        self.report(report.help("write it from here: `\"./public\"`"))
    }

    /// No operation, no page of the service and no other tree lies where the files are.
    fn hides_nothing(&mut self, assets: &Assets, at: Span, taken: &[(SmolStr, Span)]) {
        let shown = if assets.path.is_empty() { "/" } else { assets.path.as_str() };
        if let Some((_, first)) = taken.iter().find(|(path, _)| *path == assets.path) {
            let report = Report::new(Code::E0518, at, format!("there are files at `{shown}` already"));
            return self.sink.push(report.label(*first, "these"));
        }
        let docs = self.service.as_ref().and_then(|service| service.docs_path.clone());
        let mut own = setting::OWN_PATHS.iter().copied().chain(docs.as_deref());
        if let Some(path) = own.find(|path| !assets.path.is_empty() && lies_in(path, &assets.path)) {
            self.error::<()>(Code::E0518, at, format!("`{path}` is a path of the service itself"));
            return;
        }
        // Files at the root are what is left over; elsewhere a path would be two things.
        let inside =
            |path: &str| if assets.path.is_empty() { path == "/" } else { lies_in(path, &assets.path) };
        let found = self.routes.iter().find(|route| inside(&route.path));
        if let Some(route) = found {
            let (method, path) = (route.method.name(), route.path.clone());
            let message = format!("`{method} {path}` lies among the files of `{shown}`");
            let report = Report::new(Code::E0518, at, message);
            self.sink.push(report.help("give the files or the operation another path"));
        }
    }
}

/// Whether a path is another one or lies below it; a parameter is any segment.
fn lies_in(path: &str, above: &str) -> bool {
    let mut parts = path.split('/');
    above.split('/').all(|own| parts.next().is_some_and(|part| part == own || part.starts_with('{')))
}

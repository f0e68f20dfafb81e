//! `static`
use quater_grammar::Rule;

use super::build::{Build, Pair, child, children};
use super::clause::route_inside;
use super::field::text_inside;
use super::query::cond_inside;
use crate::ast::Assets;
use crate::report::Span;

/// An `assets` pair.
pub(super) fn assets(build: &mut Build<'_>, pair: &Pair<'_>) -> Assets {
    let flag = |word: &str, build: &Build<'_>| -> Option<Span> {
        children(pair, Rule::asset_flag).find(|flag| flag.as_str() == word).map(|flag| build.at(&flag))
    };
    let (spa, precompressed) = (flag("spa", build), flag("precompressed", build));
    Assets {
        route: route_inside(build, pair),
        folder: text_inside(build, pair),
        cache: child(pair, Rule::cache).map(|cache| cond_inside(build, &cache)),
        spa,
        precompressed,
    }
}

//! What is known of names that no file declares, and of inputs without being written.
use quater_ir::Arena;
use quater_ir::builtin::Builtin;
use quater_ir::operation::{Operation, Place};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

/// The parameters of a function of the language, and what it does.
pub fn builtin(name: &str) -> Option<(Vec<String>, &'static str)> {
    let builtin = Builtin::named(name)?;
    let names: &[&str] = if builtin.arity() == 1 { &["value"] } else { &["first", "second", "third"] };
    let parameters = names.iter().take(builtin.arity()).map(|name| (*name).to_owned());
    Some((parameters.collect(), builtin.docs()))
}

fn words(place: &Place) -> &'static str {
    match place {
        Place::Path => "in the path",
        Place::Query => "in the query",
        Place::Member => "in the body",
        Place::Body => "the body",
        Place::Part => "a part of the body",
        Place::Header(_) => "in a header",
        Place::Cookie(_) => "in a cookie",
    }
}

/// Where requests over HTTP carry the inputs of all operations.
#[derive(Debug, Default)]
pub(crate) struct InputPlaces {
    by_name: FxHashMap<(SmolStr, SmolStr), &'static str>,
}

impl InputPlaces {
    /// Those of some operations.
    pub(crate) fn of(operations: &Arena<Operation>) -> Self {
        let with_http = operations.values().filter(|operation| operation.doors.http);
        let inputs = with_http.flat_map(|one| one.inputs.iter().map(move |input| (one, input)));
        let named = inputs
            .map(|(operation, input)| ((operation.name.clone(), input.name.clone()), words(&input.place)));
        // Of two operations of one name, which is reported, the first counts.
        let mut by_name = FxHashMap::default();
        named.for_each(|(name, words)| _ = by_name.entry(name).or_insert(words));
        Self { by_name }
    }

    /// Where the input of an operation is; nothing where no request carries it.
    pub(crate) fn place(&self, operation: &str, input: &str) -> Option<&'static str> {
        self.by_name.get(&(SmolStr::new(operation), SmolStr::new(input))).copied()
    }
}

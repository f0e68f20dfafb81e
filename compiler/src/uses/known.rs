//! What is known of names that no file declares, and of inputs without being written.
use quater_ir::Program;
use quater_ir::builtin::Builtin;
use quater_ir::operation::Place;

/// The parameters of a function of the language, and what it does.
pub fn builtin(name: &str) -> Option<(Vec<String>, &'static str)> {
    let builtin = Builtin::named(name)?;
    let names: &[&str] = if builtin.arity() == 1 { &["value"] } else { &["first", "second", "third"] };
    let parameters = names.iter().take(builtin.arity()).map(|name| (*name).to_owned());
    Some((parameters.collect(), builtin.docs()))
}

/// Where a request over HTTP carries an input of an operation; nothing where none does.
pub fn place_of_input(program: &Program, operation: &str, input: &str) -> Option<&'static str> {
    let operation = program.operations.values().find(|one| one.name == operation)?;
    operation.doors.http.then_some(())?;
    let input = operation.inputs.iter().find(|one| one.name == input)?;
    Some(match input.place {
        Place::Path => "in the path",
        Place::Query => "in the query",
        Place::Member => "in the body",
        Place::Body => "the body",
        Place::Part => "a part of the body",
        Place::Header(_) => "in a header",
        Place::Cookie(_) => "in a cookie",
    })
}

//! `operation`, and the lines that channels and jobs share with it.
use quater_grammar::Rule;

use super::build::{Build, Pair, child};
use super::clause::clause;
use super::declaration::{body, junk};
use super::expected::Place;
use super::field::{name_inside, parameters_inside};
use super::statement::statement;
use super::types::ty_or_missing;
use crate::ast::{Block, Clause, Field, Name, Operation, Type, TypeKind};
use crate::report::Span;

/// An `operation` pair.
pub(super) fn operation(build: &mut Build<'_>, pair: &Pair<'_>) -> Operation {
    let (name, parameters) = header(build, pair);
    let output = child(pair, Rule::output).or_else(|| child(pair, Rule::arrow));
    let output = output.map(|output| ty_or_missing(build, child(&output, Rule::ty), build.at(&output)));
    // A header that can't be read may have one.
    let output = output
        .or_else(|| child(pair, Rule::junk).map(|junk| Type { kind: TypeKind::Hole, at: build.at(&junk) }));
    let (clauses, body) = lines(build, pair);
    Operation { name, parameters, output, clauses, body }
}

/// The name and the parameters of an operation, a channel or a job.
pub(super) fn header(build: &mut Build<'_>, pair: &Pair<'_>) -> (Name, Vec<Field>) {
    junk(build, pair);
    let name = name_inside(build, pair);
    if child(pair, Rule::parameters).is_none() {
        build.missing(name.at, "`()` with the parameters");
    }
    (name, parameters_inside(build, pair))
}

/// The lines of an operation, a channel or a job: what is no clause is a step.
pub(super) fn lines(build: &mut Build<'_>, pair: &Pair<'_>) -> (Vec<Clause>, Block) {
    let (mut clauses, mut statements) = (Vec::new(), Vec::new());
    for line in body(build, pair, Rule::operation_body) {
        if line.as_rule() == Rule::clause {
            clauses.push(clause(build, &line));
        } else {
            statements.push(statement(build, &line, Place::Operation));
        }
    }
    let end = build.at(pair).after();
    let at = statements.iter().map(|step| step.at).reduce(Span::to).unwrap_or(end);
    (clauses, Block { statements, at })
}

//! `test`
use quater_grammar::Rule;

use super::argument::call;
use super::auth::{carrier, door};
use super::build::{Build, Pair, child, children, first};
use super::clause::maybe_text;
use super::declaration::{body, junk};
use super::expected::{Place, stray};
use super::expr::{hole, missing};
use super::field::{name_inside, text_inside};
use super::query::path_inside;
use super::record::{only_expr, record_inside};
use super::statement::value_inside;
use super::verb::row;
use crate::ast::{
    Caller, CallerKind, Credential, Expectation, ExpectationKind, Expr, ExprKind, Given, Literal, StubAnswer,
    Test, TestCall, TestItem, TestItemKind, Whole,
};

/// A `test` pair.
pub(super) fn test(build: &mut Build<'_>, pair: &Pair<'_>) -> Test {
    junk(build, pair);
    let title = text_inside(build, pair);
    let lines = body(build, pair, Rule::test_body);
    Test { title, items: lines.into_iter().map(|line| item(build, &line)).collect() }
}

fn item(build: &mut Build<'_>, pair: &Pair<'_>) -> TestItem {
    let at = build.at(pair);
    let kind = match first(pair) {
        Some(inner) => kind(build, &inner),
        None => {
            stray(build, pair, Place::Test);
            TestItemKind::Stray
        }
    };
    TestItem { kind, at }
}

fn kind(build: &mut Build<'_>, pair: &Pair<'_>) -> TestItemKind {
    match pair.as_rule() {
        Rule::given => {
            TestItemKind::Given(children(pair, Rule::given_row).map(|one| given(build, &one)).collect())
        }
        Rule::test_call => TestItemKind::Call(test_call(build, pair)),
        Rule::test_let => {
            TestItemKind::Let { name: name_inside(build, pair), value: value_inside(build, pair) }
        }
        Rule::stub => TestItemKind::Stub { target: path_inside(build, pair), answer: answer(build, pair) },
        Rule::at => TestItemKind::At(value_inside(build, pair)),
        Rule::run => TestItemKind::Run(name_inside(build, pair)),
        _ => TestItemKind::Expect(value_inside(build, pair)),
    }
}

fn given(build: &mut Build<'_>, pair: &Pair<'_>) -> Given {
    let at = build.at(pair);
    let mut names = build.names(pair).into_iter();
    let name = names.next().unwrap_or_else(|| build.no_name(at, "a name"));
    let entity = names.next().unwrap_or_else(|| build.no_name(at, "an entity"));
    let count = child(pair, Rule::number).map(|count| build.whole(&count));
    Given { name, count, entity, fields: record_inside(build, pair), at }
}

fn test_call(build: &mut Build<'_>, pair: &Pair<'_>) -> TestCall {
    let inner = child(pair, Rule::call);
    TestCall {
        binding: child(pair, Rule::name).map(|name| build.name(&name)),
        caller: child(pair, Rule::test_as).map(|caller| self::caller(build, &caller)),
        via: child(pair, Rule::test_via).and_then(|via| child(&via, Rule::door)).map(|one| door(build, &one)),
        credential: child(pair, Rule::test_with).map(|with| credential(build, &with)),
        call: call(build, inner.as_ref().unwrap_or(pair)),
        expectations: children(pair, Rule::expectation).map(|one| expectation(build, &one)).collect(),
    }
}

fn caller(build: &mut Build<'_>, pair: &Pair<'_>) -> Caller {
    let at = build.at(pair);
    let kind = match child(pair, Rule::row) {
        Some(inner) => CallerKind::Row(row(build, &inner)),
        None => CallerKind::Nobody,
    };
    Caller { kind, at }
}

fn credential(build: &mut Build<'_>, pair: &Pair<'_>) -> Credential {
    let at = build.at(pair);
    let word = child(pair, Rule::named_carrier).or_else(|| child(pair, Rule::carrier_word));
    let word = word.map_or("", |word| word.as_str()).to_owned();
    let text = maybe_text(build, pair);
    let carrier = carrier(build, pair, &word, text);
    let value = child(pair, Rule::credential_value).map(|value| super::expr::expr(build, &value));
    Credential { carrier, value: value.unwrap_or_else(|| missing(build, at, "a credential")), at }
}

fn expectation(build: &mut Build<'_>, pair: &Pair<'_>) -> Expectation {
    let at = build.at(pair);
    let kind = match first(pair) {
        None => ExpectationKind::Succeeds,
        Some(inner) => match inner.as_rule() {
            Rule::waiting_approval => ExpectationKind::WaitingApproval,
            Rule::succeeds => ExpectationKind::Succeeds,
            Rule::expect_fails => ExpectationKind::Fails(value_inside(build, &inner)),
            _ => gives(value_inside(build, &inner)),
        },
    };
    Expectation { kind, at }
}

/// `gives 201` asks for a status.
fn gives(value: Expr) -> ExpectationKind {
    match &value.kind {
        ExprKind::Literal(Literal::Int(number)) => match u64::try_from(*number) {
            Ok(status) => ExpectationKind::Status(Whole { value: status, at: value.at }),
            Err(_) => ExpectationKind::Gives(value),
        },
        _ => ExpectationKind::Gives(value),
    }
}

fn answer(build: &mut Build<'_>, pair: &Pair<'_>) -> StubAnswer {
    let value =
        |build: &mut Build<'_>, inner: &Pair<'_>| only_expr(build, inner).unwrap_or(hole(build.at(inner)));
    match (child(pair, Rule::gives), child(pair, Rule::expect_fails)) {
        (Some(inner), _) => StubAnswer::Gives(value(build, &inner)),
        (None, Some(inner)) => StubAnswer::Fails(value(build, &inner)),
        (None, None) => StubAnswer::Gives(hole(build.at(pair))),
    }
}

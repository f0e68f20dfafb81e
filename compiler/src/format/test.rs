//! `test`
use super::doc::{Doc, Item, commas, maybe, text, words};
use super::expr::{call, free};
use super::name::path;
use super::record::record;
use super::service::{carrier, door};
use crate::ast::{
    Caller, CallerKind, Expectation, ExpectationKind, ExprKind, Given, Literal, StubAnswer, TestCall,
    TestItem, TestItemKind,
};

/// One line.
pub(super) fn item(item: &TestItem) -> Item {
    let doc = match &item.kind {
        TestItemKind::Given(rows) => words([text("given"), commas(rows.iter().map(given))]),
        TestItemKind::Call(inner) => test_call(inner),
        TestItemKind::Let { name, value } => words([text(format!("let {} =", name.text)), free(value)]),
        TestItemKind::Stub { target, answer } => {
            let answer = match answer {
                StubAnswer::Gives(value) => words([text("gives"), free(value)]),
                StubAnswer::Fails(value) => words([text("fails"), free(value)]),
            };
            words([text("stub"), path(target), answer])
        }
        TestItemKind::At(time) => {
            let moved = matches!(time.kind, ExprKind::Literal(Literal::Duration { .. }));
            let sign = if moved { "+" } else { "" };
            super::doc::row([text(format!("at {sign}")), free(time)])
        }
        TestItemKind::Run(job) => text(format!("run {}", job.text)),
        TestItemKind::Expect(value) => words([text("expect"), free(value)]),
        TestItemKind::Stray => text(""),
    };
    Item { at: item.at, doc }
}

fn given(given: &Given) -> Doc {
    words([
        text(format!("{} =", given.name.text)),
        maybe(given.count, |count| text(format!("{} of", count.value))),
        text(given.entity.text.as_str()),
        maybe(given.fields.as_ref(), record),
    ])
}

fn test_call(test: &TestCall) -> Doc {
    let credential = maybe(test.credential.as_ref(), |with| {
        words([text("with"), carrier(&with.carrier), free(&with.value)])
    });
    let line = [
        maybe(test.binding.as_ref(), |name| text(format!("let {} =", name.text))),
        maybe(test.caller.as_ref(), caller),
        maybe(test.via.as_ref(), |via| text(format!("via {}", door(via.kind)))),
        credential,
        text("call"),
        call(&test.call),
    ];
    words(line.into_iter().chain(test.expectations.iter().map(expectation)))
}

fn caller(caller: &Caller) -> Doc {
    match &caller.kind {
        CallerKind::Nobody => text("as nobody"),
        CallerKind::Row(row) => words([text("as"), free(row)]),
    }
}

fn expectation(expectation: &Expectation) -> Doc {
    match &expectation.kind {
        ExpectationKind::Gives(value) => words([text("gives"), free(value)]),
        ExpectationKind::Status(status) => text(format!("gives {}", status.value)),
        ExpectationKind::WaitingApproval => text("gives waiting_approval"),
        ExpectationKind::Succeeds => text("succeeds"),
        ExpectationKind::Fails(error) => words([text("fails"), free(error)]),
    }
}

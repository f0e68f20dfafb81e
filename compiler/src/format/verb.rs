//! Verbs with what they are about.
use super::doc::{Doc, commas, hang, maybe, nothing, row, text, word_if, words};
use super::expr::{Around, arguments, call, expr_doc, free, quoted, range};
use super::name::{names, path};
use super::record::record;
use crate::ast::{
    Aggregate, FilterField, FilterKind, GroupBy, Page, Progress, Query, SortBy, SortKey, Target, Update,
    Upsert, Verb,
};

/// Whether a verb may not stand bare in a condition: it has a record that would open a block.
pub(super) fn opens_block(verb: &Verb) -> bool {
    match verb {
        Verb::Create(_) | Verb::Upsert(_) | Verb::Update(_) | Verb::Emit(_) | Verb::Send { .. } => true,
        Verb::Progress(_) => true,
        Verb::Find(_)
        | Verb::List(_)
        | Verb::Exists(_)
        | Verb::Aggregate { .. }
        | Verb::Delete(_)
        | Verb::Call(_)
        | Verb::Enqueue(_)
        | Verb::Link { .. }
        | Verb::Read(_)
        | Verb::Reveal { .. } => false,
    }
}

/// Whether a verb ends in a bracket or a quote, so that what follows cannot be taken for its own.
pub(super) fn is_closed(verb: &Verb) -> bool {
    if let Verb::Find(query) | Verb::Exists(query) = verb {
        return query.lookup.is_some() && query.condition.is_none() && has_no_clause(query);
    }
    matches!(verb, Verb::Call(_) | Verb::Enqueue(_))
}

/// Whether a query has no clause but `where`, `lock` and `across tenants`.
fn has_no_clause(query: &Query) -> bool {
    let ordered = query.group.is_some() || query.sort.is_some() || query.page.is_some();
    let counted = query.take.is_some() || query.batch.is_some() || query.of.is_some();
    !ordered && !counted && query.filter.is_empty() && query.search.is_empty()
}

/// Whether a verb ends in an expression that would take an `else` for its own.
pub(super) fn takes_else(verb: &Verb) -> bool {
    matches!(verb, Verb::Emit(emit) if emit.message.is_some())
        || matches!(verb, Verb::Send { .. } | Verb::Upsert(_))
}

/// A verb.
pub(super) fn verb(verb: &Verb, around: Around) -> Doc {
    match verb {
        Verb::Find(inner) => words([text("find"), query(inner, around)]),
        Verb::List(inner) => words([text("list"), query(inner, around)]),
        Verb::Exists(inner) => words([text("exists"), query(inner, around)]),
        Verb::Aggregate { kind, query: inner } => words([text(aggregate(*kind)), query(inner, around)]),
        Verb::Create(create) => words([
            text("create"),
            path(&create.entity),
            maybe(create.from.as_ref(), free),
            maybe(create.fields.as_ref(), record),
            word_if(create.across_tenants.is_some(), "across tenants"),
        ]),
        Verb::Upsert(inner) => upsert(inner),
        Verb::Update(inner) => update(inner),
        Verb::Delete(inner) => words([text("delete"), target(inner, around)]),
        Verb::Call(inner) => words([text("call"), call(inner)]),
        Verb::Enqueue(inner) => words([text("enqueue"), call(inner)]),
        Verb::Emit(emit) => words([text("emit"), call(&emit.channel), maybe(emit.message.as_ref(), free)]),
        Verb::Send { resource, message } => words([text(format!("send {}", resource.text)), free(message)]),
        Verb::Link { file, lasting } => words([
            text("link"),
            expr_doc(file, Around::CLAUSE),
            maybe(lasting.as_ref(), |lasting| words([text("for"), expr_doc(lasting, Around::CLAUSE)])),
        ]),
        Verb::Read(file) => words([text("read"), expr_doc(file, Around::CLAUSE)]),
        Verb::Reveal { value, reason } => {
            words([text("reveal"), expr_doc(value, Around::CLAUSE), text(quoted(reason))])
        }
        Verb::Progress(inner) => progress(inner),
    }
}

fn aggregate(kind: Aggregate) -> &'static str {
    match kind {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Avg => "avg",
    }
}

fn upsert(upsert: &Upsert) -> Doc {
    words([
        text("upsert"),
        path(&upsert.entity),
        row([text("by ("), names(&upsert.by), text(")")]),
        record(&upsert.fields),
        word_if(upsert.across_tenants.is_some(), "across tenants"),
        maybe(upsert.otherwise.as_ref(), |fields| words([text("else update"), record(fields)])),
    ])
}

fn update(update: &Update) -> Doc {
    words([
        text("update"),
        target(&update.target, Around::CLAUSE),
        maybe(update.from.as_ref(), free),
        maybe(update.fields.as_ref(), record),
    ])
}

fn target(target: &Target, around: Around) -> Doc {
    match target {
        Target::Row(row) => free(row),
        Target::Rows(rows) => query(rows, around),
    }
}

fn progress(progress: &Progress) -> Doc {
    words([
        text("progress"),
        expr_doc(&progress.done, Around::CLAUSE),
        text("of"),
        expr_doc(&progress.total, Around::CLAUSE),
        maybe(progress.text.as_ref(), |said| text(quoted(said))),
    ])
}

fn query(query: &Query, around: Around) -> Doc {
    let entity =
        row([path(&query.entity), maybe(query.lookup.as_ref(), |lookup| arguments(lookup, query.at))]);
    let ends = query.lock.is_none() && query.across_tenants.is_none() && has_no_clause(query);
    let condition_around = if ends && around.is_last() { Around::CONDITION } else { Around::CLAUSE };
    let clause = |word: &'static str, value: &Option<crate::ast::Expr>| {
        maybe(value.as_ref(), |value| words([text(word), expr_doc(value, Around::CLAUSE)]))
    };
    hang([
        entity,
        maybe(query.condition.as_ref(), |value| words([text("where"), expr_doc(value, condition_around)])),
        filter(&query.filter),
        if query.search.is_empty() {
            nothing()
        } else {
            words([text("search"), commas(query.search.iter().map(path))])
        },
        maybe(query.group.as_ref(), group_by),
        maybe(query.sort.as_ref(), sort),
        maybe(query.page.as_ref(), page),
        clause("take", &query.take),
        clause("batch", &query.batch),
        clause("of", &query.of),
        word_if(query.lock.is_some(), "lock"),
        word_if(query.across_tenants.is_some(), "across tenants"),
    ])
}

/// `filter status, created range`
pub(super) fn filter(fields: &[FilterField]) -> Doc {
    if fields.is_empty() {
        return nothing();
    }
    let fields = fields.iter().map(|field| {
        let kind = match field.kind {
            FilterKind::Equal => "",
            FilterKind::Range => "range",
            FilterKind::In => "in",
        };
        let alias = maybe(field.alias.as_ref(), |alias| text(format!("as {}", alias.text)));
        words([path(&field.path), text(kind), alias])
    });
    words([text("filter"), commas(fields)])
}

fn group_by(group: &GroupBy) -> Doc {
    words([
        text("group by"),
        word_if(group.each, "each"),
        expr_doc(&group.key, Around::CLAUSE),
        maybe(group.alias.as_ref(), |alias| text(format!("as {}", alias.text))),
        record(&group.fields),
    ])
}

fn sort(sort: &SortBy) -> Doc {
    words([text("sort"), word_if(sort.by_caller, "by caller"), sort_keys(&sort.keys)])
}

/// `created desc, title`
pub(super) fn sort_keys(keys: &[SortKey]) -> Doc {
    commas(keys.iter().map(|key| words([path(&key.path), word_if(key.descending, "desc")])))
}

fn page(page: &Page) -> Doc {
    words([text("page"), range(&page.size), word_if(page.by_offset, "by offset")])
}

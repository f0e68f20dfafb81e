//! The words that may stand somewhere, and how to name what the grammar wanted there.
use quater_grammar::Rule;

/// The lines of a service.
pub(super) const SETTINGS: &[&str] = &[
    "base",
    "hosts",
    "cors",
    "proxies",
    "limit",
    "docs",
    "errors",
    "unknown",
    "decimals",
    "body",
    "upload",
    "timeout",
    "patience",
    "headers",
    "connections",
    "requests",
];
/// The lines of an `auth`.
pub(super) const AUTH: &[&str] = &["bearer", "header", "cookie", "basic", "actor", "role", "tenant"];
/// The kinds of a resource.
pub(super) const RESOURCES: &[&str] = &["database", "files", "queue", "http", "mail"];
/// The lines of an entity that are no fields.
pub(super) const ENTITY: &[&str] = &["allow", "deny", "tenant", "unique", "index", "search", "fn"];
/// The lines of an operation, a channel or a job.
pub(super) const OPERATION: &[&str] = &[
    "http",
    "mcp",
    "cli",
    "allow",
    "limit",
    "idempotent",
    "approve",
    "on",
    "timeout",
    "cache",
    "compress",
    "audit",
    "effects",
    "fails",
    "impl",
    "retry",
    "every",
    "each",
    "across",
    "receives",
    "let",
    "require",
    "if",
    "for",
    "return",
    "find",
    "list",
    "create",
    "upsert",
    "update",
    "delete",
    "call",
    "enqueue",
    "emit",
    "send",
    "progress",
    "match",
];
/// The steps of a block.
pub(super) const STEPS: &[&str] = &[
    "let", "require", "if", "for", "return", "find", "list", "create", "upsert", "update", "delete", "call",
    "enqueue", "emit", "send", "progress", "match",
];
/// The lines of a test.
pub(super) const TEST: &[&str] =
    &["given", "as", "via", "with", "call", "let", "stub", "at", "run", "expect"];
/// Verbs that may stand where a value may.
pub(super) const VERBS: &[&str] = &[
    "find", "list", "exists", "count", "sum", "min", "max", "avg", "create", "upsert", "update", "delete",
    "call", "link", "read", "reveal", "match",
];

/// The words that a rule starts with.
pub(super) fn of_rule(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::output => &["->"],
        Rule::sends => &["sends"],
        Rule::gives => &["gives"],
        Rule::succeeds => &["succeeds"],
        Rule::expect_fails => &["fails"],
        Rule::expectation => &["gives", "succeeds", "fails"],
        Rule::test_as => &["as"],
        Rule::test_via => &["via"],
        Rule::test_with => &["with"],
        Rule::infix | Rule::infix_plain | Rule::infix_default => &["and", "or", "in", "else"],
        Rule::is_null => &["is"],
        Rule::has => &["has"],
        Rule::verb_word => VERBS,
        Rule::link_for | Rule::map_for => &["for"],
        Rule::asset_flag => &["spa", "precompressed"],
        Rule::cache => &["cache"],
        Rule::statement => STEPS,
        Rule::auth_item => AUTH,
        _ => of_field_or_query(rule),
    }
}

fn of_field_or_query(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::flag => &["key", "secret", "lock"],
        Rule::unique => &["unique"],
        Rule::was | Rule::backfill => &["was"],
        Rule::on_delete => &["on delete"],
        Rule::delete_word => &["cascade", "restrict", "null"],
        Rule::by | Rule::word_by => &["by"],
        Rule::stored_in | Rule::word_in | Rule::granted_in => &["in"],
        Rule::column | Rule::word_as => &["as"],
        Rule::source | Rule::word_from => &["from"],
        Rule::source_body | Rule::source_header | Rule::source_cookie => &["body", "header", "cookie"],
        Rule::on_update => &["on update"],
        Rule::word_of | Rule::of => &["of"],
        Rule::word_per => &["per"],
        Rule::where_clause => &["where"],
        Rule::filter => &["filter"],
        Rule::filter_kind => &["range", "in"],
        Rule::search => &["search"],
        Rule::group => &["group"],
        Rule::sort => &["sort"],
        Rule::page => &["page"],
        Rule::by_offset => &["by offset"],
        Rule::by_caller => &["by caller"],
        Rule::take => &["take"],
        Rule::batch => &["batch"],
        Rule::lock => &["lock"],
        Rule::across => &["across tenants"],
        Rule::direction => &["desc", "asc"],
        _ => of_access_or_door(rule),
    }
}

fn of_access_or_door(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::when => &["when"],
        Rule::grantee | Rule::public | Rule::signed_in | Rule::roles => &["public", "signed_in", "role"],
        Rule::via => &["via"],
        Rule::rule_verb | Rule::rule_word => &["read", "create", "update", "delete", "write", "all"],
        Rule::method => &["GET", "POST", "PUT", "PATCH", "DELETE"],
        Rule::returns => &["returns"],
        Rule::wrap => &["as"],
        Rule::transports => &["via"],
        Rule::transport => &["ws", "sse"],
        Rule::mcp_tool | Rule::mcp_resource | Rule::mcp_prompt => &["tool", "resource", "prompt"],
        Rule::task => &["task"],
        Rule::reports => &["progress"],
        Rule::off => &["off"],
        Rule::rate_unit => &["sec", "min", "hour", "day"],
        Rule::limit_per => &["actor", "ip", "tenant"],
        Rule::effect | Rule::effect_word => {
            &["read", "create", "update", "delete", "write", "call", "enqueue", "emit", "send"]
        }
        Rule::interval => &[
            "hour",
            "day",
            "month",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ],
        Rule::change | Rule::change_word => &["created", "updated", "deleted"],
        Rule::carrier | Rule::carrier_word => &["bearer", "header", "cookie", "basic"],
        Rule::proof | Rule::proof_word => &["jwt", "opaque", "password", "oauth"],
        Rule::door => &["http", "mcp", "cli", "remote"],
        _ => &[],
    }
}

/// What a rule is called in a sentence; nothing for rules that are only sometimes there.
pub(super) fn phrase(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::ty | Rule::type_term | Rule::named_type | Rule::list_type | Rule::record_type => "a type",
        Rule::expr
        | Rule::cond
        | Rule::default_expr
        | Rule::reference
        | Rule::reference_path
        | Rule::literal => "a value",
        Rule::name | Rule::names | Rule::path | Rule::field_name => "a name",
        Rule::text => "a text in quotes",
        Rule::number => "a number",
        Rule::range | Rule::bound => "a range like `1..20`",
        Rule::route => "a path like `/orders`",
        Rule::method => "`GET`, `POST`, `PUT`, `PATCH` or `DELETE`",
        Rule::block | Rule::arms => "a block in braces",
        Rule::braces => "a record in braces",
        Rule::arguments => "arguments in parentheses",
        Rule::columns | Rule::column_key => "columns in parentheses",
        Rule::word_is => "`=`",
        Rule::word_in => "`in`",
        Rule::word_by => "`by`",
        Rule::word_of => "`of`",
        Rule::word_per => "`per`",
        Rule::word_as => "`as`",
        Rule::where_clause => "`where`",
        Rule::rate_unit | Rule::per_unit => "`/sec`, `/min`, `/hour` or `/day`",
        Rule::limit_per => "`actor`, `ip` or `tenant`",
        Rule::delete_word => "`cascade`, `restrict` or `null`",
        Rule::grantee | Rule::public => "`public`, `signed_in` or `role …`",
        Rule::rule_verb | Rule::rule_word => "`read`, `create`, `update`, `delete`, `write` or `all`",
        Rule::mcp_tool => "`tool`, `resource` or `prompt`",
        Rule::change | Rule::change_word => "`created`, `updated` or `deleted`",
        Rule::effect | Rule::effect_word => {
            "`read`, `create`, `update`, `delete`, `write`, `call`, `enqueue`, `emit` or `send`"
        }
        Rule::interval => "a time like `5m`, `hour` or `day`",
        Rule::carrier | Rule::carrier_word => "`bearer`, `header`, `cookie` or `basic`",
        Rule::proof | Rule::proof_word => "`jwt(…)`, `opaque`, `password` or `oauth(…)`",
        Rule::door => "`http`, `mcp`, `cli` or `remote`",
        Rule::transport => "`ws` or `sse`",
        _ => return None,
    })
}

/// The known word that a word was likely meant to be.
pub(super) fn closest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let most = match word.chars().count() {
        0..=1 => 0,
        2..=4 => 1,
        _ => 2,
    };
    let close = known.into_iter().map(|candidate| (distance(word, candidate), candidate));
    close
        .filter(|(distance, _)| *distance > 0 && *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, letter) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in b.iter().enumerate() {
            let get = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX);
            let changed = get(&above, column) + usize::from(letter != other);
            let mut least = changed.min(get(&above, column + 1) + 1).min(get(&line, column) + 1);
            let swapped =
                row > 0 && column > 0 && a.get(row - 1) == Some(other) && b.get(column - 1) == Some(letter);
            if swapped {
                least = least.min(get(&before, column - 1).saturating_add(1));
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or(usize::MAX)
}

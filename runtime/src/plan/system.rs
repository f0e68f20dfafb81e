//! Statements over Quater's own tables, for programs that have a use for them.
use super::Statements;
use super::sql::{Form, Sql};
use quater_ir::Program;
use quater_ir::storage::StoredKind::{self, Bytes, Instant, Text, Uuid};

/// What keeps the results of calls with a key, each statement by its number.
#[derive(Debug)]
pub(crate) struct Calls {
    /// Forgets some results whose time is over: by now.
    pub(crate) sweep: usize,
    /// Claims a name unless it is taken: name, arguments, end, now.
    pub(crate) claim: usize,
    /// What is kept under a name.
    pub(crate) find: usize,
    /// Keeps a result: fault, body, name.
    pub(crate) keep: usize,
    /// Gives a name up.
    pub(crate) forget: usize,
}

/// What keeps the calls that wait for approval, each statement by its number.
#[derive(Debug)]
pub(crate) struct Approvals {
    /// The request that a call is bound to.
    pub(crate) bound: usize,
    /// Adds a request unless there is one: id, bound, operation, caller, tenant, arguments, made, end.
    pub(crate) add: usize,
    /// Lets go of a request whose time is over: id.
    pub(crate) expire: usize,
    /// Uses up a grant: now, id.
    pub(crate) take: usize,
    /// Decides a request that waits: state, decider, now, id, now.
    pub(crate) decide: usize,
    /// A request by its id.
    pub(crate) find: usize,
    /// Requests of an operation that wait: operation, tenant, now, the last id seen.
    pub(crate) waiting: usize,
    /// Requests of a caller: caller, the last id seen.
    pub(crate) own: usize,
}

/// The columns of a request, as they are read.
const REQUEST: &str =
    "SELECT id, operation, caller, tenant, arguments, state, made, expires FROM _quater_approvals";

/// Kinds of those columns.
pub(crate) const REQUEST_KINDS: [StoredKind; 8] = [Uuid, Text, Text, Text, Text, Text, Instant, Instant];

/// Most requests of one list.
pub(crate) const MOST: usize = 100;

struct Writer<'a> {
    program: &'a Program,
    statements: &'a mut Statements,
}

impl Writer<'_> {
    /// The number of a statement whose texts have a placeholder between them.
    fn add(&mut self, texts: &[&str], kinds: &[StoredKind]) -> usize {
        let mut sql = Sql::new(self.program, self.statements.dialect, "");
        for (at, text) in texts.iter().enumerate() {
            sql.push(text);
            if let Some(kind) = kinds.get(at) {
                sql.given(&Form::Scalar(*kind));
            }
        }
        self.statements.add(sql.text)
    }
}

/// Plans the statements of `idempotent`, where an operation is.
pub(super) fn calls(program: &Program, statements: &mut Statements) -> Option<Calls> {
    program.operations.values().find(|operation| operation.idempotent)?;
    let skip = statements.dialect.skip_locked();
    let mut sql = Writer { program, statements };
    let sweep = format!(" ORDER BY expires LIMIT 32{skip})");
    Some(Calls {
        sweep: sql.add(
            &[
                "DELETE FROM _quater_calls WHERE name IN (SELECT name FROM _quater_calls WHERE expires <= ",
                &sweep,
            ],
            &[Instant],
        ),
        claim: sql.add(
            &[
                "INSERT INTO _quater_calls (name, arguments, expires) VALUES (",
                ", ",
                ", ",
                ") ON CONFLICT (name) DO UPDATE SET arguments = excluded.arguments, expires = excluded.expires, \
                 fault = NULL, body = NULL WHERE _quater_calls.expires <= ",
                "",
            ],
            &[Bytes, Bytes, Instant, Instant],
        ),
        find: sql.add(&["SELECT arguments, fault, body FROM _quater_calls WHERE name = ", ""], &[Bytes]),
        keep: sql.add(
            &["UPDATE _quater_calls SET fault = ", ", body = ", " WHERE name = ", ""],
            &[Text, Bytes, Bytes],
        ),
        forget: sql.add(&["DELETE FROM _quater_calls WHERE name = ", ""], &[Bytes]),
    })
}

/// Plans the statements of `approve`, where an operation has it.
pub(super) fn approvals(program: &Program, statements: &mut Statements) -> Option<Approvals> {
    program.operations.values().find(|operation| operation.approval.is_some())?;
    let [same, _] = statements.dialect.same();
    let mut sql = Writer { program, statements };
    let list = format!(" ORDER BY id LIMIT {MOST}");
    Some(Approvals {
        bound: sql.add(&[&format!("{REQUEST} WHERE bound = "), ""], &[Bytes]),
        add: sql.add(
            &[
                "INSERT INTO _quater_approvals (id, bound, operation, caller, tenant, arguments, made, expires, state) \
                 VALUES (",
                ", ",
                ", ",
                ", ",
                ", ",
                ", ",
                ", ",
                ", ",
                ", 'waiting') ON CONFLICT (bound) DO NOTHING",
            ],
            &[Uuid, Bytes, Text, Text, Text, Text, Instant, Instant],
        ),
        expire: sql.add(&["UPDATE _quater_approvals SET bound = NULL WHERE id = ", ""], &[Uuid]),
        take: sql.add(
            &[
                "UPDATE _quater_approvals SET state = 'used', bound = NULL WHERE state = 'granted' AND expires > ",
                " AND id = ",
                "",
            ],
            &[Instant, Uuid],
        ),
        decide: sql.add(
            &[
                "UPDATE _quater_approvals SET state = ",
                ", decider = ",
                ", decided = ",
                " WHERE state = 'waiting' AND id = ",
                " AND expires > ",
                "",
            ],
            &[Text, Text, Instant, Uuid, Instant],
        ),
        find: sql.add(&[&format!("{REQUEST} WHERE id = "), ""], &[Uuid]),
        waiting: sql.add(
            &[
                &format!("{REQUEST} WHERE state = 'waiting' AND operation = "),
                &format!(" AND tenant{same}"),
                " AND expires > ",
                " AND id > ",
                &list,
            ],
            &[Text, Text, Instant, Uuid],
        ),
        own: sql.add(&[&format!("{REQUEST} WHERE caller = "), " AND id > ", &list], &[Text, Uuid]),
    })
}

//! Bounds of far sides: how many rows may point to one, held when one more does.
use super::Statements;
use super::dialect::Dialect;
use super::sql::{self, Form, Sql, quoted};
use quater_ir::entity::Entity;
use quater_ir::{Id, Program};

/// A bound that a written row may break.
#[derive(Debug)]
pub(crate) struct Bound {
    /// The column that points to the row with the far side.
    pub(crate) column: usize,
    pub(crate) form: Form,
    /// Holds that row, so that no two writers count at once; none where there is one writer.
    pub(crate) lock: Option<usize>,
    /// Gives a row where there is one beyond the bound.
    pub(crate) beyond: usize,
    /// Most rows.
    pub(crate) most: u32,
    /// The name of the far side.
    pub(crate) side: String,
}

/// The bounds that writing these columns of an entity's rows may break.
pub(super) fn bounds(
    program: &Program,
    statements: &mut Statements,
    of: Id<Entity>,
    written: &[usize],
) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for entity in program.entities.values() {
        for side in entity.sides.values().filter(|side| side.entity == of && !side.single) {
            let Some(most) = side.bounds.max else { continue };
            if !written.contains(&side.by.index()) {
                continue;
            }
            let far = &program.entities[of];
            let (table, by) = (quoted(&far.table), quoted(&far.columns[side.by].sql));
            let form = sql::form(program, &far.columns[side.by].ty);
            let text = format!("SELECT 1 FROM {table} AS t WHERE t.{by} = ");
            let mut sql = Sql::new(program, statements.dialect, text);
            sql.given(&form);
            sql.push(&format!(" LIMIT 1 OFFSET {most}"));
            let beyond = statements.add(sql.text);
            let lock =
                (statements.dialect == Dialect::Postgres).then(|| held(program, statements, entity, &form));
            let column = side.by.index();
            bounds.push(Bound { column, form, lock, beyond, most, side: side.name.to_string() });
        }
    }
    bounds
}

fn held(program: &Program, statements: &mut Statements, entity: &Entity, form: &Form) -> usize {
    let (table, key) = (quoted(&entity.table), quoted(&entity.columns[entity.key].sql));
    let mut sql =
        Sql::new(program, statements.dialect, format!("SELECT 1 FROM {table} AS t WHERE t.{key} = "));
    sql.given(form);
    sql.push(statements.dialect.lock());
    statements.add(sql.text)
}

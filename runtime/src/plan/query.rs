//! Reading verbs as statements.
use super::Statements;
use super::cells::{self, Cells, Gives};
use super::sql::{Bind, Sql, quoted};
use super::switch::{Rest, Switched};
use crate::service::StartError;
use quater_ir::Program;
use quater_ir::body::{Query, Select};
use quater_ir::expr::Expr;

/// A statement with its bound values; nothing where no row can fit.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) number: usize,
    pub(crate) binds: Vec<Bind>,
}

/// A reading verb.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) variants: Switched<Option<Prepared>>,
    pub(crate) cells: Vec<cells::Cell>,
    pub(crate) gives: Gives,
    /// Whether the rows are held until the transaction ends.
    pub(crate) lock: bool,
}

/// Plans a reading verb.
pub(crate) fn read(
    program: &Program,
    statements: &mut Statements,
    query: &Query,
) -> Result<Read, StartError> {
    let mut cells = Cells::default();
    let gives = cells::gives(program, query.select.entity, &query.fetch, &mut cells)?;
    let variants = variants(program, statements, &query.select, &cells, &gives, query.lock)?;
    Ok(Read { variants, cells: cells.list, gives, lock: query.lock })
}

/// Plans a selection of given cells.
pub(crate) fn variants(
    program: &Program,
    statements: &mut Statements,
    select: &Select,
    cells: &Cells,
    gives: &Gives,
    lock: bool,
) -> Result<Switched<Option<Prepared>>, StartError> {
    Switched::new(&conditions(select), |rest| {
        let Some(condition) = rest_of(rest) else { return Ok(None) };
        let mut sql = Sql::new(program, statements.dialect, "SELECT ");
        sql.open(select.entity);
        let exists = matches!(gives, Gives::Exists);
        match gives {
            Gives::Exists => sql.push("EXISTS(SELECT 1"),
            Gives::Count if select.take.is_some() => sql.push("count(*) FROM (SELECT 1"),
            Gives::Count => sql.push("count(*)"),
            Gives::Row(_) | Gives::Rows(_) | Gives::Shape(_) | Gives::Shapes(_) => {
                cells.write(&mut sql, select.entity, &select.masks)?;
            }
        }
        sql.from(select.entity);
        filter(&mut sql, select, condition)?;
        if matches!(gives, Gives::Rows(_) | Gives::Shapes(_)) || select.take.is_some() && !exists {
            sql.order(select.entity, &select.sort)?;
        }
        if let Some(take) = select.take.filter(|_| !exists) {
            sql.push(&format!(" LIMIT {take}"));
        }
        match gives {
            Gives::Exists => sql.push(")"),
            Gives::Count if select.take.is_some() => sql.push(") AS taken"),
            Gives::Count => {}
            Gives::Row(_) | Gives::Rows(_) | Gives::Shape(_) | Gives::Shapes(_) if lock => {
                sql.push(statements.dialect.lock());
            }
            Gives::Row(_) | Gives::Rows(_) | Gives::Shape(_) | Gives::Shapes(_) => {}
        }
        sql.close();
        Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
    })
}

/// Plans a deletion of every selected row.
pub(crate) fn delete_where(
    program: &Program,
    statements: &mut Statements,
    select: &Select,
) -> Result<Switched<Option<Prepared>>, StartError> {
    Switched::new(&conditions(select), |rest| {
        let Some(condition) = rest_of(rest) else { return Ok(None) };
        let entity = &program.entities[select.entity];
        let (table, key) = (quoted(&entity.table), quoted(&entity.columns[entity.key].sql));
        let mut sql = Sql::new(program, statements.dialect, format!("DELETE FROM {table}"));
        if select.take.is_some() {
            sql.push(&format!(" WHERE {key} IN (SELECT t.{key}"));
            sql.open(select.entity);
            sql.from(select.entity);
        } else {
            sql.push(" AS t");
        }
        filter(&mut sql, select, condition)?;
        if let Some(take) = select.take {
            sql.order(select.entity, &select.sort)?;
            sql.push(&format!(" LIMIT {take}{})", statements.dialect.lock()));
            sql.close();
        }
        Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
    })
}

fn conditions(select: &Select) -> Vec<&Expr> {
    std::iter::once(&select.guard).chain(&select.condition).collect()
}

/// Nothing where no row fits; else the condition that is left, if one is.
pub(crate) const fn rest_of(rest: &Rest) -> Option<Option<&Expr>> {
    match rest {
        Rest::Known(true) => Some(None),
        Rest::Known(false) => None,
        Rest::Asks(expr) => Some(Some(expr)),
    }
}

fn filter(sql: &mut Sql<'_>, select: &Select, condition: Option<&Expr>) -> Result<(), StartError> {
    if let Some(condition) = condition {
        sql.push(" WHERE ");
        sql.expr(select.entity, condition)?;
    }
    Ok(())
}

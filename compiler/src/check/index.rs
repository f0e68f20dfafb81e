//! Lists for which the database has to read the whole table.
use super::Checker;
use super::scope::Scope;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Select, Sort, Statement};
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::columns_in;
use quater_ir::expr::{Compare, Expr, Node};
use quater_ir::types::Type;

impl Checker<'_> {
    /// Warns if no index begins with any column that the last read is searched or sorted by.
    pub(crate) fn has_index(&mut self, scope: &Scope, at: Span) {
        let Some(Statement::Read { query, .. }) = scope.body.block.last() else { return };
        let (select, entity) = (&query.select, query.select.entity);
        let mut helping = Vec::new();
        let conditions = select.condition.iter().chain([&select.guard]);
        conditions.for_each(|condition| columns_in(condition, &mut |column| helping.push(column)));
        if helping.iter().any(|column| self.is_indexed(entity, *column)) {
            return;
        }
        let choices = select.choice.iter().flat_map(|choice| choice.orders.iter().map(|(_, sort)| sort));
        for sort in std::iter::once(&select.sort).chain(choices) {
            let asked = asked(select, sort);
            if asked.iter().any(|column| self.is_indexed(entity, *column)) {
                continue;
            }
            let of = &self.entities[entity];
            if asked.is_empty() && sort.iter().any(|step| !step.via.is_empty()) {
                let message =
                    format!("this reads every row of `{}`: no index has the order of other rows", of.name);
                let help = "narrow the rows down first, by a field that has an index";
                return self.sink.push(Report::new(Code::W0601, at, message).help(help));
            }
            if asked.is_empty() {
                continue;
            }
            let names: Vec<&str> = asked.iter().map(|column| of.columns[*column].name.as_str()).collect();
            let message = format!(
                "this reads every row of `{}`: no index begins with `{}`",
                of.name,
                names.join("` or `")
            );
            let help = format!("add `index ({})` to `{}`", names.join(", "), of.name);
            return self.sink.push(Report::new(Code::W0601, at, message).help(help));
        }
    }

    /// Whether the column is the first of something that the database finds rows by.
    fn is_indexed(&self, entity: Id<Entity>, column: Id<Column>) -> bool {
        let of = &self.entities[entity];
        let mut lines = self.indexes.iter().filter(|(owner, _)| *owner == entity);
        of.key == column
            || matches!(of.columns[column].ty.required(), Type::Ref(_))
            || of.uniques.iter().any(|unique| unique.columns.first() == Some(&column))
            || lines.any(|(_, columns)| columns.first().is_some_and(|(first, _)| *first == column))
    }
}

/// The columns by whose order rows could be found, or sorted so, each once.
fn asked(select: &Select, sort: &[Sort]) -> Vec<Id<Column>> {
    let mut asked = Vec::new();
    let mut add = |column| {
        if !asked.contains(&column) {
            asked.push(column);
        }
    };
    if let Some(condition) = &select.condition {
        searched(condition, &mut add);
    }
    sort.iter().filter(|step| step.via.is_empty()).for_each(|step| add(step.column));
    asked
}

/// Finds the columns that are compared with one value or a range. Half of all rows have the one or the
/// other truth, so an index on it alone finds nothing.
fn searched(condition: &Expr, found: &mut impl FnMut(Id<Column>)) {
    if let Node::And(parts) | Node::Or(parts) = &condition.node {
        return parts.iter().for_each(|part| searched(part, found));
    }
    let sides: &[&Expr] = if let Node::Compare(compare, a, b) = &condition.node
        && *compare != Compare::NotEqual
    {
        &[a, b]
    } else if let Node::In(item, _) = &condition.node {
        &[item]
    } else {
        &[]
    };
    for side in sides {
        if let Node::Column { via, column, .. } = &side.node
            && via.is_empty()
            && *side.ty.required() != Type::Bool
        {
            found(*column);
        }
    }
}

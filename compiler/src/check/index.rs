//! Queries for which the database has to read the whole table, or all that a tenant has in it.
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
    /// Warns if no index finds the rows of the last query, or has them in its order.
    pub(crate) fn has_index(&mut self, scope: &Scope, at: Span) {
        let Some(select) = scope.body.block.last().and_then(selection) else { return };
        let entity = select.entity;
        let asks = self.sought_by(select);
        // What a rule asks beside the tenant helps some of the callers, and is not the query's to answer for.
        if asks.ruled.iter().any(|column| self.lines(entity).any(|line| line.first() == Some(column))) {
            return;
        }
        let choices = select.choice.iter().flat_map(|choice| choice.orders.iter().map(|(_, sort)| sort));
        for sort in std::iter::once(&select.sort).chain(choices) {
            let wanted = asks.wanted(sort);
            let unordered = sort.first().is_some_and(|step| !step.via.is_empty());
            if wanted.is_empty() && !unordered || self.lines(entity).any(|line| asks.helped(&line, sort)) {
                continue;
            }
            let report = self.unindexed(entity, &asks, &wanted, at);
            return self.sink.push(report);
        }
    }

    /// What a query asks of the rows.
    fn sought_by(&self, select: &Select) -> Asks {
        let mut asks = Asks::default();
        select.condition.iter().for_each(|condition| asks.condition(condition));
        let tenant = self.entities[select.entity].tenant;
        for part in parts(&select.guard) {
            let mut fixed = Asks::default();
            fixed.condition(part);
            match fixed.fixed.as_slice() {
                [only] if Some(*only) == tenant => asks.tenant = tenant,
                _ => columns_in(part, &mut |column| asks.ruled.push(column)),
            }
        }
        asks
    }

    /// The columns of everything that the database finds rows by, in their order.
    fn lines(&self, entity: Id<Entity>) -> impl Iterator<Item = Vec<Id<Column>>> {
        let of = &self.entities[entity];
        let relations = of.columns.iter().filter(|(_, it)| matches!(it.ty.required(), Type::Ref(_)));
        let uniques = of.uniques.iter().map(|unique| unique.columns.clone());
        let first = self.indexes.partition_point(|(owner, _)| *owner < entity);
        let declared = self.indexes.iter().skip(first).take_while(move |(owner, _)| *owner == entity);
        let declared = declared.map(|(_, columns)| columns.iter().map(|(column, _)| *column).collect());
        let single = std::iter::once(of.key).chain(relations.map(|(id, _)| id)).map(|column| vec![column]);
        single.chain(uniques).chain(declared)
    }

    fn unindexed(&self, entity: Id<Entity>, asks: &Asks, wanted: &[Id<Column>], at: Span) -> Report {
        let of = &self.entities[entity];
        let name = |column: &Id<Column>| of.columns[*column].name.as_str();
        let rows = if asks.tenant.is_some() { " that a tenant has" } else { "" };
        let reads = format!("this reads every row of `{}`{rows}: no index", of.name);
        if wanted.is_empty() {
            let report = Report::new(Code::W0601, at, format!("{reads} has the order of other rows"));
            return report.help("narrow the rows down first, by a field that has an index");
        }
        let names: Vec<&str> = wanted.iter().map(name).collect();
        let tenant = asks.tenant.as_ref().map(name);
        let before = tenant.map_or_else(String::new, |tenant| format!("`{tenant}` and then "));
        let message = format!("{reads} begins with {before}`{}`", names.join("` or `"));
        let columns: Vec<&str> = tenant.into_iter().chain(names).collect();
        let line = format!("index ({})", columns.join(", "));
        let title = format!("add `{line}` to `{}`", of.name);
        let report = Report::new(Code::W0601, at, message).help(title.clone());
        match self.names.entities.nth(entity.index()).and_then(|(_, node)| node.items.last()) {
            Some(last) => report.choice(title, last.at.after(), format!("\n  {line}")),
            None => report,
        }
    }
}

/// The rows that a statement looks for by itself.
const fn selection(statement: &Statement) -> Option<&Select> {
    if let Statement::Read { query, .. } | Statement::ForRows { query, .. } = statement {
        Some(&query.select)
    } else if let Statement::UpdateWhere { select, .. } | Statement::DeleteWhere { select, .. } = statement {
        Some(select)
    } else {
        None
    }
}

/// The columns by which rows could be found.
#[derive(Default)]
struct Asks {
    /// The tenant's, where the rows of one are looked at.
    tenant: Option<Id<Column>>,
    /// Those that have one value.
    fixed: Vec<Id<Column>>,
    /// Those that have one of several values, or lie in a range.
    ranged: Vec<Id<Column>>,
    /// Those of which half of all rows have the one or the other truth, so that one alone finds nothing.
    truths: Vec<Id<Column>>,
    /// Those that rules ask for.
    ruled: Vec<Id<Column>>,
}

impl Asks {
    fn condition(&mut self, condition: &Expr) {
        for part in parts(condition) {
            if let Node::Compare(Compare::Equal, a, b) = &part.node {
                for side in [a, b] {
                    own(side).into_iter().for_each(|column| add(&mut self.fixed, column));
                    relation(side).into_iter().for_each(|column| add(&mut self.ranged, column));
                }
                self.truth(part);
            } else if let Node::Column { .. } | Node::Not(_) = &part.node {
                columns_in(part, &mut |column| add(&mut self.truths, column));
            } else {
                self.either(part);
            }
        }
    }

    fn truth(&mut self, equality: &Expr) {
        for side in equality.children() {
            if let (Some(column), Type::Bool) = (own(side), side.ty.required()) {
                add(&mut self.truths, column);
            }
        }
    }

    /// A condition that some value of a column fulfils.
    fn either(&mut self, condition: &Expr) {
        if let Node::And(parts) | Node::Or(parts) = &condition.node {
            return parts.iter().for_each(|part| self.either(part));
        }
        let sides: &[&Expr] = if let Node::Compare(compare, a, b) = &condition.node
            && *compare != Compare::NotEqual
        {
            &[a, b]
        } else if let Node::In(item, _) | Node::Contains { item, .. } | Node::IsNull(item) = &condition.node {
            &[item]
        } else {
            &[]
        };
        for side in sides {
            if let Some(column) = own(side).or_else(|| relation(side))
                && *side.ty.required() != Type::Bool
            {
                add(&mut self.ranged, column);
            }
        }
    }

    /// The columns that an index would begin with, those that find rows before those that order them.
    fn wanted(&self, sort: &[Sort]) -> Vec<Id<Column>> {
        let sorted = sort.iter().take_while(|step| step.via.is_empty()).map(|step| step.column);
        let mut wanted = Vec::new();
        let found = self.fixed.iter().chain(&self.ranged).copied().chain(sorted);
        let useful = found.filter(|it| Some(*it) != self.tenant && !self.truths.contains(it));
        useful.for_each(|column| add(&mut wanted, column));
        wanted
    }

    /// Whether an index finds the rows, or has them in their order.
    fn helped(&self, line: &[Id<Column>], sort: &[Sort]) -> bool {
        let known = |it: &&Id<Column>| {
            Some(**it) == self.tenant || self.fixed.contains(*it) || self.truths.contains(*it)
        };
        let prefix: Vec<Id<Column>> = line.iter().take_while(known).copied().collect();
        if prefix.iter().any(|it| self.fixed.contains(it)) {
            return true;
        }
        let Some(next) = line.get(prefix.len()) else { return false };
        let first = sort.iter().find(|step| !self.fixed.contains(&step.column) || !step.via.is_empty());
        self.ranged.contains(next) || first.is_some_and(|it| it.via.is_empty() && it.column == *next)
    }
}

fn add(columns: &mut Vec<Id<Column>>, column: Id<Column>) {
    if !columns.contains(&column) {
        columns.push(column);
    }
}

/// The conditions that must all hold.
fn parts(condition: &Expr) -> Vec<&Expr> {
    if let Node::And(all) = &condition.node {
        return all.iter().flat_map(parts).collect();
    }
    vec![condition]
}

/// The column of the row itself that an expression is.
fn own(expr: &Expr) -> Option<Id<Column>> {
    if let Node::Column { up: 0, via, column } = &expr.node
        && via.is_empty()
    {
        return Some(*column);
    }
    if let Node::Convert(inner) = &expr.node { own(inner) } else { None }
}

/// The relation that leads to the row whose column an expression is.
fn relation(expr: &Expr) -> Option<Id<Column>> {
    if let Node::Column { up: 0, via, .. } = &expr.node { via.first().copied() } else { None }
}

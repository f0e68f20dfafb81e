//! Conditions whose parts may fail, as SQL: a database asks the parts of `and` and `or` in whatever order it likes.
use super::sql::Sql;
use super::walk::any;
use crate::service::StartError;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::expr::{Arithmetic, Expr, Node, Operator};
use quater_ir::value::Literal;

type Written = Result<(), StartError>;

/// How parts are joined.
pub(super) struct Join {
    between: &'static str,
    /// Behind the parts before one that may fail, where that one counts.
    counts: &'static str,
    /// What it all comes to where it does not.
    decided: &'static str,
}

pub(super) const AND: Join = Join { between: " AND ", counts: " IS NOT FALSE", decided: "FALSE" };
pub(super) const OR: Join = Join { between: " OR ", counts: " IS NOT TRUE", decided: "TRUE" };

/// Whether a calculation may divide by zero.
pub(super) fn may_divide_by_zero(how: Arithmetic, divisor: &Expr) -> bool {
    matches!(how.operator, Operator::Divide | Operator::Remainder) && !is_some_number(divisor)
}

/// Whether a number is written out, and not zero.
fn is_some_number(expr: &Expr) -> bool {
    if let Node::Convert(inner) | Node::Negate(inner) = &expr.node {
        return is_some_number(inner);
    }
    let Node::Literal(literal) = &expr.node else { return false };
    match literal {
        Literal::Int(it) => *it != 0,
        Literal::Float(it) => *it != 0.0,
        Literal::Decimal(it) => !it.is_zero(),
        Literal::Null | Literal::Bool(_) | Literal::Text(_) | Literal::Duration(_) => false,
    }
}

/// Whether the database may fail to work something out.
pub(super) fn may_fail(expr: &Expr) -> bool {
    any(
        expr,
        &|it| matches!(&it.node, Node::Arithmetic(how, _, divisor) if may_divide_by_zero(*how, divisor)),
    )
}

impl Sql<'_> {
    /// Appends conditions that are joined. Behind one that decides, none is asked that may fail, as in a body.
    pub(super) fn junction(&mut self, of: Id<Entity>, parts: &[Expr], join: &Join) -> Written {
        let fails = parts.iter().skip(1).position(may_fail);
        let Some((before, behind)) = fails.and_then(|at| parts.split_at_checked(at + 1)) else {
            return self.list(of, "(", parts, join.between, ")");
        };
        self.push("(");
        // An index may find rows by what stands outside.
        self.list(of, "(", before, join.between, ")")?;
        self.push(join.between);
        self.list(of, "(CASE WHEN (", before, join.between, ")")?;
        self.push(&format!("{} THEN ", join.counts));
        self.junction(of, behind, join)?;
        self.push(&format!(" ELSE {} END))", join.decided));
        Ok(())
    }
}

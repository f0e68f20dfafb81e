//! A `match` over values that a database knows, as conditions one after the other.
use quater_ir::expr::{Compare, Expr, Node, Pattern};
use quater_ir::types::Type;
use quater_ir::value::Literal;

/// The same value by `if`; nothing where an arm asks for a member of a union.
pub(crate) fn of(expr: &Expr) -> Option<Expr> {
    let Node::Match { subject, arms, otherwise } = &expr.node else { return None };
    let (mut rest, arms) = match otherwise {
        Some(otherwise) => ((**otherwise).clone(), arms.as_slice()),
        // The arms are exhaustive, so the last one fits where no other does.
        None => arms.split_last().map(|((_, last), before)| (last.clone(), before))?,
    };
    for (patterns, value) in arms.iter().rev() {
        let asked = patterns.iter().map(|pattern| asks(subject, pattern)).collect::<Option<Vec<Expr>>>()?;
        let condition = Box::new(Expr::new(Node::Or(asked), Type::Bool));
        let node = Node::If { condition, then: Box::new(value.clone()), otherwise: Box::new(rest) };
        rest = Expr::new(node, expr.ty.clone());
    }
    Some(rest)
}

fn asks(subject: &Expr, pattern: &Pattern) -> Option<Expr> {
    let subject = Box::new(subject.clone());
    let node = match pattern {
        Pattern::Literal(Literal::Null) => Node::IsNull(subject),
        Pattern::Literal(literal) => {
            let value = Expr::new(Node::Literal(literal.clone()), subject.ty.required().clone());
            Node::Compare(Compare::Equal, subject, Box::new(value))
        }
        Pattern::Variant(_) => return None,
    };
    Some(Expr::new(node, Type::Bool))
}

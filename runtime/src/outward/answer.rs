//! What an upstream has answered, held against what it was declared to answer.
use super::{Reply, call_of};
use crate::eval::Scope;
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire::read::Reader;
use crate::wire::tree::Tree;
use quater_ir::Id;
use quater_ir::expr::Expr;
use quater_ir::resource::{Resource, UpstreamCall};
use quater_ir::types::Type;
use std::sync::Arc;

impl Reply {
    /// The output of a call, or, as `{ status, message, body }`, what went wrong.
    pub(crate) fn settle(
        &self,
        scope: &Scope<'_>,
        resource: Id<Resource>,
        call: Id<UpstreamCall>,
    ) -> Run<Result<Value, Value>> {
        let call = call_of(scope.facts, resource, call).ok_or(Stop::Defect("a call of no upstream"))?;
        let (status, body) = match self {
            Self::Answered { status, body } => (*status, body),
            Self::Unanswered(why) => return Ok(Err(failure(None, why, None))),
        };
        if !(200..300).contains(&status) {
            return Ok(Err(failure(Some(status), &format!("it answered {status}"), Some(body))));
        }
        let Some(ty) = &call.output else { return Ok(Ok(Value::Null)) };
        Ok(read(scope, body, ty).map_err(|why| {
            let message = format!("its answer is not what was declared: {why}");
            failure(Some(status), &message, Some(body))
        }))
    }
}

fn read(scope: &Scope<'_>, body: &[u8], ty: &Type) -> Result<Value, String> {
    let facts = scope.facts;
    let tree: Tree<'_> = Tree::read(body).map_err(|_| "it is not JSON".to_owned())?;
    let default = |expr: &Expr| scope.value(expr);
    let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
    reader.lenient = true;
    let value = reader.value(tree, ty);
    match reader.violations.first() {
        None => Ok(value),
        Some(first) if first.pointer.is_empty() => Err(format!("it {}", first.message)),
        Some(first) => Err(format!("`{}` {}", first.pointer, first.message)),
    }
}

fn failure(status: Option<u16>, message: &str, body: Option<&[u8]>) -> Value {
    let text = body.and_then(|body| std::str::from_utf8(body).ok());
    let json = text.filter(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
    Value::Record(Arc::new([
        status.map_or(Value::Null, |status| Value::Int(i64::from(status))),
        Value::Text(message.into()),
        json.map_or(Value::Null, |json| Value::Json(Arc::from(json))),
    ]))
}

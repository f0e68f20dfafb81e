//! Calls of a test: through the door it names, or through every one that the operation has.
use super::doors::{self, Argument};
use super::matching::{Wanted, alike};
use super::{Case, Failure, broken};
use crate::call::{Answer, Call, Ending, Entry, Identity, Known, Refusal, RequestId, Wishes};
use crate::invoke::{Admitted, Task, judge};
use crate::plan::common::{RELEASE, ROLLBACK_TO, SAVEPOINT};
use crate::presence::Presence;
use crate::stop::{Run, Stop};
use crate::wire::read::Reader;
use crate::wire::write;
use quater_ir::expr::Expr;
use quater_ir::fault::UNAVAILABLE;
use quater_ir::operation::{Door, Operation};
use quater_ir::test::{Call as Asked, Outcome, Pattern, Who};
use serde_json::Value as Json;

type Ended = Result<Answer, Refusal>;

impl Case<'_> {
    pub(super) fn call(&mut self, line: u32, call: &Asked) -> Result<(), Failure> {
        let operation = &self.program().operations[call.operation];
        let doors: Vec<Door> = match call.door {
            Some(door) => vec![door],
            None => Door::ALL.into_iter().filter(|door| operation.doors.has(*door)).collect(),
        };
        let mut first: Option<(Door, Ended)> = None;
        for (at, door) in doors.iter().copied().enumerate() {
            let last = at + 1 == doors.len();
            let ended = self.through(line, call, door, last)?;
            self.judge(line, call, operation, door, &ended)?;
            match &first {
                Some((other, before)) => same(line, *other, before, door, &ended)?,
                None => first = Some((door, ended.clone())),
            }
            if last {
                self.keep(line, call, operation, &ended)?;
            }
        }
        if first.is_some() {
            Ok(())
        } else {
            Err(Failure::new(line, "the operation has no door to call it through"))
        }
    }

    /// One call; what it wrote stays only if it is to be kept.
    fn through(&mut self, line: u32, call: &Asked, door: Door, keep: bool) -> Result<Ended, Failure> {
        let made = self.make_call(line, call, door)?;
        let mut unasked = None;
        let run = |case: &mut Self| -> Run<Ended> {
            let (engine, plan) = (case.engine, case.plan());
            // One for the door, one for each batch of the call.
            case.session.execute(plan, SAVEPOINT)?;
            case.session.execute(plan, SAVEPOINT)?;
            if engine.welcomes(&made.identity, door)
                && engine.welcome(&mut case.session, &made.identity, door).is_err()
            {
                case.session.execute(plan, ROLLBACK_TO)?;
            }
            let presence = Presence::default();
            let admitted = Admitted { call: made, meter: None, presence, span: None };
            let (ended, stays) = match engine.prepare(&mut case.session, admitted) {
                Ok(mut ready) => match case.ask(line, &mut ready) {
                    Ok(Ok(())) => {
                        let mut task = Task::Call(Box::new(ready.in_savepoint()));
                        let settled = engine.finish(&mut case.session, &mut task);
                        (settled.result, settled.stays)
                    }
                    Ok(Err(refusal)) => (Err(refusal), false),
                    Err(failure) => {
                        unasked = Some(failure);
                        (Err(Refusal::plain(case.program(), UNAVAILABLE)), false)
                    }
                },
                Err(failed) => (Err(failed.refusal), false),
            };
            for undo in [!stays, !keep] {
                if undo {
                    case.session.execute(plan, ROLLBACK_TO)?;
                }
                case.session.execute(plan, RELEASE)?;
            }
            Ok(ended)
        };
        let ended = run(self).map_err(|stop| broken(line, &stop))?;
        unasked.map_or(Ok(ended), Err)
    }

    fn make_call(&self, line: u32, call: &Asked, door: Door) -> Result<Call, Failure> {
        let program = self.program();
        let operation = &program.operations[call.operation];
        let mut arguments: Vec<Argument<'_>> = Vec::new();
        for (at, expr) in &call.arguments {
            let input = operation.inputs.get(*at as usize);
            let input = input.ok_or_else(|| Failure::new(line, "an argument without its input"))?;
            arguments.push((input, self.value(line, expr)?));
        }
        // From elsewhere, inputs come as one JSON object, as agents send them.
        let (form, entry) = if call.remote { (Door::Mcp, Entry::Remote) } else { (door, Entry::Local) };
        let input =
            doors::input(program, call.operation, form, &arguments).map_err(|stop| broken(line, &stop))?;
        let identity = self.identity(line, &call.who)?;
        let request = RequestId::fresh();
        let wishes = Wishes::default();
        Ok(Call { operation: call.operation, door, entry, input, identity, request, ip: None, wishes })
    }

    fn identity(&self, line: u32, who: &Who) -> Result<Identity, Failure> {
        Ok(match who {
            Who::Nobody => Identity::Nobody,
            Who::Row(expr) => {
                let key = self.scope().plain(expr).map_err(|stop| broken(line, &stop))?;
                Identity::Known(Known { key })
            }
            Who::Carried(carrier, expr) => Identity::carried(carrier.clone(), self.credential(line, expr)?),
            Who::Bearer(expr) => {
                let text = self.credential(line, expr)?;
                let schemes = self.program().auths.values().filter(|auth| auth.carrier.scheme().is_some());
                let judge = schemes.filter(|auth| judge::fits(auth, &text)).map(|auth| auth.carrier.clone());
                judge.into_iter().next().map_or_else(
                    || Identity::bearer(text.clone()),
                    |carrier| Identity::carried(carrier, text.clone()),
                )
            }
        })
    }

    fn credential(&self, line: u32, expr: &Expr) -> Result<String, Failure> {
        let value = self.value(line, expr)?;
        value.text().map(str::to_owned).map_err(|stop| broken(line, &stop))
    }

    fn judge(
        &self,
        line: u32,
        call: &Asked,
        operation: &Operation,
        door: Door,
        ended: &Ended,
    ) -> Result<(), Failure> {
        let what = format!("`{}` through {}", operation.name, door.name());
        let fault = |id| self.program().faults[id].name.to_string();
        match (&call.outcome, ended) {
            (Outcome::Fails(wanted, _), Err(refusal)) if refusal.fault == *wanted => Ok(()),
            (Outcome::Fails(wanted, _), Err(refusal)) => Err(Failure::between(
                line,
                format!("{what} fails otherwise"),
                fault(*wanted),
                self.told(refusal),
            )),
            (Outcome::Fails(wanted, _), Ok(answer)) => {
                let got = String::from_utf8_lossy(&answer.body).into_owned();
                Err(Failure::between(line, format!("{what} succeeds"), fault(*wanted), got))
            }
            (Outcome::Succeeds | Outcome::Status(_) | Outcome::Gives(_) | Outcome::Waits, Err(refusal)) => {
                Err(Failure::between(line, format!("{what} fails"), "success".to_owned(), self.told(refusal)))
            }
            (Outcome::Waits, Ok(answer)) if matches!(answer.ending, Ending::Waiting(_)) => Ok(()),
            (Outcome::Succeeds | Outcome::Status(_) | Outcome::Gives(_), Ok(answer))
                if matches!(answer.ending, Ending::Waiting(_)) =>
            {
                let (wanted, got) = ("success".to_owned(), "waiting for approval".to_owned());
                Err(Failure::between(line, format!("{what} waits"), wanted, got))
            }
            (Outcome::Succeeds, Ok(_)) => Ok(()),
            (Outcome::Waits, Ok(_)) => Err(Failure::between(
                line,
                format!("{what} does not wait"),
                "waiting for approval".to_owned(),
                "success".to_owned(),
            )),
            (Outcome::Status(wanted), Ok(_)) => self.status(line, call, &what, *wanted),
            (Outcome::Gives(pattern), Ok(answer)) => self.gives(line, &what, pattern, answer),
        }
    }

    fn told(&self, refusal: &Refusal) -> String {
        let name = &self.program().faults[refusal.fault].name;
        let violations = refusal.violations.iter().map(|it| format!("; `{}` {}", it.pointer, it.message));
        format!("{name}: {}{}", refusal.message, violations.collect::<String>())
    }

    fn status(&self, line: u32, call: &Asked, what: &str, wanted: u16) -> Result<(), Failure> {
        let route = self.program().surface.routes.iter().find(|route| route.operation == call.operation);
        match route {
            Some(route) if route.status == wanted => Ok(()),
            Some(route) => {
                let (wanted, got) = (wanted.to_string(), route.status.to_string());
                Err(Failure::between(line, format!("{what} has another status"), wanted, got))
            }
            None => Err(Failure::new(line, format!("{what} has no status, because it has no route"))),
        }
    }

    fn gives(&self, line: u32, what: &str, pattern: &Pattern, answer: &Answer) -> Result<(), Failure> {
        let wanted = self.wanted(line, pattern)?;
        let got = parse(answer).ok_or_else(|| Failure::new(line, format!("{what} gives nothing")))?;
        match wanted.differs(&got, "") {
            None => Ok(()),
            Some((at, wanted, got)) => {
                let place = if at.is_empty() { String::new() } else { format!(" at `{at}`") };
                Err(Failure::between(line, format!("{what} gives something else{place}"), wanted, got))
            }
        }
    }

    fn wanted(&self, line: u32, pattern: &Pattern) -> Result<Wanted, Failure> {
        Ok(match pattern {
            Pattern::Equals(expr) => Wanted::Equal(self.json(line, expr)?),
            Pattern::Members(members) => {
                let member = |(name, pattern): &(smol_str::SmolStr, Pattern)| {
                    Ok((name.to_string(), self.wanted(line, pattern)?))
                };
                Wanted::Members(members.iter().map(member).collect::<Result<_, Failure>>()?)
            }
            Pattern::Items(items) => {
                Wanted::Items(items.iter().map(|it| self.wanted(line, it)).collect::<Result<_, _>>()?)
            }
        })
    }

    fn json(&self, line: u32, expr: &Expr) -> Result<Json, Failure> {
        let mut out = Vec::new();
        let value = self.value(line, expr)?;
        write::value(&mut out, self.program(), &value, &expr.ty).map_err(|stop| broken(line, &stop))?;
        serde_json::from_slice(&out).map_err(|_| Failure::new(line, "a pattern that is not JSON"))
    }

    /// Puts the output into the slot of the call.
    fn keep(&mut self, line: u32, call: &Asked, operation: &Operation, ended: &Ended) -> Result<(), Failure> {
        let (Some(slot), Ok(answer), Some(ty)) = (call.slot, ended, &operation.output) else { return Ok(()) };
        let tree = serde_json::from_slice(&answer.body);
        let tree = tree.map_err(|_| Failure::new(line, "the output is not JSON"))?;
        let default = |_: &Expr| Err(Stop::Defect("an output lacks a member"));
        let facts = &self.engine.facts;
        let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
        let value = reader.value(tree, ty);
        if let Some(violation) = reader.violations.first() {
            let message =
                format!("the output breaks its own type: `{}` {}", violation.pointer, violation.message);
            return Err(Failure::new(line, message));
        }
        self.set(slot.0, value);
        Ok(())
    }
}

fn parse(answer: &Answer) -> Option<Json> {
    serde_json::from_slice(&answer.body).ok()
}

/// Whether two doors came to the same.
fn same(line: u32, one: Door, before: &Ended, other: Door, now: &Ended) -> Result<(), Failure> {
    let alike = match (before, now) {
        (Ok(a), Ok(b)) if matches!(a.ending, Ending::Waiting(_)) => matches!(b.ending, Ending::Waiting(_)),
        (Ok(a), Ok(b)) => match (parse(a), parse(b)) {
            (Some(a), Some(b)) => alike(&a, &b),
            (a, b) => a == b,
        },
        (Err(a), Err(b)) => a.fault == b.fault && a.message == b.message && a.payload == b.payload,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    };
    if alike {
        return Ok(());
    }
    let shown = |ended: &Ended| match ended {
        Ok(answer) => String::from_utf8_lossy(&answer.body).into_owned(),
        Err(refusal) => refusal.message.clone(),
    };
    let message = format!("{} and {} give different answers", one.name(), other.name());
    Err(Failure::between(line, message, shown(before), shown(now)))
}

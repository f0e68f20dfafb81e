//! `audit`
use super::Operate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::near::near;
use crate::output;
use crate::service::{Environment, Here};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use quater_ir::Program;
use quater_runtime::audit::{self, Filter, Recorded};
use quater_runtime::migrate::instant;
use serde_json::json;
use uuid::Uuid;

/// What a record names that is of no operation: a look at requests for approval.
const NO_OPERATION: &str = "approvals";

/// Arguments of `audit`.
#[derive(Debug, Clone, Args)]
pub struct Audit {
    /// Calls of this operation
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Calls by the caller with this key
    #[arg(long, value_name = "KEY")]
    actor: Option<String>,
    /// Calls through this door
    #[arg(long, value_parser = ["http", "mcp", "cli", "socket", "job"])]
    door: Option<String>,
    /// Calls that ended so: `ok`, or the name of an error
    #[arg(long, value_name = "RESULT")]
    result: Option<String>,
    /// The call with this request id
    #[arg(long, value_name = "ID")]
    request: Option<Uuid>,
    /// Calls since a moment, `2026-01-31T09:00:00Z`, or in the last `15m`, `6h`, `7d`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<i64>,
    /// Calls before a moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
    /// The most that are shown
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: u32,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    environment: Environment,
}

impl Operate for Audit {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, here: Here) -> Result<Exit, Failure> {
        let settings = here.settings(&self.environment)?;
        let filter = Filter {
            operation: self.operation.clone(),
            actor: self.actor.clone(),
            door: self.door.clone(),
            result: self.result.clone(),
            request: self.request,
            since: self.since,
            until: self.until,
            most: self.limit,
        };
        let records = audit::read(&here.program, &settings, &filter).map_err(|why| Failure::Audit { why })?;
        output::told(self.json, &if self.json { for_programs(&records) } else { for_people(&records) });
        if records.is_empty() {
            self.operation
                .as_deref()
                .and_then(|name| why_none(&here.program, name))
                .iter()
                .for_each(|it| output::err(it));
        }
        Ok(Exit::Clean)
    }
}

/// Why there is no record of an operation, where its name tells. Records of one that was called otherwise before stay
/// under that name, so a name that is not there may be meant.
fn why_none(program: &Program, name: &str) -> Option<String> {
    if let Some(operation) = program.operations.values().find(|it| it.name == name) {
        return operation
            .unaudited
            .as_ref()
            .map(|_| format!("calls of `{name}` leave no record: it has `audit off`\n"));
    }
    let names = program.operations.values().map(|it| it.name.as_str());
    let near = near(name, names).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
    let none = name != NO_OPERATION;
    none.then(|| {
        format!("there is no record of an operation `{name}`, and the service has none of that name{near}\n")
    })
}

fn for_people(records: &[Recorded]) -> String {
    let head = ["time", "operation", "door", "who", "result", "took", "request"].map(str::to_owned);
    let row = |it: &Recorded| {
        let who = it.actor.clone().unwrap_or_else(|| "nobody".to_owned());
        let door = if it.entry == "local" { format!("{} (local)", it.door) } else { it.door.clone() };
        let took = format!("{:.1} ms", it.took as f64 / 1_000.0);
        let manner = it.manner.as_ref().map(|manner| format!(" ({manner})"));
        let result = format!("{}{}", it.result, manner.unwrap_or_default());
        [instant(it.time), it.operation.clone(), door, who, result, took, it.request.to_string()]
    };
    let rows: Vec<_> = std::iter::once(head).chain(records.iter().map(row)).collect();
    output::table(&rows)
}

fn for_programs(records: &[Recorded]) -> String {
    let line = |it: &Recorded| {
        let object = json!({
            "time": instant(it.time), "request": it.request, "door": it.door, "entry": it.entry,
            "operation": it.operation, "actor": it.actor, "arguments": it.arguments, "result": it.result,
            "took": it.took, "manner": it.manner,
        });
        format!("{object}\n")
    };
    records.iter().map(line).collect()
}

/// A moment, or how long ago it was.
fn moment(text: &str) -> Result<i64, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    let wrong =
        || format!("`{text}` is neither a moment such as `2026-01-31T09:00:00Z` nor a time such as `6h`");
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(wrong)?;
    let (count, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let ago = count.parse::<i64>().ok().and_then(|count| count.checked_mul(seconds)).ok_or_else(wrong)?;
    let then = Timestamp::now().checked_sub(SignedDuration::from_secs(ago)).map_err(|_| wrong())?;
    Ok(then.as_millisecond())
}

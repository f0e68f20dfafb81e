//! `every …`
use super::doc::{Doc, maybe, text, words};
use super::expr::{free, quoted};
use crate::ast::{Interval, Schedule, Weekday};

/// `every day at "03:00" zone "UTC"`
pub(super) fn schedule(schedule: &Schedule) -> Doc {
    let interval = match &schedule.interval {
        Interval::Duration(time) => free(time),
        Interval::Hour => text("hour"),
        Interval::Day => text("day"),
        Interval::Month => text("month"),
        Interval::Weekday(day) => text(weekday(*day)),
    };
    words([
        text("every"),
        interval,
        maybe(schedule.time.as_ref(), |time| text(format!("at {}", quoted(time)))),
        maybe(schedule.zone.as_ref(), |zone| text(format!("zone {}", quoted(zone)))),
    ])
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

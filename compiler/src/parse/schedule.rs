//! `every …`
use quater_grammar::Rule;

use super::build::{Build, Pair, child};
use super::clause::maybe_text;
use super::literal::number;
use crate::ast::{Interval, Schedule, Weekday};

/// An `every` pair.
pub(super) fn schedule(build: &mut Build<'_>, pair: &Pair<'_>) -> Schedule {
    let interval = match child(pair, Rule::number) {
        Some(inner) => Interval::Duration(number(build, &inner)),
        None => interval(child(pair, Rule::interval).map_or("", |word| word.as_str())),
    };
    let time = child(pair, Rule::time).and_then(|time| maybe_text(build, &time));
    let zone = child(pair, Rule::zone).and_then(|zone| maybe_text(build, &zone));
    Schedule { interval, time, zone }
}

fn interval(word: &str) -> Interval {
    match word {
        "hour" => Interval::Hour,
        "month" => Interval::Month,
        "monday" => Interval::Weekday(Weekday::Monday),
        "tuesday" => Interval::Weekday(Weekday::Tuesday),
        "wednesday" => Interval::Weekday(Weekday::Wednesday),
        "thursday" => Interval::Weekday(Weekday::Thursday),
        "friday" => Interval::Weekday(Weekday::Friday),
        "saturday" => Interval::Weekday(Weekday::Saturday),
        "sunday" => Interval::Weekday(Weekday::Sunday),
        _ => Interval::Day,
    }
}

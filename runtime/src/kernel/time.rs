//! Instants, dates and durations, to and from their text on the wire.
use super::number::{self, Broken};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use quater_ir::expr::Operator;
use quater_ir::time::{DURATION_LIMIT, INSTANTS};
use std::io::Write;

const DAY: i64 = 86_400_000;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Now, in milliseconds.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// The day of an instant, in UTC.
pub(crate) fn day(instant: i64) -> i32 {
    instant.div_euclid(DAY) as i32
}

/// An instant moved by a duration.
pub(crate) fn shift(operator: Operator, instant: i64, by: i64) -> Result<i64, Broken> {
    let moved = number::whole(operator, instant, by)?;
    if INSTANTS.contains(&moved) { Ok(moved) } else { Err(Broken::Overflow) }
}

/// A date moved by the whole days of a duration.
pub(crate) fn shift_date(operator: Operator, date: i32, by: i64) -> Result<i32, Broken> {
    let moved = number::whole(operator, i64::from(date), by / DAY)?;
    let days = i32::try_from(moved).map_err(|_| Broken::Overflow)?;
    civil(days).ok_or(Broken::Overflow).map(|_| days)
}

fn civil(days: i32) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok().filter(|date| date.year() >= 0)
}

/// Whether so many days after 1970-01-01 are a date.
pub(crate) fn is_date(days: i32) -> bool {
    civil(days).is_some()
}

/// RFC 3339 text to milliseconds, which may be no instant any more; finer digits are cut.
pub(crate) fn parse_instant(text: &str) -> Option<i64> {
    quater_ir::time::instant(text)
}

/// `YYYY-MM-DD` to days.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    if text.len() != 10 {
        return None;
    }
    let date: Date = text.parse().ok()?;
    Some(EPOCH.until(date).ok()?.get_days())
}

/// An ISO 8601 duration of at most weeks to milliseconds.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    if !text.trim_start_matches(['-', '+']).starts_with(['P', 'p']) {
        return None;
    }
    let span: Span = text.parse().ok()?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let clock = i64::from(span.get_hours()) * 3_600_000
        + span.get_minutes().checked_mul(60_000)?
        + span.get_seconds().checked_mul(1_000)?
        + span.get_milliseconds()
        + span.get_microseconds() / 1_000
        + span.get_nanoseconds() / 1_000_000;
    days.checked_mul(DAY)?.checked_add(clock).filter(|it| is_duration(*it))
}

/// Whether so many milliseconds are a duration.
pub(crate) const fn is_duration(milliseconds: i64) -> bool {
    milliseconds.unsigned_abs() <= DURATION_LIMIT.unsigned_abs()
}

/// Appends RFC 3339 in UTC with milliseconds.
pub(crate) fn write_instant(out: &mut Vec<u8>, instant: i64) {
    write_date(out, day(instant));
    let clock = instant.rem_euclid(DAY);
    let parts = [clock / 3_600_000, clock / 60_000 % 60, clock / 1_000 % 60];
    let [[h, r], [m, n], [s, t]] = parts.map(|it| two(it as u16));
    let millisecond = (clock % 1_000) as u16;
    let ([_, a], [b, c]) = (two(millisecond / 100), two(millisecond % 100));
    out.extend_from_slice(&[b'T', h, r, b':', m, n, b':', s, t, b'.', a, b, c, b'Z']);
}

/// Appends `YYYY-MM-DD`.
pub(crate) fn write_date(out: &mut Vec<u8>, days: i32) {
    match civil(days) {
        Some(date) => write_civil(out, date),
        None => out.extend_from_slice(b"0000-00-00"),
    }
}

fn write_civil(out: &mut Vec<u8>, date: Date) {
    let year = date.year().unsigned_abs();
    let ([a, b], [c, d]) = (two(year / 100), two(year % 100));
    let ([m, n], [e, f]) = (two(date.month() as u16), two(date.day() as u16));
    out.extend_from_slice(&[a, b, c, d, b'-', m, n, b'-', e, f]);
}

/// The last two digits of a number.
const fn two(number: u16) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

/// Appends ISO 8601: days, hours, minutes and seconds that are not zero.
pub(crate) fn write_duration(out: &mut Vec<u8>, milliseconds: i64) {
    if milliseconds < 0 {
        out.push(b'-');
    }
    let total = milliseconds.unsigned_abs();
    let (days, rest) = (total / DAY as u64, total % DAY as u64);
    let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60);
    let (seconds, fraction) = (rest / 1_000 % 60, rest % 1_000);
    out.push(b'P');
    let parts = [(days, "", "D"), (hours, "T", "H"), (minutes, "T", "M")];
    let mut clock = false;
    for (count, prefix, unit) in parts.into_iter().filter(|(count, ..)| *count > 0) {
        let mark = if clock { "" } else { prefix };
        clock |= !prefix.is_empty();
        append(out, format_args!("{mark}{count}{unit}"));
    }
    let mark = if clock { "" } else { "T" };
    if fraction > 0 {
        append(out, format_args!("{mark}{seconds}.{fraction:03}S"));
    } else if seconds > 0 || total == 0 {
        append(out, format_args!("{mark}{seconds}S"));
    }
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "a Vec takes everything");
}

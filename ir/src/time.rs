//! What instants and durations may be, which compiler and runtime have to agree on.
use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;
use std::ops::RangeInclusive;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Instants, in milliseconds since 1970-01-01T00:00:00Z: those whose year in UTC has four digits.
pub const INSTANTS: RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// The longest duration, in milliseconds, either way: 7,304,484 days.
pub const DURATION_LIMIT: i64 = 7_304_484 * DAY;

/// RFC 3339 text to milliseconds, which may lie outside of [`INSTANTS`]; finer digits are cut.
pub fn instant(text: &str) -> Option<i64> {
    let plain = !text.contains('[') && matches!(text.get(10..11), Some("T" | "t" | " "));
    let pieces = Pieces::parse(text).ok().filter(|_| plain)?;
    // A zone's offset may lead out of the range of a `Timestamp`, but the civil time never does.
    let (date, time, offset) = (pieces.date(), pieces.time()?, pieces.to_numeric_offset()?);
    let days = Date::constant(1970, 1, 1).until(date).ok()?.get_days();
    let seconds = (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    let clock = (seconds - i64::from(offset.seconds())) * 1_000 + i64::from(time.millisecond());
    Some(i64::from(days) * DAY + clock)
}

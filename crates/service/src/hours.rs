//! The hours of a channel, by the clock of its place.

use jiff::{Timestamp, tz::TimeZone};
use model::{Millis, rules::WeeklyHours};

/// Whether it is within them; none when the place is not known.
pub fn is_open(hours: &WeeklyHours, now: Millis) -> Option<bool> {
    let local = Timestamp::from_millisecond(now).ok()?.to_zoned(zone(&hours.time_zone)?);
    let minute = local.hour() as u16 * 60 + local.minute() as u16;
    Some(hours.has(local.weekday().to_monday_one_offset() as u8, minute))
}

pub fn is_zone(name: &str) -> bool {
    zone(name).is_some()
}

fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::rules::Span;

    /// 2026-03-07 was a Saturday; New York changes its clocks on the 8th at 2:00.
    const SATURDAY_NOON_UTC: Millis = 1_772_884_800_000;
    const HOUR: Millis = 60 * 60 * 1_000;

    fn hours(time_zone: &str, day: u8, from: u16, to: u16) -> WeeklyHours {
        WeeklyHours { time_zone: time_zone.into(), spans: vec![Span { day, from, to }] }
    }

    #[test]
    fn the_clock_of_the_place_counts() {
        // 20:00 in Shanghai.
        let evening = |from, to| is_open(&hours("Asia/Shanghai", 6, from, to), SATURDAY_NOON_UTC);
        assert_eq!(evening(20 * 60, 21 * 60), Some(true));
        assert_eq!(evening(19 * 60, 20 * 60), Some(false), "the end is not included");
        assert_eq!(is_open(&hours("Asia/Shanghai", 5, 0, 1_440), SATURDAY_NOON_UTC), Some(false));
        assert_eq!(is_open(&hours("Mars/Olympus", 6, 0, 1_440), SATURDAY_NOON_UTC), None);
    }

    #[test]
    fn summer_time_is_kept() {
        let nine = |day| hours("America/New_York", day, 9 * 60, 10 * 60);
        // Saturday 9:00 is 14:00 UTC, Sunday 9:00 already 13:00 UTC.
        assert_eq!(is_open(&nine(6), SATURDAY_NOON_UTC + 2 * HOUR), Some(true));
        assert_eq!(is_open(&nine(7), SATURDAY_NOON_UTC + 25 * HOUR), Some(true));
        assert_eq!(is_open(&nine(7), SATURDAY_NOON_UTC + 26 * HOUR), Some(false));
    }
}

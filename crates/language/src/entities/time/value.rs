//! What an expression of time means, written down. Invariant: with a day to count from, every day that
//! exists becomes a date of ISO 8601; without one, "today+1d", "week+1-3", "month-1-05" or "--05-03".

use super::{Atom, words::Part};
use crate::entities::calendar::Date;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Day {
    Of {
        year: Option<i64>,
        years: Option<i64>,
        month: i64,
        day: Option<i64>,
    },
    Year {
        year: Option<i64>,
        years: Option<i64>,
    },
    Month {
        months: i64,
        day: Option<i64>,
    },
    Relative {
        days: i64,
        part: Option<Part>,
    },
    Counted {
        days: i64,
        months: i64,
    },
    /// No week was said: the next such day, today included.
    Week {
        weeks: Option<i64>,
        day: Option<i64>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    pub hour: i64,
    pub minute: i64,
    /// "pm" was said, so the part of the day changes nothing.
    pub fixed: bool,
}

pub(super) fn write(atoms: &[Atom], today: Option<Date>) -> String {
    let (mut day, mut part, mut clock) = (None, None, None);
    for atom in atoms {
        match atom {
            Atom::Day(said) => {
                day = Some(*said);
                if let Day::Relative { part: Some(of_day), .. } = said {
                    part = part.or(Some(*of_day));
                }
            }
            Atom::Part(said) => part = Some(*said),
            Atom::Clock(said) => clock = Some(*said),
        }
    }
    let time = match (clock, part) {
        (Some(clock), part) => {
            let later = part.is_some_and(|part| clock.hour < 12 && !clock.fixed && part.after > 0)
                // 11 at noon is before it; 12 in the evening is midnight, which is left as said.
                && !part.is_some_and(|part| part.name == "noon" && clock.hour >= 10);
            format!("T{:02}:{:02}", if later { clock.hour + 12 } else { clock.hour }, clock.minute)
        }
        (None, Some(part)) => format!("T{}", part.name),
        (None, None) => String::new(),
    };
    match day.map(|day| on(day, today)) {
        Some(day) if time.is_empty() => day,
        // Dates of ISO 8601 are joined as it says.
        Some(day) if day.starts_with(|first: char| first.is_ascii_digit()) => format!("{day}{time}"),
        Some(day) => format!("{day} {time}"),
        None => time,
    }
}

fn on(day: Day, today: Option<Date>) -> String {
    let known = today.and_then(|today| resolve(day, today));
    known.unwrap_or_else(|| unresolved(day))
}

fn date(year: i32, month: u32, day: Option<i64>) -> Option<String> {
    match day {
        Some(day) => Date::new(year, month, u32::try_from(day).ok()?).map(|date| date.to_string()),
        None => Some(format!("{year:04}-{month:02}")),
    }
}

fn resolve(day: Day, today: Date) -> Option<String> {
    match day {
        Day::Of { year, years, month, day } => {
            let year = year.map_or_else(|| today.year() + years.unwrap_or(0) as i32, |year| year as i32);
            date(year, month as u32, day)
        }
        Day::Year { year, years } => {
            let year = year.unwrap_or_else(|| i64::from(today.year()) + years.unwrap_or(0));
            Some(format!("{year:04}"))
        }
        Day::Month { months, day } => {
            let month = Date::new(today.year(), today.month(), 1)?.plus_months(months)?;
            date(month.year(), month.month(), day)
        }
        Day::Relative { days, .. } => today.plus_days(days).map(|date| date.to_string()),
        Day::Counted { days, months } => {
            today.plus_months(months)?.plus_days(days).map(|date| date.to_string())
        }
        Day::Week { weeks, day: None } => {
            let monday = today.plus_days(1 - today.weekday() + 7 * weeks.unwrap_or(0))?;
            Some(format!("{monday}/P1W"))
        }
        Day::Week { weeks: Some(weeks), day: Some(day) } => {
            today.plus_days(day - today.weekday() + 7 * weeks).map(|date| date.to_string())
        }
        Day::Week { weeks: None, day: Some(day) } => {
            today.plus_days((day - today.weekday()).rem_euclid(7)).map(|date| date.to_string())
        }
    }
}

fn unresolved(day: Day) -> String {
    let of_month = |day: Option<i64>| day.map_or(String::new(), |day| format!("-{day:02}"));
    match day {
        Day::Of { year: Some(year), month, day, .. } => format!("{year:04}-{month:02}{}", of_month(day)),
        Day::Of { years: Some(years), month, day, .. } => {
            format!("year{years:+} {month:02}{}", of_month(day))
        }
        Day::Of { month, day, .. } => format!("--{month:02}{}", of_month(day)),
        Day::Year { year: Some(year), .. } => format!("{year:04}"),
        Day::Year { years, .. } => format!("year{:+}", years.unwrap_or(0)),
        Day::Month { months: 0, day: Some(day) } => format!("---{day:02}"),
        Day::Month { months, day } => format!("month{months:+}{}", of_month(day)),
        Day::Relative { days, .. } => format!("today{days:+}d"),
        Day::Counted { months, .. } => format!("today{months:+}m"),
        Day::Week { weeks, day } => {
            let week = weeks.map_or("weekday".to_owned(), |weeks| format!("week{weeks:+}"));
            day.map_or(week.clone(), |day| format!("{week}-{day}"))
        }
    }
}

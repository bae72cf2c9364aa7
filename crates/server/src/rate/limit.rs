//! The limits there are, and how a rate is written: `60/1m`, `5/10m`, `10/1h`.

use std::{fmt, num::NonZeroU32, time::Duration};

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident $text:literal $count:literal / $seconds:literal;)+) => {
        /// What is limited. The comment says by what it is keyed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Limit { $($(#[$doc])* $name),+ }

        impl Limit {
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];

            /// As in the configuration: `limits.NAME`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Whether all nodes count together. What a socket does on its node is that node's to limit.
            pub const fn is_shared(self) -> bool {
                !matches!(self, Self::AgentCommands | Self::VisitorCommands | Self::Handshakes)
            }

            const fn default_rate(self) -> Rate {
                let (count, seconds): (u32, u64) = match self {
                    $(Self::$name => ($count, $seconds)),+
                };
                let Some(count) = NonZeroU32::new(count) else { panic!("a limit of nothing") };
                Rate { count, period: Duration::from_secs(seconds) }
            }
        }
    };
}

limits! {
    /// Log-in attempts of an address, whatever the account.
    LoginByAddress "login_by_address" 60 / 300;
    /// Log-in attempts of an address on one account.
    LoginByAddressAndAccount "login_by_address_and_account" 5 / 300;
    /// Log-in attempts on an account, whatever the address.
    LoginByAccount "login_by_account" 10 / 900;
    /// Messages of a contact.
    VisitorMessages "visitor_messages" 60 / 60;
    /// Conversations that a contact opens.
    NewConversations "new_conversations" 5 / 600;
    /// Uploads of a contact.
    Uploads "uploads" 10 / 3_600;
    /// Visitor sessions that an address starts.
    NewSessions "new_sessions" 120 / 60;
    /// Requests and frames of an agent.
    AgentCommands "agent_commands" 300 / 60;
    /// What an agent looks up in business systems.
    Lookups "lookups" 30 / 60;
    /// Socket commands of one visitor's browser.
    VisitorCommands "visitor_commands" 600 / 60;
    /// Sockets that an address opens.
    Handshakes "handshakes" 600 / 60;
}

const MOST: u32 = 1_000_000;

/// So many at once, and then evenly so many in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub count: NonZeroU32,
    pub period: Duration,
}

impl Rate {
    /// Nobody meets it.
    pub const fn is_relaxed(self) -> bool {
        self.count.get() >= MOST
    }

    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "must be like 60/1m: a count, a slash, and s, m or h after a number";
        let (count, period) = text.trim().split_once('/').ok_or(FORM)?;
        let (number, unit) = period.split_at_checked(period.len().saturating_sub(1)).ok_or(FORM)?;
        let number: u32 = number.parse().map_err(|_| FORM)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            _ => return Err(FORM),
        };
        if !(1..=86_400).contains(&(u64::from(number) * seconds)) {
            return Err("the period must be between 1s and 24h");
        }
        let count: NonZeroU32 = count.parse().map_err(|_| FORM)?;
        if count.get() > MOST {
            return Err("the count must be at most 1000000");
        }
        Ok(Self { count, period: Duration::from_secs(u64::from(number) * seconds) })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.period.as_secs();
        match seconds {
            _ if seconds.is_multiple_of(3_600) => write!(f, "{}/{}h", self.count, seconds / 3_600),
            _ if seconds.is_multiple_of(60) => write!(f, "{}/{}m", self.count, seconds / 60),
            _ => write!(f, "{}/{seconds}s", self.count),
        }
    }
}

/// The rate of every limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates([Rate; Limit::ALL.len()]);

impl Default for Rates {
    fn default() -> Self {
        Self(Limit::ALL.map(Limit::default_rate))
    }
}

impl Rates {
    /// So many that nobody meets a limit: for load tests, in which all come from one address.
    pub fn relaxed() -> Self {
        let count = NonZeroU32::new(MOST).unwrap_or(NonZeroU32::MAX);
        Self(Limit::ALL.map(|_| Rate { count, period: Duration::from_secs(1) }))
    }

    pub fn of(&self, limit: Limit) -> Rate {
        self.0[limit as usize]
    }

    /// Fails when there is no limit of that name.
    pub fn set(&mut self, name: &str, rate: Rate) -> Result<(), String> {
        let Some(limit) = Limit::ALL.into_iter().find(|limit| limit.name() == name) else {
            let names = Limit::ALL.map(Limit::name).join(", ");
            return Err(format!("there is no such limit; there are {names}"));
        };
        self.0[limit as usize] = rate;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_is_read_as_it_is_written() {
        for text in ["60/1m", "5/10m", "10/1h", "3/7s", "1/24h"] {
            assert_eq!(Rate::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Rate::parse(" 60/60s ").unwrap().to_string(), "60/1m");
    }

    #[test]
    fn rate_of_nothing_or_without_end_is_refused() {
        for text in ["", "/", "60", "60/", "60/m", "0/1m", "-1/1m", "60/0s", "60/1d", "60/25h", "1/1分"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn order_of_limits_is_their_index() {
        for (index, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, index);
        }
    }
}

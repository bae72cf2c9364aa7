// Times, numbers, durations and sizes in the reader's language and time zone. Built on Intl;
// formatters are made once a (locale, zone) and reused.

export type Locale = 'zh-CN' | 'en';

export type Format = ReturnType<typeof formatIn>;

const cache = new Map<string, Format>();

/** Formatting functions for a language and a time zone (the device's own when missing). */
export function format(locale: Locale, timeZone?: string): Format {
  const key = `${locale} ${timeZone ?? ''}`;
  let found = cache.get(key);
  if (!found) {
    found = formatIn(locale, isTimeZone(timeZone) ? timeZone : undefined);
    cache.set(key, found);
  }
  return found;
}

export function isTimeZone(timeZone: string | undefined): boolean {
  if (!timeZone) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function formatIn(locale: Locale, timeZone: string | undefined) {
  const date = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const clock = date({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const key = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const weekday = date({ weekday: 'short' });
  const monthDay = date({ month: 'short', day: 'numeric' });
  const fullDay = date({ year: 'numeric', month: 'short', day: 'numeric' });
  const longDay = date({ year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' });
  const full = date({
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const numbers = new Intl.NumberFormat(locale);
  const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const cents = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const utcDay = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', year: 'numeric', month: 'short', day: 'numeric' });

  const dayKey = (at: number) => key.format(at);
  /** Calendar days between `at` and `now` in this zone; 0 today, 1 yesterday. */
  const daysAgo = (at: number, now: number) =>
    Math.round((Date.parse(dayKey(now)) - Date.parse(dayKey(at))) / DAY);
  const dayName = (at: number, now: number) => {
    const ago = daysAgo(at, now);
    if (ago === 0 || ago === 1) return capital(relative.format(-ago, 'day'));
    if (ago > 1 && ago < 7) return weekday.format(at);
    return dayKey(at).slice(0, 4) === dayKey(now).slice(0, 4) ? monthDay.format(at) : fullDay.format(at);
  };

  return {
    locale,
    timeZone,
    /** 14:05 */
    time: (at: number) => clock.format(at),
    /** Same text for the same calendar day. */
    dayKey,
    /** Today, Yesterday, Wed, 5 Mar … for separators. */
    day: dayName,
    /** The shortest useful stamp for a list: the time today, else the day. */
    stamp: (at: number, now: number) => (daysAgo(at, now) === 0 ? clock.format(at) : dayName(at, now)),
    /** Wednesday, 5 March 2025 */
    longDay: (at: number) => longDay.format(at),
    dateTime: (at: number) => full.format(at),
    /** 5 Mar 2025, of a day that has no time zone: midnight UTC of that day. */
    calendarDay: (at: number) => utcDay.format(at),
    /** 3 min ago; never in the future, a device's clock may be slow. */
    ago: (at: number, now: number) => {
      const gone = Math.max(0, now - at);
      if (gone < MINUTE) return relative.format(0, 'second');
      if (gone < HOUR) return relative.format(-Math.floor(gone / MINUTE), 'minute');
      if (gone < DAY) return relative.format(-Math.floor(gone / HOUR), 'hour');
      if (gone < 30 * DAY) return relative.format(-Math.floor(gone / DAY), 'day');
      return fullDay.format(at);
    },
    /** How long something lasts: "45s", "12m", "3h 5m", "2d 4h"; Chinese with its own units. */
    duration: (ms: number) => {
      const zh = locale === 'zh-CN';
      const unit = (value: number, english: string, chinese: string) =>
        zh ? `${value} ${chinese}` : `${value}${english}`;
      const left = Math.max(0, ms);
      if (left < MINUTE) return unit(Math.floor(left / SECOND), 's', '秒');
      if (left < HOUR) return unit(Math.floor(left / MINUTE), 'm', '分钟');
      if (left < DAY) {
        const minutes = Math.floor((left % HOUR) / MINUTE);
        const hours = unit(Math.floor(left / HOUR), 'h', '小时');
        return minutes === 0 ? hours : `${hours} ${unit(minutes, 'm', '分')}`;
      }
      const hours = Math.floor((left % DAY) / HOUR);
      const days = unit(Math.floor(left / DAY), 'd', '天');
      return hours === 0 ? days : `${days} ${unit(hours, 'h', '小时')}`;
    },
    number: (value: number) => numbers.format(value),
    /** 1,299 or 1,299.50: a sum whose currency is not known. */
    money: (value: number) => (Number.isInteger(value) ? numbers : cents).format(value),
    /** 3.4 MB; steps of 1024 as file managers count. */
    fileSize: (bytes: number) => {
      const units = ['B', 'KB', 'MB', 'GB'];
      let value = Math.max(0, bytes);
      let step = 0;
      while (value >= 1024 && step < units.length - 1) {
        value /= 1024;
        step += 1;
      }
      return `${step === 0 ? numbers.format(value) : decimals.format(value)} ${units[step]}`;
    },
  };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

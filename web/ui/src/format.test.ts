// Times and sizes as people of both languages read them.

import { describe, expect, it } from 'vitest';
import { avatarColour, initials } from './avatar';
import { format, isTimeZone } from './format';

const zh = format('zh-CN', 'Asia/Shanghai');
const en = format('en', 'America/New_York');
const at = Date.UTC(2025, 2, 5, 6, 7); // 14:07 in Shanghai, 01:07 in New York
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('times', () => {
  it("uses the reader's zone and a 24-hour clock", () => {
    expect(zh.time(at)).toBe('14:07');
    expect(en.time(at)).toBe('01:07');
  });

  it('names days by the calendar of the zone, not by 24 hours', () => {
    const late = Date.UTC(2025, 2, 4, 15, 59); // 23:59 on the 4th in Shanghai
    expect(zh.day(late, late + 2 * MINUTE)).toBe('昨天');
    expect(zh.day(at, at + MINUTE)).toBe('今天');
    expect(en.day(at - DAY, at)).toBe('Yesterday');
    expect(zh.day(at - 3 * DAY, at)).toBe('周日');
    expect(zh.day(at - 30 * DAY, at)).toBe('2月3日');
    expect(zh.day(at - 365 * DAY, at)).toContain('2024');
  });

  it('shows a time today and a day before', () => {
    expect(zh.stamp(at, at + HOUR)).toBe('14:07');
    expect(zh.stamp(at - DAY, at)).toBe('昨天');
  });

  it('never speaks of the future when a clock is slow', () => {
    expect(zh.ago(at + HOUR, at)).toBe(zh.ago(at, at));
  });

  it("falls back to the device's zone when the name is unknown", () => {
    expect(isTimeZone('Mars/Olympus')).toBe(false);
    expect(format('en', 'Mars/Olympus').timeZone).toBeUndefined();
  });
});

it.each([
  [45_000, '45 秒', '45s'],
  [12 * MINUTE + 5000, '12 分钟', '12m'],
  [3 * HOUR, '3 小时', '3h'],
  [3 * HOUR + 5 * MINUTE, '3 小时 5 分', '3h 5m'],
  [2 * DAY + 4 * HOUR, '2 天 4 小时', '2d 4h'],
  [-5, '0 秒', '0s'],
])('duration of %d ms', (ms, chinese, english) => {
  expect(zh.duration(ms)).toBe(chinese);
  expect(en.duration(ms)).toBe(english);
});

it.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1536, '1.5 KB'],
  [20 * 1024 * 1024, '20 MB'],
])('size of %d bytes', (bytes, text) => {
  expect(en.fileSize(bytes)).toBe(text);
});

describe('avatars', () => {
  it.each([
    ['王小明', '王'],
    ['Li Na', 'LN'],
    ['octocat', 'O'],
    ['  ', '?'],
    ['😀 smile', '😀'],
  ])('%s', (name, expected) => {
    expect(initials(name)).toBe(expected);
  });

  it('gives an id the same colour every time and uses all of them', () => {
    expect(avatarColour('184467440737095')).toBe(avatarColour('184467440737095'));
    const used = new Set(Array.from({ length: 400 }, (_, i) => avatarColour(String(184467440737095 + i))));
    expect(used.size).toBe(12);
  });
});

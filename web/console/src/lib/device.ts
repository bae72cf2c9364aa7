// A user agent in three words, by a few plain rules. Order matters: in-app browsers and
// derived browsers name the ones they come from.

const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger\/([\d]+)/, 'WeChat'],
  [/DingTalk\/([\d]+)/, 'DingTalk'],
  [/AlipayClient\/([\d]+)/, 'Alipay'],
  [/Weibo/, 'Weibo'],
  [/QQBrowser\/([\d]+)/, 'QQ Browser'],
  [/\bQQ\/([\d]+)/, 'QQ'],
  [/EdgA?\/([\d]+)/, 'Edge'],
  [/OPR\/([\d]+)/, 'Opera'],
  [/SamsungBrowser\/([\d]+)/, 'Samsung Internet'],
  [/HuaweiBrowser\/([\d]+)/, 'Huawei Browser'],
  [/MiuiBrowser\/([\d]+)/, 'Mi Browser'],
  [/UCBrowser\/([\d]+)/, 'UC'],
  [/(?:Firefox|FxiOS)\/([\d]+)/, 'Firefox'],
  [/(?:Chrome|CriOS)\/([\d]+)/, 'Chrome'],
  [/Version\/([\d]+).*Safari/, 'Safari'],
];

const SYSTEMS: [RegExp, string][] = [
  [/HarmonyOS/, 'HarmonyOS'],
  [/iPad/, 'iPadOS'],
  [/iPhone OS ([\d]+)/, 'iOS'],
  [/Android ([\d]+)/, 'Android'],
  [/Windows NT 10/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

export interface Device {
  browser: string | null;
  system: string | null;
  kind: 'phone' | 'tablet' | 'computer';
}

export function parseDevice(userAgent: string): Device {
  const first = (rules: [RegExp, string][]) => {
    for (const [rule, name] of rules) {
      const match = rule.exec(userAgent);
      if (match) return match[1] ? `${name} ${match[1]}` : name;
    }
    return null;
  };
  const tablet = /iPad|Tablet|Android(?!.*Mobile)/.test(userAgent);
  const phone = /iPhone|Mobile|HarmonyOS/.test(userAgent);
  return {
    browser: first(BROWSERS),
    system: first(SYSTEMS),
    kind: tablet ? 'tablet' : phone ? 'phone' : 'computer',
  };
}

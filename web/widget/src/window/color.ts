// The channel's colour, made readable: text on it, and it as text, in both themes.

type Rgb = [number, number, number];

export function parse(color: string): Rgb | null {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  return match ? [1, 2, 3].map((at) => parseInt(match[at]!, 16)) as Rgb : null;
}

const hex = (rgb: Rgb) =>
  `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

const mix = (a: Rgb, b: Rgb, share: number): Rgb =>
  a.map((part, at) => part * (1 - share) + b[at]! * share) as Rgb;

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/** WCAG contrast, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const WHITE: Rgb = [255, 255, 255];
const INK: Rgb = [20, 27, 40];
const NIGHT: Rgb = [23, 28, 38];

/** Moves `color` towards `to` until it has AA contrast against `on`. */
function readable(color: Rgb, on: Rgb, to: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const tried = mix(color, to, share);
    if (contrast(tried, on) >= 4.6) return tried;
  }
  return to;
}

/** Custom properties for `--o-brand*`; nothing for a colour that is none. */
export function brand(color: string, theme: 'light' | 'dark'): Record<string, string> {
  const rgb = parse(color);
  if (!rgb) return {};
  const dark = theme === 'dark';
  const onWhite = contrast(rgb, WHITE) >= contrast(rgb, INK) - 4;
  // A middling colour carries white; make it dark enough to.
  const solid = onWhite ? readable(rgb, WHITE, [0, 0, 0]) : rgb;
  const soft = mix(solid, dark ? NIGHT : WHITE, dark ? 0.72 : 0.88);
  const text = dark ? readable(solid, soft, WHITE) : readable(solid, soft, [0, 0, 0]);
  return {
    '--o-brand': hex(solid),
    '--o-brand-hover': hex(mix(solid, [0, 0, 0], 0.12)),
    '--o-brand-active': hex(mix(solid, [0, 0, 0], 0.22)),
    '--o-on-brand': hex(onWhite ? WHITE : INK),
    '--o-brand-soft': hex(soft),
    '--o-brand-soft-2': hex(mix(solid, dark ? NIGHT : WHITE, dark ? 0.6 : 0.8)),
    '--o-brand-text': hex(text),
    '--o-link': hex(text),
    '--o-focus': hex(dark ? readable(solid, NIGHT, WHITE) : readable(solid, WHITE, [0, 0, 0])),
    '--o-bubble-out': hex(solid),
    '--o-bubble-out-text': hex(onWhite ? WHITE : INK),
  };
}

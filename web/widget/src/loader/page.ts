// What the launcher reads from the page it stands on, and the little it draws there.

import type { HintFacts, PageFacts } from '../shared/port.js';

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: string, d: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', name);
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
}

export function facts(): PageFacts {
  return {
    url: location.href.slice(0, 2048),
    title: document.title.slice(0, 300),
    referrer: document.referrer.slice(0, 2048),
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? '',
  };
}

export function hints(given: Record<string, unknown>): HintFacts {
  const out: HintFacts = {};
  for (const key of ['name', 'email', 'phone'] as const) {
    if (given[key] != null) out[key] = String(given[key]).slice(0, 200);
  }
  if (given['attributes'] && typeof given['attributes'] === 'object') {
    out.attributes = Object.fromEntries(
      Object.entries(given['attributes'])
        .slice(0, 50)
        .map(([key, value]) => [key.slice(0, 50), String(value).slice(0, 500)]),
    );
  }
  return out;
}

/** Whether dark signs stand out better on this colour than white ones. */
export function isLight(color: string): boolean {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! > 0.4;
}

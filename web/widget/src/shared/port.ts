// What loader and window say to each other, over one MessagePort that was handed over after
// a handshake with exact origins. Both ends check every message; neither tokens nor message
// text ever cross to the host page.

export interface PageFacts {
  url: string;
  title: string;
  referrer: string;
  time_zone: string;
}

/** What the page says about the visitor. */
export interface HintFacts {
  name?: string;
  email?: string;
  phone?: string;
  attributes?: Record<string, string>;
}

export type ToWindow =
  | { type: 'state'; open: boolean; focused: boolean }
  | { type: 'page'; page: PageFacts }
  | { type: 'hints'; hints: HintFacts }
  | { type: 'identify'; jwt: string }
  | { type: 'reset' };

export type ToLoader =
  | { type: 'open' }
  | { type: 'close' }
  | { type: 'unread'; count: number }
  /** Height of the preview card in CSS pixels; 0 takes it away. */
  | { type: 'preview'; height: number }
  | { type: 'event'; name: WidgetEvent; detail: string };

/** Facts for the site's own scripts, without any content. */
export const EVENTS = ['ready', 'message', 'status', 'rated', 'identified', 'refused'] as const;
export type WidgetEvent = (typeof EVENTS)[number];

/** The two messages of the handshake. */
export const READY = 'octim:ready';
export const PORT = 'octim:port';

const text = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most;
const record = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function isToLoader(data: unknown): data is ToLoader {
  if (!record(data)) return false;
  switch (data['type']) {
    case 'open':
    case 'close':
      return true;
    case 'unread':
      return Number.isInteger(data['count']) && (data['count'] as number) >= 0;
    case 'preview':
      return typeof data['height'] === 'number' && data['height'] >= 0 && data['height'] <= 400;
    case 'event':
      return EVENTS.includes(data['name'] as WidgetEvent) && text(data['detail'], 64);
    default:
      return false;
  }
}

export function isToWindow(data: unknown): data is ToWindow {
  if (!record(data)) return false;
  switch (data['type']) {
    case 'state':
      return typeof data['open'] === 'boolean' && typeof data['focused'] === 'boolean';
    case 'page': {
      const page = data['page'];
      return record(page) && ['url', 'title', 'referrer', 'time_zone'].every((key) => text(page[key], 4096));
    }
    case 'hints': {
      const hints = data['hints'];
      return (
        record(hints) &&
        ['name', 'email', 'phone'].every((key) => hints[key] === undefined || text(hints[key], 200)) &&
        (hints['attributes'] === undefined || isAttributes(hints['attributes']))
      );
    }
    case 'identify':
      return text(data['jwt'], 8192);
    case 'reset':
      return true;
    default:
      return false;
  }
}

function isAttributes(value: unknown): boolean {
  if (!record(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= 50 && entries.every(([key, each]) => key.length <= 50 && text(each, 500));
}

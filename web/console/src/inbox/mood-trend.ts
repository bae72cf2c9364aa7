// The trend of a visitor's mood as a drawing: one step for each message, better above the middle.

import type { MoodKind, MoodPoint } from '~/api/types';

/** More do not fit beside a conversation. */
const SHOWN = 30;

export interface Dot {
  seq: number;
  x: number;
  y: number;
  kind: MoodKind;
}

/** What a message shows most that asks for care, or that it is friendly. */
export function kindOf(point: MoodPoint): MoodKind {
  return (['angry', 'upset', 'urgent', 'positive'] as const).find((kind) => point.kinds.includes(kind)) ?? 'neutral';
}

/** From -1, very bad, to 1, very good. */
export function level(point: MoodPoint): number {
  const kind = kindOf(point);
  if (kind === 'neutral') return 0;
  if (kind === 'positive') return point.positive;
  if (kind === 'urgent') return -point.urgency / 2;
  return -Math.max(point.anger, point.negative);
}

export function draw(points: readonly MoodPoint[], width: number, height: number): Dot[] {
  const shown = points.slice(-SHOWN);
  const step = shown.length > 1 ? width / (shown.length - 1) : 0;
  return shown.map((point, index) => ({
    seq: point.seq,
    x: shown.length > 1 ? index * step : width / 2,
    y: (height / 2) * (1 - level(point)),
    kind: kindOf(point),
  }));
}

// How pressing a wait is; the list colours it.

const SOON_MS = 60_000;
const LATE_MS = 180_000;

export type Urgency = 'calm' | 'soon' | 'late';

export function urgencyOf(waitedMs: number): Urgency {
  if (waitedMs >= LATE_MS) return 'late';
  return waitedMs >= SOON_MS ? 'soon' : 'calm';
}

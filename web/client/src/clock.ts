// Time and randomness as parameters, so that tests decide both.

export type Timer = unknown;

export interface Clock {
  now(): number;
  setTimeout(run: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

/** From 0 to below 1, as `Math.random`. */
export type Random = () => number;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as never),
};

/** Full jitter: anywhere from 0 to min(`most`, `first` doubled for each failure). */
export function jitter(failures: number, random: Random, first = 500, most = 30_000): number {
  return random() * Math.min(most, first * 2 ** Math.min(failures, 16));
}

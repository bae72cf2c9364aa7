// Where no socket can be had: asks for new messages now and then, over HTTP.

import { type Clock, type Random, type Timer } from './clock.js';
import type { Id } from './types.js';

const FIRST_MS = 5_000;
const EVERY_MS = 3_000;
const HIDDEN_MS = 15_000;

export interface PollerOptions {
  clock: Clock;
  random: Random;
  ids(): Id[];
  /** Brings one conversation up to date. */
  poll(id: Id): Promise<void>;
  visible(): boolean;
}

export class Poller {
  #timer: Timer = null;
  #running = false;

  constructor(private readonly options: PollerOptions) {}

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#next(FIRST_MS);
  }

  stop(): void {
    this.#running = false;
    this.options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #next(ms: number): void {
    const { clock, random } = this.options;
    this.#timer = clock.setTimeout(() => void this.#tick(), ms * (1 + random() * 0.2));
  }

  async #tick(): Promise<void> {
    let failed = false;
    for (const id of this.options.ids()) {
      if (!this.#running) return;
      await this.options.poll(id).catch(() => (failed = true));
    }
    if (this.#running) this.#next(failed || !this.options.visible() ? HIDDEN_MS : EVERY_MS);
  }
}

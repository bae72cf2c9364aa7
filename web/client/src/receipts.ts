// Receipts, gathered: one frame per conversation in 300 ms, never going back, and kept
// until there is a connection.

import type { Clock, Timer } from './clock.js';
import type { ClientFrame, Id, Positions, Seq } from './types.js';

const GATHER_MS = 300;

export class Receipts {
  #wanted = new Map<Id, Positions>();
  #sent = new Map<Id, Positions>();
  #timer: Timer = null;

  constructor(
    private readonly clock: Clock,
    private readonly send: (frame: ClientFrame) => boolean,
  ) {}

  mark(id: Id, delivered: Seq, read: Seq): void {
    const old = this.#wanted.get(id) ?? this.#sent.get(id) ?? { delivered: 0, read: 0 };
    const next = {
      delivered: Math.max(old.delivered, delivered, read),
      read: Math.max(old.read, read),
    };
    if (next.delivered === old.delivered && next.read === old.read) return;
    this.#wanted.set(id, next);
    this.#timer ??= this.clock.setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Also after a reconnect: what was said into the void is said again. */
  flush(): void {
    this.clock.clearTimeout(this.#timer);
    this.#timer = null;
    for (const [id, positions] of this.#wanted) {
      if (!this.send({ type: 'receipt', conversation_id: id, ...positions })) return;
      this.#sent.set(id, positions);
      this.#wanted.delete(id);
    }
  }

  clear(): void {
    this.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#wanted.clear();
    this.#sent.clear();
  }
}

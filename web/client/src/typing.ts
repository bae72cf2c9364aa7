// Typing, both ways: repeats one's own every 3 s while keys are pressed, and lets the
// other side's end after 6 s without news.

import type { Clock, Timer } from './clock.js';
import type { ClientFrame, Id, MessageView, Typing } from './types.js';

const REPEAT_MS = 3_000;
const EXPIRES_MS = 6_000;

export interface Typist {
  side: 'visitor' | 'staff';
  agent_id: Id | null;
  agent_name: string | null;
}

export class TypingState {
  #lastSaid = new Map<Id, number>();
  #stops = new Map<Id, Timer>();
  #typists = new Map<Id, Map<string, { typist: Typist; timer: Timer }>>();

  constructor(
    private readonly clock: Clock,
    private readonly send: (frame: ClientFrame) => boolean,
    private readonly onChange: (id: Id, typists: Typist[]) => void,
  ) {}

  /** A key was pressed. */
  pressed(id: Id): void {
    const now = this.clock.now();
    const last = this.#lastSaid.get(id);
    if (last === undefined || now - last >= REPEAT_MS) {
      this.send({ type: 'typing', conversation_id: id, active: true });
      this.#lastSaid.set(id, now);
    }
    this.clock.clearTimeout(this.#stops.get(id));
    this.#stops.set(id, this.clock.setTimeout(() => this.stopped(id), EXPIRES_MS - 1_000));
  }

  /** The field is empty again or lost the focus. */
  stopped(id: Id): void {
    const said = this.#lastSaid.has(id);
    this.ended(id);
    if (said) this.send({ type: 'typing', conversation_id: id, active: false });
  }

  /** The message was sent, which ends typing by itself. */
  ended(id: Id): void {
    this.clock.clearTimeout(this.#stops.get(id));
    this.#stops.delete(id);
    this.#lastSaid.delete(id);
  }

  received(frame: Typing): void {
    const key = frame.agent_id ?? frame.side;
    this.#end(frame.conversation_id, key);
    if (frame.active) {
      const all = this.#typists.get(frame.conversation_id) ?? new Map();
      this.#typists.set(frame.conversation_id, all);
      const typist = {
        side: frame.side,
        agent_id: frame.agent_id ?? null,
        agent_name: frame.agent_name ?? null,
      };
      const timer = this.clock.setTimeout(() => {
        this.#end(frame.conversation_id, key);
        this.#tell(frame.conversation_id);
      }, EXPIRES_MS);
      all.set(key, { typist, timer });
    }
    this.#tell(frame.conversation_id);
  }

  /** A message ends the typing of its sender. */
  messages(id: Id, added: readonly MessageView[]): void {
    let changed = false;
    for (const { sender } of added) {
      const key = sender.kind === 'agent' ? sender.id : sender.kind;
      if (this.#end(id, key) || (sender.kind === 'agent' && this.#end(id, 'staff'))) changed = true;
    }
    if (changed) this.#tell(id);
  }

  clear(): void {
    for (const timer of this.#stops.values()) this.clock.clearTimeout(timer);
    this.#stops.clear();
    this.#lastSaid.clear();
    for (const [id, all] of this.#typists) {
      for (const { timer } of all.values()) this.clock.clearTimeout(timer);
      this.#typists.delete(id);
      this.#tell(id);
    }
  }

  #end(id: Id, key: string): boolean {
    const entry = this.#typists.get(id)?.get(key);
    if (!entry) return false;
    this.clock.clearTimeout(entry.timer);
    return this.#typists.get(id)!.delete(key);
  }

  #tell(id: Id): void {
    this.onChange(id, [...(this.#typists.get(id)?.values() ?? [])].map(({ typist }) => typist));
  }
}

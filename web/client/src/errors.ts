// Failures as values: what the server refused, and what the network did. The sentences are
// a copy of crates/protocol/src/error.rs; a test holds them together.

import table from './errors.json' with { type: 'json' };
import type { Locale, Problem } from './types.js';

export type ErrorCode = keyof typeof table;

/** The server answered with a problem. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly code: string,
    readonly status: number,
    readonly field: string | null = null,
    /** Seconds. */
    readonly retryAfter: number | null = null,
    /** Which of the ways in which this can fail. */
    readonly reason: string | null = null,
  ) {
    super(code);
  }

  get temporary(): boolean {
    return isTemporary(this.code, this.status);
  }

  static of(status: number, body: string, retryAfterHeader: string | null): ApiError {
    let problem: Partial<Problem> = {};
    try {
      problem = JSON.parse(body) as Partial<Problem>;
    } catch {
      // A proxy answered with a page of its own: the status is all there is.
    }
    const code = typeof problem.code === 'string' ? problem.code : `http_${status}`;
    const header = retryAfterHeader === null ? Number.NaN : Number(retryAfterHeader);
    const wait = problem.retry_after ?? (Number.isFinite(header) ? header : null);
    return new ApiError(code, status, problem.field ?? null, wait, problem.reason ?? null);
  }
}

/** No answer: offline, refused, timed out. Always worth another try. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code = 'network';
}

/** The caller cancelled. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  readonly code = 'cancelled';
}

/** Worth trying again unchanged: overload and restarts, not refusals. */
export function isTemporary(code: string, status?: number): boolean {
  const known = (table as Record<string, { status: number }>)[code]?.status ?? status ?? 400;
  return known === 408 || known === 429 || known >= 500;
}

/** A sentence for a person; `fallback` for codes of newer servers. */
export function errorSentence(code: string, locale: Locale, fallback = 'internal'): string {
  const sentences = table as Record<string, Record<Locale, string>>;
  return (sentences[code] ?? sentences[fallback])?.[locale] ?? code;
}

// JSON over the transport: authentication headers in, typed answers or ApiError out.

import { ApiError } from './errors.js';
import type { HttpRequest, HttpResponse, Transport } from './transport.js';

export interface HttpOptions {
  transport: Transport;
  /** `https://host`, or empty for the page's own. */
  host: string;
  /** Credentials and language; asked for with every request. */
  headers(method: string): Record<string, string>;
}

/** A picture or document, as the platform has it. */
export type FileBody = Blob | ArrayBuffer;

export interface UploadOptions {
  name: string;
  mediaType: string;
  onProgress?: (sent: number, total: number) => void;
  signal?: AbortSignal;
}

export interface EventsOptions<T> {
  onEvent: (event: T) => void;
  /** Until the last event. */
  timeoutMs: number;
  signal?: AbortSignal;
}

export class Http {
  constructor(private readonly options: HttpOptions) {}

  get<T>(path: string, query: Record<string, string | number | null | undefined> = {}): Promise<T> {
    return this.json<T>('GET', withQuery(path, query));
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#send({
      method,
      url: path,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (response.text === '' ? undefined : JSON.parse(response.text)) as T;
  }

  /**
   * Asks for an answer that comes as events, and gives each to `onEvent` as it comes. Rejects with what the
   * transport says when it breaks off.
   */
  async events<T>(method: string, path: string, body: unknown, options: EventsOptions<T>): Promise<void> {
    let rest = '';
    await this.#send({
      method,
      url: path,
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(body),
      timeoutMs: options.timeoutMs,
      onPiece: (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (line.startsWith('data:')) options.onEvent(JSON.parse(line.slice(5)) as T);
        }
      },
      ...(options.signal ? { signal: options.signal } : {}),
    });
  }

  async bytes(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
    const response = await this.#send({
      method: 'GET',
      url: path,
      headers: {},
      expect: 'bytes',
      timeoutMs: 120_000,
      ...(signal ? { signal } : {}),
    });
    return response.bytes ?? new ArrayBuffer(0);
  }

  async upload<T>(path: string, body: FileBody, options: UploadOptions): Promise<T> {
    const response = await this.#send({
      method: 'POST',
      url: withQuery(path, { name: options.name }),
      headers: { 'content-type': options.mediaType || 'application/octet-stream' },
      body,
      timeoutMs: 600_000,
      onProgress: options.onProgress ?? (() => {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return JSON.parse(response.text) as T;
  }

  async #send(request: HttpRequest): Promise<HttpResponse> {
    const response = await this.options.transport.request({
      ...request,
      url: this.options.host + request.url,
      headers: { ...this.options.headers(request.method), ...request.headers },
    });
    if (response.status >= 200 && response.status < 300) return response;
    throw ApiError.of(response.status, response.text, response.header('retry-after'));
  }
}

export function withQuery(
  path: string,
  query: Record<string, string | number | null | undefined>,
): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  if (parts.length === 0) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${parts.join('&')}`;
}

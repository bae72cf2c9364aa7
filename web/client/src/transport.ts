// The seam to the world: one HTTP call and one socket. Browsers have transport.browser.ts,
// WeChat mini-programs transport.wechat.ts; React Native can use the browser's.

export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface SocketHandlers {
  open(): void;
  message(text: string): void;
  /** Called once, whoever closed; 1006 when the connection never came about or was lost. */
  close(code: number, reason: string): void;
}

export interface HttpRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | Blob | ArrayBuffer;
  /** `bytes` for files. */
  expect?: 'text' | 'bytes';
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Is given the body of a good answer piece by piece as it comes, where the platform can; `text` is empty then. */
  onPiece?: (text: string) => void;
  /** Bytes of the body that left so far. */
  onProgress?: (sent: number, total: number) => void;
}

export interface HttpResponse {
  status: number;
  header(name: string): string | null;
  text: string;
  bytes?: ArrayBuffer;
}

export interface Transport {
  openSocket(url: string, handlers: SocketHandlers): Socket;
  /** Rejects with NetworkError or CancelledError; every HTTP status is an answer. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Tells when the network came back or the page was shown again. */
  onWake(run: () => void): () => void;
}

// Browsers: WebSocket, fetch, and XMLHttpRequest for uploads, which alone report progress.

import { CancelledError, NetworkError } from './errors.js';
import type { HttpRequest, HttpResponse, SocketHandlers, Transport } from './transport.js';

const TIMEOUT_MS = 20_000;

export const browserTransport: Transport = {
  openSocket(url: string, handlers: SocketHandlers) {
    const socket = new WebSocket(url);
    let closed = false;
    socket.onopen = () => handlers.open();
    socket.onmessage = (event) => {
      if (typeof event.data === 'string') handlers.message(event.data);
    };
    socket.onclose = (event) => {
      if (!closed) handlers.close(event.code, event.reason);
      closed = true;
    };
    return {
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
    };
  },

  request(request: HttpRequest): Promise<HttpResponse> {
    return request.onProgress ? upload(request) : call(request);
  },

  onWake(run) {
    const shown = () => {
      if (document.visibilityState === 'visible') run();
    };
    globalThis.addEventListener?.('online', run);
    // Also when it goes: a test of the socket tells at once what the heartbeat would find late.
    globalThis.addEventListener?.('offline', run);
    globalThis.document?.addEventListener('visibilitychange', shown);
    return () => {
      globalThis.removeEventListener?.('online', run);
      globalThis.removeEventListener?.('offline', run);
      globalThis.document?.removeEventListener('visibilitychange', shown);
    };
  },
};

async function call(request: HttpRequest): Promise<HttpResponse> {
  const stop = new AbortController();
  const cancel = () => stop.abort();
  request.signal?.addEventListener('abort', cancel);
  const timer = setTimeout(cancel, request.timeoutMs ?? TIMEOUT_MS);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      credentials: 'same-origin',
      signal: stop.signal,
    });
    const wantsBytes = request.expect === 'bytes' && response.ok;
    const wantsPieces = request.onPiece !== undefined && response.ok;
    if (wantsPieces) await readAlong(response, request.onPiece!);
    return {
      status: response.status,
      header: (name) => response.headers.get(name),
      text: wantsBytes || wantsPieces ? '' : await response.text(),
      ...(wantsBytes ? { bytes: await response.arrayBuffer() } : {}),
    };
  } catch {
    throw request.signal?.aborted ? new CancelledError() : new NetworkError();
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', cancel);
  }
}

async function readAlong(response: Response, onPiece: (text: string) => void): Promise<void> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return;
    onPiece(decoder.decode(piece.value, { stream: true }));
  }
}

function upload(request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(request.method, request.url);
    xhr.timeout = request.timeoutMs ?? 0;
    for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => request.onProgress?.(event.loaded, event.total);
    xhr.onload = () =>
      resolve({ status: xhr.status, header: (name) => xhr.getResponseHeader(name), text: xhr.responseText });
    xhr.onerror = xhr.ontimeout = () => reject(new NetworkError());
    xhr.onabort = () => reject(new CancelledError());
    if (request.signal?.aborted) return reject(new CancelledError());
    request.signal?.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(request.body as XMLHttpRequestBodyInit);
  });
}

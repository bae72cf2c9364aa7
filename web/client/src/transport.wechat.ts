// WeChat mini-programs: the same seam over `wx.connectSocket` and `wx.request`. Files are
// read into an ArrayBuffer first (`wx.getFileSystemManager().readFile`), because
// `wx.uploadFile` speaks multipart only.

import { CancelledError, NetworkError } from './errors.js';
import type { HttpRequest, HttpResponse, Transport } from './transport.js';

interface SocketTask {
  send(options: { data: string }): void;
  close(options: { code?: number; reason?: string }): void;
  onOpen(run: () => void): void;
  onMessage(run: (event: { data: string | ArrayBuffer }) => void): void;
  onClose(run: (event: { code?: number; reason?: string }) => void): void;
  onError(run: () => void): void;
}

/** The part of the mini-program's global `wx` that is used. */
export interface WeChat {
  connectSocket(options: { url: string }): SocketTask;
  request(options: {
    url: string;
    method: string;
    header: Record<string, string>;
    data?: string | ArrayBuffer;
    dataType: string;
    responseType: 'text' | 'arraybuffer';
    timeout?: number;
    success(answer: { statusCode: number; header: Record<string, string>; data: unknown }): void;
    fail(): void;
  }): { abort(): void };
  onNetworkStatusChange(run: (event: { isConnected: boolean }) => void): void;
  offNetworkStatusChange?(run: (event: { isConnected: boolean }) => void): void;
  onAppShow?(run: () => void): void;
  offAppShow?(run: () => void): void;
}

export function wechatTransport(wx: WeChat): Transport {
  return {
    openSocket(url, handlers) {
      const task = wx.connectSocket({ url });
      let closed = false;
      const close = (code = 1006, reason = '') => {
        if (!closed) handlers.close(code, reason);
        closed = true;
      };
      task.onOpen(() => handlers.open());
      task.onMessage((event) => {
        if (typeof event.data === 'string') handlers.message(event.data);
      });
      task.onClose((event) => close(event.code, event.reason));
      task.onError(() => close());
      return {
        send: (text) => task.send({ data: text }),
        close: (code, reason) => task.close({ ...(code ? { code } : {}), ...(reason ? { reason } : {}) }),
      };
    },

    request(request: HttpRequest): Promise<HttpResponse> {
      return new Promise((resolve, reject) => {
        if (typeof Blob !== 'undefined' && request.body instanceof Blob) {
          return reject(new TypeError('mini-programs send an ArrayBuffer'));
        }
        const bytes = request.expect === 'bytes';
        const task = wx.request({
          url: request.url,
          method: request.method,
          header: request.headers,
          ...(request.body === undefined ? {} : { data: request.body as string | ArrayBuffer }),
          dataType: 'text',
          responseType: bytes ? 'arraybuffer' : 'text',
          ...(request.timeoutMs ? { timeout: request.timeoutMs } : {}),
          success: ({ statusCode, header, data }) => {
            const headers = new Map(Object.entries(header).map(([k, v]) => [k.toLowerCase(), v]));
            // Whole, and late: mini-programs show nothing of an answer before its end.
            const isPiece = request.onPiece !== undefined && statusCode < 300 && typeof data === 'string';
            if (isPiece) request.onPiece?.(data);
            resolve({
              status: statusCode,
              header: (name) => headers.get(name.toLowerCase()) ?? null,
              text: typeof data === 'string' && !isPiece ? data : '',
              ...(data instanceof ArrayBuffer ? { bytes: data } : {}),
            });
          },
          fail: () => reject(request.signal?.aborted ? new CancelledError() : new NetworkError()),
        });
        request.signal?.addEventListener('abort', () => task.abort(), { once: true });
      });
    },

    onWake(run) {
      const online = (event: { isConnected: boolean }) => {
        if (event.isConnected) run();
      };
      wx.onNetworkStatusChange(online);
      wx.onAppShow?.(run);
      return () => {
        wx.offNetworkStatusChange?.(online);
        wx.offAppShow?.(run);
      };
    },
  };
}

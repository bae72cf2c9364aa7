// The console's HTTP: cookie for who, `x-csrf-token` for intent, language for error texts.
// A session that ended anywhere is told to one listener.

import { ApiError, browserTransport, errorSentence, Http, NetworkError, type Transport } from '@octim/client';
import { currentLocale, translate } from '~/lib/i18n';

let csrfToken = '';
let sessionEnded: () => void = () => {};

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export function onSessionEnded(run: () => void): void {
  sessionEnded = run;
}

/** The browser's transport, watching for the end of the session. */
export const transport: Transport = {
  ...browserTransport,
  async request(request) {
    const response = await browserTransport.request(request);
    if (response.status === 401 && /"code":\s*"unauthenticated"/.test(response.text)) sessionEnded();
    return response;
  },
};

export const http = new Http({
  transport,
  host: '',
  headers: (method) => ({
    'accept-language': currentLocale(),
    ...(method === 'GET' || csrfToken === '' ? {} : { 'x-csrf-token': csrfToken }),
  }),
});

/** A failure as a sentence for the person in front of the screen. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) {
    const sentence = errorSentence(error.code, currentLocale());
    return error.code === 'rate_limited' && error.retryAfter
      ? translate('error.retryIn', { seconds: Math.ceil(error.retryAfter) })
      : sentence;
  }
  if (error instanceof NetworkError) return translate('error.network');
  return errorSentence('internal', currentLocale());
}

export function isCode(error: unknown, ...codes: string[]): error is ApiError {
  return error instanceof ApiError && codes.includes(error.code);
}

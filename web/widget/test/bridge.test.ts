// The window's end of the handshake: one port, from the parent, of the origin in the address.

import { expect, test, vi } from 'vitest';
import { connectLoader } from '../src/window/bridge.js';
import { PORT, READY, type ToWindow } from '../src/shared/port.js';

const SITE = 'https://shop.example';

function offer(init: { origin?: string; source?: unknown; data?: unknown; port: MessagePort }): void {
  const event = new MessageEvent('message', { data: init.data ?? PORT, origin: init.origin ?? SITE });
  Object.defineProperty(event, 'source', { value: 'source' in init ? init.source : window.parent });
  Object.defineProperty(event, 'ports', { value: [init.port] });
  window.dispatchEvent(event);
}

test('only_the_parent_of_the_named_origin_is_listened_to_and_only_once', async () => {
  const posted = vi.spyOn(window.parent, 'postMessage').mockImplementation(() => {});
  const heard: ToWindow[] = [];
  const bridge = connectLoader(SITE, (message) => heard.push(message));
  expect(posted).toHaveBeenCalledWith(READY, SITE);
  bridge.say({ type: 'unread', count: 2 });

  const hostile = new MessageChannel();
  const theirs: unknown[] = [];
  hostile.port1.onmessage = ({ data }) => theirs.push(data);
  offer({ origin: 'https://evil.example', port: hostile.port2 });
  offer({ source: {}, port: hostile.port2 });
  offer({ data: 'hello', port: hostile.port2 });

  const real = new MessageChannel();
  const ours: unknown[] = [];
  real.port1.onmessage = ({ data }) => ours.push(data);
  offer({ port: real.port2 });
  offer({ port: hostile.port2 });
  await vi.waitFor(() => expect(ours).toEqual([{ type: 'unread', count: 2 }]));
  bridge.say({ type: 'close' });
  real.port1.postMessage({ type: 'evaluate', code: 'x' });
  real.port1.postMessage({ type: 'state', open: true, focused: true });
  await vi.waitFor(() => expect(heard).toEqual([{ type: 'state', open: true, focused: true }]));
  await vi.waitFor(() => expect(ours).toHaveLength(2));
  expect(theirs).toEqual([]);
});

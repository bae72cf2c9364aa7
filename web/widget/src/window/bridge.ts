// The window's end of the line to the loader: takes one port, from its own parent, of the
// origin that the address names.

import { PORT, READY, type ToLoader, type ToWindow, isToWindow } from '../shared/port.js';

export interface Bridge {
  say(message: ToLoader): void;
}

export function connectLoader(origin: string, hear: (message: ToWindow) => void): Bridge {
  let port: MessagePort | null = null;
  const waiting: ToLoader[] = [];
  window.addEventListener('message', (event) => {
    const [given] = event.ports;
    if (event.origin !== origin || event.source !== window.parent || event.data !== PORT) return;
    if (port || !given) return;
    port = given;
    port.onmessage = ({ data }) => {
      if (isToWindow(data)) hear(data);
    };
    for (const message of waiting.splice(0)) port.postMessage(message);
  });
  window.parent.postMessage(READY, origin);
  return {
    say: (message) => {
      if (port) port.postMessage(message);
      else waiting.push(message);
    },
  };
}

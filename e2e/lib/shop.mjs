// A shop's own system, which connectors ask: it answers as a journey wants it, on an address that the
// operator allows (`ALLOW` of llm.mjs).

import { createServer } from 'node:http';

const servers = new Set();

/** `say(path, body)` gives the answer's JSON; a number is answered with that status. */
export async function startShop(say) {
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    asked.push({ path: request.url, headers: request.headers, body });
    const answer = say(request.url, body);
    const status = typeof answer === 'number' ? answer : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? answer : { error: `status ${status}` }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.2', done));
  servers.add(server);
  return { url: `http://127.0.0.2:${server.address().port}`, asked };
}

export function closeShops() {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers.clear();
}

// A language model that answers as a journey wants it, on an address that the operator allows.

import { createServer } from 'node:http';

const servers = new Set();

/**
 * `say(system, user)` gives the text, at once or in pieces as they come (an async generator, which breaks the answer
 * off by throwing); a number is answered with that status; `{ calls: [[tool, arguments]] }` asks for tools first.
 * The third argument is the whole question. `model.left` counts who went before the end.
 */
export async function startModel(say) {
  const asked = [];
  const model = { asked, left: 0 };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const question = JSON.parse(body);
    asked.push({ question, authorization: request.headers.authorization });
    if (request.url.endsWith('/embeddings')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: question.input.map((text) => ({ embedding: vectorOf(text) })) }));
      return;
    }
    const [system, user] = question.messages.map((message) => message.content);
    const text = await say(system, user, question);
    if (typeof text === 'number') {
      response.writeHead(text, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `status ${text}` } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (piece) => response.write(`data: ${JSON.stringify(piece)}\n\n`);
    response.on('close', () => {
      if (!response.writableEnded) model.left += 1;
    });
    if (text.calls) {
      const calls = text.calls.map(([name, args], index) => ({
        index,
        id: `call_${index}`,
        type: 'function',
        function: { name, arguments: JSON.stringify(args) },
      }));
      send({ choices: [{ index: 0, delta: { tool_calls: calls } }] });
      send({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] });
      response.end('data: [DONE]\n\n');
      return;
    }
    const pieces = typeof text === 'string' ? (text.match(/[\s\S]{1,8}/gu) ?? []) : text;
    try {
      for await (const piece of pieces) send({ choices: [{ index: 0, delta: { content: piece } }] });
    } catch {
      response.destroy();
      return;
    }
    send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    send({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 20 } });
    response.end('data: [DONE]\n\n');
  });
  await new Promise((done) => server.listen(0, '127.0.0.2', done));
  servers.add(server);
  return Object.assign(model, { base_url: `http://127.0.0.2:${server.address().port}/v1` });
}

/** Which characters a text has, counted in 64 drawers. */
function vectorOf(text) {
  const vector = Array(64).fill(0.01);
  for (const character of text) vector[character.codePointAt(0) % 64] += 1;
  return vector;
}

/** For the server of OctIM. */
export const ALLOW = { OCTIM_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.2/32' };

export function closeModels() {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers.clear();
}

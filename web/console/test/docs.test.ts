// The API reference is made from the server's description, all of it.

import { describe, expect, it } from 'vitest';
import description from '../../../openapi.json';
import { curlOf } from '../src/docs/curl';
import { type ApiDocument, errorCodesOf, framesOf, groupsOf, type Operation, type Schemas } from '../src/docs/openapi';
import { exampleOf, shapeOf } from '../src/docs/schema';
import summaries from '../src/docs/summaries.zh-CN.json';

const api = description as unknown as ApiDocument;
const schemas = api.components.schemas;
const operations = groupsOf(api).flatMap((group) => group.operations);

function operation(method: string, path: string): Operation {
  const found = operations.find((one) => one.method === method && one.path === path);
  if (!found) throw new Error(`no ${method} ${path}`);
  return found;
}

describe('operations', () => {
  it('are all there, once', () => {
    const raw = Object.values(api.paths).flatMap((item) => Object.keys(item));
    expect(operations.length).toBe(raw.length);
    expect(new Set(operations.map(({ id }) => id)).size).toBe(raw.length);
  });

  it('have a Chinese summary each, and no summary is left over', () => {
    expect(Object.keys(summaries).sort()).toEqual([...new Set(operations.map((one) => one.summary))].sort());
  });

  it('tell the permission apart from the rest of the description', () => {
    const { permission, description: rest, caller } = operation('GET', '/api/agents');
    expect([permission, rest, caller]).toEqual(['team.agent.manage', '', 'staff']);
    expect(operation('POST', '/api/visitor/messages').caller).toBe('visitor');
    expect(operation('POST', '/api/login').caller).toBe('public');
  });

  it('show each form of an answer', () => {
    const { answers } = operation('POST', '/api/conversations/{id}/copilot/summary');
    const forms = answers.map(({ status, body }) => [status, body?.mediaType, body?.schema?.$ref?.split('/').at(-1)]);
    expect(forms).toEqual([
      ['200', 'application/json', 'CopilotText'],
      ['200', 'text/event-stream', 'CopilotEvent'],
      ['default', 'application/problem+json', 'Problem'],
    ]);
    expect(operation('POST', '/api/logout').answers[0]).toEqual({ status: '204', body: null });
  });

  it('become a line for the shell', () => {
    expect(curlOf(operation('GET', '/api/conversations/{id}'), api, 'https://im.example')).toBe(
      "curl 'https://im.example/api/conversations/ID' \\\n  -H 'cookie: __Host-sid=SESSION'",
    );
    expect(curlOf(operation('POST', '/api/login'), api, 'http://im.example')).toBe(
      [
        "curl -X POST 'http://im.example/api/login'",
        "-H 'origin: http://im.example'",
        "-H 'content-type: application/json'",
        `-d '{"email":"…","password":"…"}'`,
      ].join(' \\\n  '),
    );
  });
});

describe('frames and codes', () => {
  it('cover both directions', () => {
    const types = (from: string) =>
      framesOf(schemas)
        .filter((group) => group.from === from)
        .flatMap((group) => group.frames.map(({ type }) => type));
    expect(types('client')).toEqual(expect.arrayContaining(['hello', 'send', 'watch']));
    expect(types('server')).toEqual(expect.arrayContaining(['welcome', 'changed', 'error']));
    expect(errorCodesOf(schemas)).toContain('rate_limited');
  });
});

describe('schemas', () => {
  const some: Schemas = {
    Id: { type: 'string', example: '1' },
    Node: {
      type: 'object',
      required: ['id'],
      properties: {
        children: { type: ['array', 'null'], items: { $ref: '#/components/schemas/Node' } },
        id: { $ref: '#/components/schemas/Id' },
        parent: { oneOf: [{ $ref: '#/components/schemas/Node' }, { type: 'null' }] },
      },
    },
    Part: {
      oneOf: [
        { type: 'object', properties: { kind: { type: 'string', enum: ['a'] } }, required: ['kind'] },
        { type: 'object', properties: { kind: { type: 'string', const: 'b' } }, required: ['kind'] },
      ],
      discriminator: { propertyName: 'kind' },
    },
  };
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

  it('name references, lists and what may be null', () => {
    const { fields } = shapeOf(ref('Node'), some);
    const shapes = fields.map((field) => [field.name, shapeOf(field.schema, some)] as const);
    expect(shapes.map(([name, shape]) => [name, shape.label, shape.alias, shape.nullable])).toEqual([
      ['id', 'string', 'Id', false],
      ['children', 'Node[]', null, true],
      ['parent', 'Node', null, true],
    ]);
  });

  it('tell variants apart by their constant', () => {
    expect(shapeOf(ref('Part'), some).variants.map(({ title }) => title)).toEqual(['kind = "a"', 'kind = "b"']);
  });

  it('give an example of what is required, also where a schema contains itself', () => {
    expect(exampleOf(ref('Node'), some)).toEqual({ id: '1' });
    const loop: Schemas = { L: { type: 'object', required: ['l'], properties: { l: ref('L') } } };
    expect(JSON.stringify(exampleOf(ref('L'), loop)).length).toBeLessThan(80);
  });
});

// The parts of OpenAPI 3.1 that openapi.json uses, and the reference made from it: groups of
// operations, groups of socket frames, error codes.

import { constantOf, refName, resolved } from './schema';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema | false;
  prefixItems?: Schema[];
  additionalProperties?: Schema | boolean;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  discriminator?: { propertyName: string };
}

export type Schemas = Record<string, Schema>;
type Content = Record<string, { schema?: Schema }>;

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

export interface RawOperation {
  tags?: string[];
  summary?: string;
  description?: string;
  operationId?: string;
  parameters?: Parameter[];
  requestBody?: { content: Content; required?: boolean };
  responses: Record<string, { description?: string; content?: Content }>;
  security?: Record<string, string[]>[];
}

export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Schemas; securitySchemes?: Record<string, { name?: string }> };
}

/** A body: its media type, and its schema unless it is bytes. */
export interface Body {
  mediaType: string;
  schema: Schema | null;
}

export interface Answer {
  status: string;
  body: Body | null;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  permission: string | null;
  /** Who may call it: a logged-in agent, a visitor, or anybody. */
  caller: 'staff' | 'visitor' | 'public';
  parameters: Parameter[];
  body: Body | null;
  answers: Answer[];
}

export interface Group {
  /** The tag; the first part of the path. */
  name: string;
  operations: Operation[];
}

export interface Frame {
  id: string;
  type: string;
  description: string;
  schema: Schema;
}

export interface FrameGroup {
  /** The component's name. */
  name: string;
  from: 'client' | 'server';
  frames: Frame[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

// Tags of one route each stand with their kin.
const KIN: Record<string, string> = { '': 'operation', login: 'session', logout: 'session', 'socket-ticket': 'session' };
const ORDER = [
  'session',
  'me',
  'conversations',
  'contacts',
  'files',
  'uploads',
  'search',
  'entries',
  'directory',
  'visitor',
  'channels',
  'agents',
  'teams',
  'setup',
  'operation',
];

export function groupsOf(document: ApiDocument): Group[] {
  const groups = new Map<string, Operation[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const raw = item[method];
      if (!raw) continue;
      const tag = raw.tags?.[0] ?? '';
      const name = KIN[tag] ?? tag;
      groups.set(name, [...(groups.get(name) ?? []), operationOf(method, path, raw)]);
    }
  }
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length - 2);
  return [...groups]
    .map(([name, operations]) => ({ name, operations }))
    .sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}

function operationOf(method: string, path: string, raw: RawOperation): Operation {
  const description = raw.description ?? '';
  const permission = /Permission: `([^`]+)`\.?/.exec(description);
  const needs = raw.security?.flatMap((one) => Object.keys(one)) ?? [];
  return {
    id: raw.operationId ?? `${method}${path.replace(/\W+/g, '_')}`,
    method: method.toUpperCase(),
    path,
    summary: raw.summary ?? path,
    description: permission ? description.replace(permission[0], '').trim() : description,
    permission: permission?.[1] ?? null,
    caller: needs.includes('visitor') ? 'visitor' : needs.length ? 'staff' : 'public',
    parameters: raw.parameters ?? [],
    body: bodiesOf(raw.requestBody?.content)[0] ?? null,
    answers: Object.entries(raw.responses)
      .flatMap(([status, { content }]) => bodiesOf(content).map((body) => ({ status, body })))
      .sort((a, b) => Number(a.status === 'default') - Number(b.status === 'default')),
  };
}

/** One for each media type, or that there is none. */
function bodiesOf(content: Content | undefined): (Body | null)[] {
  const bodies = Object.entries(content ?? {}).map(([mediaType, { schema }]) => {
    const hasSchema = /\bjson$|\/event-stream$/.test(mediaType);
    return { mediaType, schema: hasSchema ? (schema ?? null) : null };
  });
  return bodies.length > 0 ? bodies : [null];
}

/** The frames of the socket: `ClientFrame`, and `ServerFrame` of each kind of client. */
export function framesOf(schemas: Schemas): FrameGroup[] {
  return Object.keys(schemas)
    .filter((name) => /^(Client|Server)Frame/.test(name))
    .map((name) => {
      const from = name.startsWith('Client') ? 'client' : 'server';
      const all = schemas[name]?.oneOf ?? [];
      return { name, from, frames: all.map((schema) => frameOf(name, schema, schemas)) };
    });
}

function frameOf(group: string, schema: Schema, schemas: Schemas): Frame {
  const whole = resolved(schema, schemas);
  const type = String(constantOf(whole.properties?.type) ?? refName(schema) ?? '?');
  return { id: `${group}-${type}`, type, description: whole.description ?? '', schema: whole };
}

export function errorCodesOf(schemas: Schemas): string[] {
  return (schemas.ErrorCode?.enum ?? []).map(String);
}

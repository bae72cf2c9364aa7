// A connector while it is edited: from the server's view to a form and back, and what is wrong in it.

import type { ConnectorAuth, ConnectorInput, ConnectorParameter, ConnectorView } from '~/api/types';

export const VISITOR = ['id', 'email', 'phone', 'name'] as const;
export const MOST = { headers: 10, parameters: 8, fields: 12, choices: 50 } as const;
export const TIMEOUTS = [1000, 2000, 3000, 5000, 8000, 10_000, 15_000];
export const CACHES = [0, 60, 300, 900, 3600];
export const NAME = /^[a-z][a-z0-9_]{0,30}$/;

export type FormParameter = Required<ConnectorParameter> & { choices: string[] };

/** Nothing is absent: everything can be typed. */
export interface ConnectorForm extends Omit<Required<ConnectorInput>, 'secret' | 'body' | 'parameters'> {
  body: string;
  secret: string;
  parameters: FormParameter[];
}

/** Of what may be reactive. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export function blank(): ConnectorForm {
  return {
    name: '',
    about: '',
    method: 'get',
    url: '',
    headers: [],
    body: '',
    auth: { kind: 'none' },
    secret: '',
    parameters: [],
    rows: '',
    fields: [],
    timeout_ms: 5000,
    cache_s: 60,
    for_agents: true,
    for_bot: false,
    enabled: false,
  };
}

export function formOf(view: ConnectorView): ConnectorForm {
  const { id, has_secret, needs_visitor, created_at, updated_at, last, body, ...rest } = view;
  const parameters = rest.parameters.map((one) => ({ example: '', ...one, choices: one.choices ?? [] }));
  return copy({ ...rest, parameters, body: body ?? '', secret: '' });
}

/** For the server: all of it, the secret only when one was typed. */
export type FilledInput = Omit<Required<ConnectorInput>, 'secret'> & Pick<ConnectorInput, 'secret'>;

export function inputOf(form: ConnectorForm): FilledInput {
  const { secret, body, ...rest } = copy(form);
  return {
    ...rest,
    name: rest.name.trim(),
    about: rest.about.trim(),
    url: rest.url.trim(),
    body: rest.method === 'post' && body.trim() !== '' ? body : null,
    parameters: rest.parameters.map(({ choices, ...one }) => (one.kind === 'choice' ? { ...one, choices } : one)),
    ...(secret === '' || rest.auth.kind === 'none' ? {} : { secret }),
  };
}

export function emptyParameter(known: readonly ConnectorParameter[]): FormParameter {
  const names = new Set(known.map((one) => one.name));
  const name = ['order', 'value', 'value2', 'value3', 'value4', 'value5', 'value6', 'value7', 'value8'].find(
    (one) => !names.has(one),
  )!;
  return { name, label: '', kind: 'text', choices: [], required: true, example: '' };
}

export const authOf = (kind: ConnectorAuth['kind']): ConnectorAuth => {
  if (kind === 'basic') return { kind, user: '' };
  if (kind === 'header') return { kind, name: 'X-Api-Key' };
  return { kind };
};

/** What may stand in braces. */
export function placeholders(parameters: readonly ConnectorParameter[]): string[] {
  return [...parameters.map((one) => one.name), ...VISITOR.map((name) => `visitor.${name}`)];
}

const BRACES = /\{([a-zA-Z][a-zA-Z0-9_.]*)\}/g;

/** What stands in braces and is none of these. */
export function unknown(text: string, known: readonly string[]): string[] {
  const found = [...text.matchAll(BRACES)].map((match) => match[1]!);
  return [...new Set(found)].filter((name) => !known.includes(name));
}

const originOf = (url: string) => /^(https?:\/\/[^/?#]*)/i.exec(url.trim())?.[1]?.toLowerCase() ?? '';

/** A secret goes to the server that it was entered for, and to no other. */
export const keepsSecret = (view: ConnectorView | null, form: ConnectorForm) =>
  Boolean(view?.has_secret) && originOf(view!.url) !== '' && originOf(view!.url) === originOf(form.url);

/** A parameter was renamed: what stands in braces follows. */
export function renamed(form: ConnectorForm, from: string, to: string): void {
  if (from === '' || from === to) return;
  const follow = (text: string) => text.replaceAll(`{${from}}`, `{${to}}`);
  form.url = follow(form.url);
  form.body = follow(form.body);
  for (const header of form.headers) header.value = follow(header.value);
}

/** What is wrong, by the place that the server would name, as keys of texts. */
export function problems(form: ConnectorForm): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (form.name.trim() === '') wrong.name = 'setup.required';
  if (!/^https?:\/\/[^/{}]+/i.test(form.url.trim())) wrong.url = 'connectors.wrong.url';
  const known = placeholders(form.parameters);
  if (unknown(form.url, known).length > 0) wrong.url = 'connectors.wrong.unknown';
  if (form.method === 'post' && unknown(form.body, known).length > 0) wrong.body = 'connectors.wrong.unknown';
  form.headers.forEach((header, at) => {
    if (header.name.trim() === '') wrong[`headers[${at}].name`] = 'setup.required';
    if (unknown(header.value, known).length > 0) wrong[`headers[${at}].value`] = 'connectors.wrong.unknown';
  });
  form.parameters.forEach((one, at) => {
    if (!NAME.test(one.name)) wrong[`parameters[${at}].name`] = 'connectors.wrong.name';
    else if (form.parameters.some((other, place) => place < at && other.name === one.name)) {
      wrong[`parameters[${at}].name`] = 'connectors.wrong.twice';
    }
    if (one.label.trim() === '') wrong[`parameters[${at}].label`] = 'setup.required';
    if (one.kind === 'choice' && one.choices.length === 0) wrong[`parameters[${at}].choices`] = 'setup.required';
  });
  form.fields.forEach((one, at) => {
    if (one.label.trim() === '') wrong[`fields[${at}].label`] = 'setup.required';
    if (one.path !== '' && !one.path.startsWith('/')) wrong[`fields[${at}].path`] = 'connectors.wrong.pointer';
  });
  if (form.rows !== '' && !form.rows.startsWith('/')) wrong.rows = 'connectors.wrong.pointer';
  if (form.enabled && form.fields.length === 0) wrong.fields = 'connectors.wrong.noFields';
  return wrong;
}

// An operation as a line for the shell, with everything that the server asks for.

import { type ApiDocument, type Operation } from './openapi';
import { exampleOf } from './schema';

/** Single quotes of the shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function curlOf(operation: Operation, document: ApiDocument, origin: string): string {
  const { method, path, caller, body } = operation;
  // Braces would be a pattern to curl.
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  const needed = operation.parameters.filter((one) => one.in === 'query' && one.required);
  const query = needed.map((one) => `${one.name}=…`).join('&');
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(origin + address + (query && `?${query}`))}`];
  const header = (line: string) => parts.push(`-H ${quoted(line)}`);
  if (caller === 'visitor') header('authorization: Bearer TOKEN');
  if (caller === 'staff') {
    // Over https the cookie is bound to the host by its name.
    const name = document.components.securitySchemes?.session?.name ?? 'sid';
    header(`cookie: ${origin.startsWith('https:') ? '__Host-' : ''}${name}=SESSION`);
    if (method !== 'GET') header('x-csrf-token: CSRF_TOKEN');
  }
  // Without a session, changes are for pages of the server itself.
  if (caller === 'public' && method !== 'GET') header(`origin: ${origin}`);
  if (body) {
    header(`content-type: ${body.mediaType}`);
    parts.push(
      body.schema
        ? `-d ${quoted(JSON.stringify(exampleOf(body.schema, document.components.schemas)))}`
        : '--data-binary @FILE',
    );
  }
  return parts.join(' \\\n  ');
}

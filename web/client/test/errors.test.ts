// The table of errors is the server's: Rust, client and document say the same.

import { expect, test } from 'vitest';
import source from '../../../crates/protocol/src/error.rs?raw';
import document from '../../../docs/client-protocol.md?raw';
import table from '../src/errors.json' with { type: 'json' };
import { ApiError, errorSentence, isTemporary } from '../src/errors.js';

const rows = [...source.matchAll(/^ +\w+ (\d+) "(\w+)" "([^"]+)" "([^"]+)";/gm)].map(
  ([, status, code, zh, en]) => ({ code: code!, status: Number(status), 'zh-CN': zh!, en: en! }),
);

test('the_copy_of_the_error_table_is_the_servers', () => {
  expect(rows.length).toBeGreaterThan(40);
  expect(table).toEqual(Object.fromEntries(rows.map(({ code, ...rest }) => [code, rest])));
});

test('the_document_lists_every_error_with_status_and_both_sentences', () => {
  for (const row of rows) {
    expect(document).toContain(`| \`${row.code}\` | ${row.status} | ${row['zh-CN']} | ${row.en} |`);
  }
});

test('overload_and_restarts_are_temporary_and_refusals_final', () => {
  for (const code of ['rate_limited', 'read_only', 'shutting_down', 'internal', 'timeout']) {
    expect(isTemporary(code), code).toBe(true);
  }
  for (const code of ['message_too_long', 'conversation_resolved', 'file_used', 'some_new_code']) {
    expect(isTemporary(code), code).toBe(false);
  }
});

test('a_page_of_a_proxy_is_an_error_too', () => {
  const error = ApiError.of(502, '<html>bad gateway</html>', '3');
  expect([error.code, error.temporary, error.retryAfter]).toEqual(['http_502', true, 3]);
  expect(errorSentence(error.code, 'en')).toBe('Something went wrong on our side');
});

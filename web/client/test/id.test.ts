import { expect, test } from 'vitest';
import { newClientId } from '../src/id.js';

test('ids_sort_in_the_order_they_were_made', () => {
  const ids = Array.from({ length: 600 }, (_, at) => newClientId(1_790_000_000_000 + Math.floor(at / 300)));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(600);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

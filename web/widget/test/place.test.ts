// Where the window finds itself, from its address alone.

import { expect, test } from 'vitest';
import { placeOf } from '../src/window/place.js';

const at = (url: string) => new URL(url) as unknown as Location;

test('the_frame_takes_channel_origin_and_language_from_the_query', () => {
  const place = placeOf(at('https://h/window?channel=k3&origin=https%3A%2F%2Fshop.example&locale=en'), true);
  expect(place).toMatchObject({ channel: 'k3', origin: 'https://shop.example', locale: 'en' });
});

test('an_origin_that_is_none_or_no_frame_means_no_host_page', () => {
  for (const origin of ['*', 'null', 'javascript:alert(1)', 'https://shop.example/path', 'https://u:p@shop.example', '']) {
    expect(placeOf(at(`https://h/window?channel=k&origin=${encodeURIComponent(origin)}`), true).origin, origin).toBeNull();
  }
  expect(placeOf(at('https://h/window?channel=k&origin=https%3A%2F%2Fshop.example'), false).origin).toBeNull();
});

test('the_hosted_page_has_its_key_in_the_path_and_identity_in_the_fragment', () => {
  const place = placeOf(at('https://h/chat/k3?utm=1#identity=a.b.c'), false);
  expect(place).toMatchObject({ channel: 'k3', origin: null, identity: 'a.b.c' });
  expect(place.page.url).toBe('https://h/chat/k3');
});

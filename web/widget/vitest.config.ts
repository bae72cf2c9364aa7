// Unit tests of loader and window in a simulated browser; nothing is fetched.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    environment: 'happy-dom',
    environmentOptions: {
      happyDOM: { url: 'https://shop.example/p/1', settings: { disableIframePageLoading: true } },
    },
  },
});

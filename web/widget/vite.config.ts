// The chat window: dist/window/index.html and hashed assets, served under /window/.
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/window',
  base: '/window/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/window',
    emptyOutDir: true,
    // Private members are the newest syntax in use: Chrome 91, Safari 15, Firefox 90.
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    cssTarget: ['chrome91', 'safari15'],
  },
});

// The loader: one classic script of a fixed name, dist/octim.js.
import { defineConfig } from 'vite';

export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    // Private members are the newest syntax in use: Chrome 91, Safari 15, Firefox 90.
    target: 'es2022',
    lib: { entry: 'src/loader/main.ts', formats: ['iife'], name: '__octim', fileName: () => 'octim.js' },
  },
});

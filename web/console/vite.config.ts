// Builds the console into dist/; the server embeds it and serves it at /console/ (and /setup, /docs).
import { fileURLToPath, URL } from 'node:url';
import vueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const backend = process.env.OCTIM_BACKEND ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/console/',
  plugins: [
    vue(),
    // Messages are compiled at build time: nothing is evaluated under the page's CSP.
    vueI18n({
      include: here('./src/locales/**/*.json'),
      runtimeOnly: true,
      fullInstall: false,
      // Texts are shown as text; "<" in one is just a character.
      strictMessage: false,
    }),
  ],
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_LEGACY_API__: false,
  },
  resolve: { alias: { '~': here('./src') } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    // Read by scripts/budgets.mjs.
    manifest: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': { target: backend, ws: true }, '/openapi.json': backend },
  },
});

// Starts the console: language and theme first, so that nothing flashes, then the page.

import '@octim/ui/tokens.css';
import './styles/base.css';
import './styles/element-parts';
import './styles/element.css';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { deviceLocale, i18n, useLocale } from './lib/i18n';
import { router } from './router';
import { deviceTheme, useSession } from './stores/session';

async function start() {
  await useLocale(deviceLocale());
  const app = createApp(App).use(createPinia()).use(i18n);
  useSession().showTheme(deviceTheme());
  app.use(router).mount('#app');
}

void start();

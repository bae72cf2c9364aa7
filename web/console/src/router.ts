// Addresses of the console. /setup is the same application, before there is an account; /docs
// is the reference of the API, for everybody.

import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router';
import { http, isCode } from './api/http';
import { useTexts, type TextFile } from './lib/i18n';
import { useSession } from './stores/session';

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without an account. */
    open?: boolean;
    /** The texts that the page needs beside those of the shell and the inbox. */
    texts?: TextFile[];
  }
}

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/setup', name: 'setup', component: () => import('./pages/SetupPage.vue'), meta: { open: true } },
    {
      path: '/docs',
      name: 'docs',
      component: () => import('./docs/DocsPage.vue'),
      meta: { open: true, texts: ['docs'] },
    },
    {
      path: '/console/login',
      name: 'login',
      component: () => import('./pages/LoginPage.vue'),
      meta: { open: true },
    },
    {
      path: '/console',
      component: () => import('./pages/ShellPage.vue'),
      redirect: { name: 'inbox', params: { view: 'mine' } },
      children: [
        {
          path: 'inbox/:view(queue|mine|team|all|resolved)/:id(\\d+)?',
          name: 'inbox',
          component: () => import('./inbox/InboxPage.vue'),
        },
        { path: 'search', name: 'search', component: () => import('./pages/SearchPage.vue') },
        {
          path: 'knowledge',
          meta: { texts: ['knowledge', 'learning'] },
          children: [
            { path: '', name: 'knowledge', component: () => import('./knowledge/KnowledgePage.vue') },
            { path: 'import', name: 'import', component: () => import('./knowledge/ImportPage.vue') },
            { path: 'sources', name: 'sources', component: () => import('./knowledge/SourcesPage.vue') },
            {
              path: 'sources/:id(\\d+)',
              name: 'source',
              component: () => import('./knowledge/SourcePage.vue'),
              props: true,
            },
            { path: 'pairs', name: 'pairs', component: () => import('./knowledge/PairsPage.vue') },
            { path: 'learning', name: 'learning', component: () => import('./learning/LearningPage.vue') },
            { path: 'evaluation', name: 'evaluation', component: () => import('./learning/EvaluationPage.vue') },
            { path: 'language', name: 'language', component: () => import('./language/LanguagePage.vue') },
            { path: ':id(new|\\d+)', name: 'entry', component: () => import('./knowledge/EntryPage.vue') },
          ],
        },
        {
          path: 'settings/:section(\\w+)?',
          name: 'settings',
          component: () => import('./settings/SettingsPage.vue'),
          meta: { texts: ['settings', 'learning', 'connectors'] },
        },
      ],
    },
    { path: '/:rest(.*)*', redirect: '/console' },
  ],
});

router.beforeEach(async (to) => {
  if (to.name === 'docs') return true;
  const session = useSession();
  try {
    await session.restore();
  } catch {
    // The server does not answer: the page that is asked for says so itself.
    if (!to.meta.open) return { name: 'login', query: { next: to.fullPath } };
  }
  if (to.name === 'setup') return true;
  if (!session.me && (await needsSetup(to))) return { name: 'setup' };
  if (!to.meta.open && !session.me) return { name: 'login', query: { next: to.fullPath } };
  if (to.name === 'login' && session.me) return { name: 'inbox', params: { view: 'mine' } };
  return true;
});

router.beforeResolve((to) => useTexts(to.meta.texts ?? []));

let setupAsked = false;

/** A server without an owner answers GET /api/setup; asked once. */
async function needsSetup(to: RouteLocationNormalized): Promise<boolean> {
  if (setupAsked || to.name === 'setup') return false;
  setupAsked = true;
  try {
    await http.get('/api/setup');
    return true;
  } catch (error) {
    if (!isCode(error, 'not_found')) setupAsked = false;
    return false;
  }
}

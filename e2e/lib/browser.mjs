// One Chromium for all journeys; a context for each person. Pages are watched: an error, a
// violation of a policy or a dialog that a journey did not announce fails it.

import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  // Playwright turns the partitioning of third parties' storage off, with which Chromium gives
  // frames of another site no storage at all. The last of these flags wins.
  '--disable-features=AvoidUnnecessaryBeforeUnloadCheckSync,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter,PaintHolding,AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,NetworkTimeServiceQuerying',
];
/** The machine may be busy; conditions are awaited this long. */
export const PATIENCE = 15_000;

let browser = null;
const contexts = new Set();
/** What pages complained about, since it was last taken. */
let complaints = [];

const isNews = (text) =>
  // A refused request is shown by the page itself where it matters; the console line is Chromium's own.
  !/^Failed to load resource|net::ERR_|WebSocket connection to .* failed|the server responded with a status/.test(text);

export async function person({ locale = 'zh-CN', width = 1440, height = 900, dark = false, phone = false, scale = phone ? 2 : 1 } = {}) {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const context = await browser.newContext({
    viewport: { width, height },
    locale: locale === 'en' ? 'en-US' : locale,
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: phone,
    isMobile: phone,
    deviceScaleFactor: scale,
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  context.setDefaultTimeout(PATIENCE);
  context.on('console', (message) => {
    if (message.type() === 'error' && isNews(message.text())) complaints.push(`console: ${message.text()} (${message.page()?.url()})`);
  });
  context.on('weberror', (error) => complaints.push(`uncaught: ${error.error()?.stack ?? error.error()}`));
  context.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  contexts.add(context);
  context.on('close', () => contexts.delete(context));
  return context;
}

/** Complaints so far; they are forgotten. */
export function takeComplaints() {
  const taken = complaints;
  complaints = [];
  return taken;
}

/** Pictures of all pages, for a journey that failed. */
export async function photograph(prefix) {
  let at = 0;
  for (const context of contexts) {
    for (const page of context.pages()) {
      at += 1;
      await page.screenshot({ path: `${prefix}-${at}.png`, timeout: 5_000 }).catch(() => {});
    }
  }
}

export async function closePeople() {
  for (const context of [...contexts]) await context.close().catch(() => {});
  contexts.clear();
}

export async function closeBrowser() {
  await browser?.close();
  browser = null;
}

// Puts the chosen theme on an element as `data-theme`; "system" follows the device.

export type Theme = 'system' | 'light' | 'dark';

const dark = () => globalThis.matchMedia?.('(prefers-color-scheme: dark)');

export function resolveTheme(theme: Theme): 'light' | 'dark' {
  if (theme !== 'system') return theme;
  return dark()?.matches ? 'dark' : 'light';
}

/** Applies `theme` to `root` and, for "system", follows the device until the returned
 * function is called. */
export function applyTheme(theme: Theme, root: HTMLElement = document.documentElement): () => void {
  const apply = () => {
    root.dataset.theme = resolveTheme(theme);
  };
  apply();
  const query = theme === 'system' ? dark() : undefined;
  query?.addEventListener('change', apply);
  return () => query?.removeEventListener('change', apply);
}

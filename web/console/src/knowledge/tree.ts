// Categories as a tree: paths with "/" between their segments become lines with a depth, and
// every line counts what is below it too.

import type { KnowledgeSummary } from '~/api/types';

export interface Branch {
  path: string;
  name: string;
  depth: number;
  count: number;
}

export function branches(categories: KnowledgeSummary['categories']): Branch[] {
  const counts = new Map<string, number>();
  for (const { name, count } of categories) {
    if (name === '') continue;
    const segments = name.split('/');
    segments.forEach((_, index) => {
      const path = segments.slice(0, index + 1).join('/');
      counts.set(path, (counts.get(path) ?? 0) + count);
    });
  }
  // Compared by segment: "a/b" stands below "a", before "a b".
  const order = (a: string, b: string) => {
    const [left, right] = [a.split('/'), b.split('/')];
    for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
      const by = left[at]!.localeCompare(right[at]!);
      if (by !== 0) return by;
    }
    return left.length - right.length;
  };
  return [...counts]
    .sort(([a], [b]) => order(a, b))
    .map(([path, count]) => {
      const segments = path.split('/');
      return { path, name: segments[segments.length - 1]!, depth: segments.length - 1, count };
    });
}

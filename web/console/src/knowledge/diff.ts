// What changed between two texts, word by word. Chinese has no spaces: the browser's own
// segmenter says what its words are.

import { diffArrays } from 'diff';

export interface Part {
  kind: 'same' | 'added' | 'removed';
  text: string;
}

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });
const words = (text: string) => Array.from(segmenter.segment(text), (one) => one.segment);

export function wordDiff(before: string, after: string): Part[] {
  return diffArrays(words(before), words(after)).map((change) => ({
    kind: change.added ? 'added' : change.removed ? 'removed' : 'same',
    text: change.value.join(''),
  }));
}

/** Lists of short texts, one a line. */
export function listDiff(before: readonly string[], after: readonly string[]): Part[] {
  return diffArrays([...before], [...after]).flatMap((change) =>
    change.value.map((text) => ({
      kind: change.added ? ('added' as const) : change.removed ? ('removed' as const) : ('same' as const),
      text,
    })),
  );
}

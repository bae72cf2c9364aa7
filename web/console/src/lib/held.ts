// Why a rule held, as words for people.

import type { Held } from '~/api/types';

type Translate = (key: string, values?: Record<string, unknown>) => string;

export function heldText(held: Held, t: Translate): string {
  switch (held.kind) {
    case 'asked':
      return t('held.asked');
    case 'misses':
      return t('held.misses', { n: held.count });
    case 'mood':
      return t(`mood.strength.${held.strength}`, { kind: t(`mood.kind.${held.mood}`) });
    case 'attribute':
      return t(held.signed ? 'held.attribute' : 'held.hint', { name: held.name, value: held.value });
    case 'category':
      return t('held.category', { name: held.name });
    case 'tag':
      return t('held.tag', { name: held.name });
    case 'word':
      return t('held.word', { word: held.word });
    case 'hours':
      return t(held.open ? 'held.open' : 'held.closed');
    case 'staffed':
      return t(held.there ? 'held.there' : 'held.nobody');
  }
}

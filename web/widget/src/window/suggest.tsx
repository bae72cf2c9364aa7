// Entries of the knowledge base that fit what is being typed to the bot: a question is asked, an
// article opened.

import type { VisitorSuggestion } from '@octim/client';
import { iconFileText, oneLine } from '@octim/ui';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.js';
import { useStore } from './store.js';
import { useTexts } from './texts.js';

const PAUSE_MS = 300;
const FEWEST = 2;

export function Suggest({ typed, choose }: { typed: string; choose: (question: string) => void }) {
  const store = useStore();
  const t = useTexts();
  const [found, setFound] = useState<VisitorSuggestion[]>([]);
  const words = store.withBot ? typed.trim() : '';

  useEffect(() => {
    if ([...words].length < FEWEST) {
      setFound([]);
      return;
    }
    let gone = false;
    const timer = setTimeout(() => {
      // Typing goes on without them when they cannot be had.
      store.client.suggest(words).then(
        (suggestions) => gone || setFound(suggestions),
        () => gone || setFound([]),
      );
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [words]);

  if (found.length === 0) return null;
  return (
    <div class="suggest" role="group" aria-label={t('suggestions')}>
      {found.map(({ entry_id, question, article }) => (
        <button
          type="button"
          key={entry_id}
          onClick={() => (article ? store.show({ name: 'article', article, message: null }) : choose(question))}
        >
          {article && <Icon nodes={iconFileText} size={14} />}
          {oneLine(question)}
        </button>
      ))}
    </div>
  );
}

// Questions of the knowledge base that fit what is being typed to the bot: choosing one asks it.

import type { VisitorSuggestion } from '@octim/client';
import { oneLine } from '@octim/ui';
import { useEffect, useState } from 'preact/hooks';
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
      {found.map(({ entry_id, question }) => (
        <button type="button" key={entry_id} onClick={() => choose(question)}>
          {oneLine(question)}
        </button>
      ))}
    </div>
  );
}

// What belongs to the bot's messages: the label that says that a machine wrote them, prepared
// answers to choose from, whether it helped, and the way to a person.

import type { ChoiceView, ChoicesView, MessageView } from '@octim/client';
import { iconHeadset, iconThumbsDown, iconThumbsUp, oneLine } from '@octim/ui';
import { Text } from './bubble.js';
import { Icon } from './icons.js';
import { type Store, useStore } from './store.js';
import { useTexts } from './texts.js';

export function AiLabel() {
  const t = useTexts();
  return (
    <span class="ai" title={t('ai_label')}>
      AI<span class="sr">{t('ai_label')}</span>
    </span>
  );
}

/** A click sends the option as the visitor's own message; only the newest offer can be taken. */
export function Choices({ store, choices, active }: { store: Store; choices: ChoicesView; active: boolean }) {
  return (
    <div class="bubble choices">
      <Text text={choices.prompt} />
      <Options store={store} label={oneLine(choices.prompt)} options={choices.options} active={active} />
    </div>
  );
}

/** What may be asked next, below the newest message. */
export function FollowUps({ store, options }: { store: Store; options: ChoiceView[] }) {
  return <Options store={store} label={useTexts()('suggestions')} options={options} active />;
}

function Options({ store, label, options, active }: { store: Store; label: string; options: ChoiceView[]; active: boolean }) {
  return (
    <div class="options" role="group" aria-label={label}>
      {options.map((option) => (
        <button type="button" class="option" disabled={!active} onClick={() => void store.client.send(option.label)}>
          {oneLine(option.label)}
        </button>
      ))}
    </div>
  );
}

export function Feedback({ store, message, given }: { store: Store; message: MessageView; given: boolean | null }) {
  const t = useTexts();
  const button = (helpful: boolean) => {
    const label = t(helpful ? 'helpful' : 'not_helpful');
    return (
      <button
        type="button"
        class={given === helpful ? 'thumb given' : 'thumb'}
        aria-pressed={given === helpful}
        aria-label={label}
        title={label}
        onClick={() => void store.rateAnswer(message, given === helpful ? null : helpful)}
      >
        <Icon nodes={helpful ? iconThumbsUp : iconThumbsDown} size={14} />
      </button>
    );
  };
  return (
    <span class="thumbs">
      {button(true)}
      {button(false)}
    </span>
  );
}

/** Always in reach while the bot answers. It is a message like any other. */
export function ToPerson() {
  const store = useStore();
  const t = useTexts();
  if (!store.withBot) return null;
  return (
    <div class="to-person">
      <button type="button" class="chip" onClick={() => void store.client.send(t('to_person_text'))}>
        <Icon nodes={iconHeadset} size={16} />
        {t('to_person')}
      </button>
    </div>
  );
}

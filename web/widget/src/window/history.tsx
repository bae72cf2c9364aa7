// Earlier conversations: the list, and one of them to read.

import { useEffect } from 'preact/hooks';
import type { Id } from '@octim/client';
import { format, iconChevronRight, iconMessagesSquare, iconStar, oneLine } from '@octim/ui';
import { Icon } from './icons.js';
import { Messages } from './messages.js';
import { RatingCard } from './rating.js';
import { useStore } from './store.js';
import { type TextKey, useTexts } from './texts.js';

export function History() {
  const store = useStore();
  const t = useTexts();
  const { history, locale, thread } = store.state;
  if (history === 'loading') {
    return (
      <div class="page">
        <div class="spinner" role="status" />
      </div>
    );
  }
  if (history === 'failed' || history.length === 0) {
    return (
      <div class="page empty">
        <Icon nodes={iconMessagesSquare} size={40} />
        <p>{t(history === 'failed' ? 'history_failed' : 'history_empty')}</p>
        {history === 'failed' && (
          <button type="button" class="button" onClick={() => void store.loadHistory()}>
            {t('retry')}
          </button>
        )}
      </div>
    );
  }
  const words = format(locale);
  const open = (id: Id) => store.show(thread.includes(id) ? { name: 'chat' } : { name: 'past', id });
  return (
    <ul class="page list">
      {history.map((conversation) => (
        <li key={conversation.id}>
          <button type="button" class="item" onClick={() => open(conversation.id)}>
            <span class="item-main">
              <span class="item-top">
                <span class="item-name">{oneLine(conversation.agent?.name ?? t('staff'))}</span>
                <span class={`badge ${conversation.status}`}>{t(`status_${conversation.status}` as TextKey)}</span>
                <time>{words.stamp(conversation.active_at, Date.now())}</time>
              </span>
              <span class="item-text">
                {oneLine(conversation.preview) || t('no_text')}
                {conversation.stars ? (
                  <span class="item-stars" aria-label={t('rate_stars', { count: conversation.stars })}>
                    <Icon nodes={iconStar} size={12} /> {conversation.stars}
                  </span>
                ) : null}
              </span>
            </span>
            <Icon nodes={iconChevronRight} size={18} />
          </button>
        </li>
      ))}
    </ul>
  );
}

export function Past({ id }: { id: Id }) {
  const store = useStore();
  const t = useTexts();
  const log = store.client.log(id);
  useEffect(() => {
    if (log.conversation && log.conversation.status !== 'resolved') store.show({ name: 'chat' });
  }, [log.conversation?.status]);
  if (!log.conversation) {
    return (
      <div class="page">
        <div class="spinner" role="status" />
      </div>
    );
  }
  return (
    <>
      <Messages key={id} ids={[id]} logs={[log]} pending={NONE} greeting="">
        <RatingCard store={store} id={id} />
      </Messages>
      <div class="footer-note">{t('read_only_note')}</div>
    </>
  );
}

const NONE = [] as const;

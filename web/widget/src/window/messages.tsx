// The message list: keeps its place while older messages come above and new ones below, and
// tells the server what was seen.

import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Id, Pending, VisitorLog } from '@octim/client';
import { format, iconArrowDown } from '@octim/ui';
import { Bubble, Text } from './bubble.js';
import { Icon } from './icons.js';
import { type Store, useStore } from './store.js';
import { useTexts } from './texts.js';
import { type Row, timeline } from './timeline.js';

const NEAR_BOTTOM = 48;
const NEAR_TOP = 160;

interface Props {
  ids: readonly Id[];
  logs: readonly VisitorLog[];
  pending: readonly Pending[];
  greeting: string;
  children?: ComponentChildren;
}

export function Messages({ ids, logs, pending, greeting, children }: Props) {
  const store = useStore();
  const t = useTexts();
  const { locale, settings } = store.state;
  const bot = settings?.bot?.name ?? '';
  const words = format(locale);
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const place = useRef({ bottom: true, height: 0, first: '', last: '' });
  const [below, setBelow] = useState(0);
  const [older, setOlder] = useState<'idle' | 'loading' | 'failed'>('idle');

  const rows = useMemo(
    () => timeline({ logs, pending, greeting, bot, t, dayKey: words.dayKey }),
    [...logs, logs.length, pending, greeting, bot, locale],
  );
  const bubbles = rows.filter((row) => row.kind === 'bubble');
  const newest = bubbles[bubbles.length - 1];
  const lastMine = [...bubbles].reverse().find((row) => row.mine && row.mark !== 'failed')?.key;

  const toBottom = useCallback((smooth = false) => {
    const element = box.current;
    if (!element) return;
    const far = element.scrollHeight - element.scrollTop > 3 * element.clientHeight;
    const calm = far || matchMedia('(prefers-reduced-motion: reduce)').matches;
    element.scrollTo({ top: element.scrollHeight, behavior: smooth && !calm ? 'smooth' : 'auto' });
    place.current.bottom = true;
    setBelow(0);
  }, []);

  const seen = () => {
    if (!place.current.bottom) return;
    ids.forEach((id, at) => {
      const { messages } = logs[at]!;
      store.seen(id, messages[messages.length - 1]?.seq ?? 0);
    });
  };

  const loadOlder = () => {
    const [id] = ids;
    if (!id || !logs[0]?.hasMore || older === 'loading') return;
    setOlder('loading');
    store.client.loadOlder(id).then(
      () => setOlder('idle'),
      () => setOlder('failed'),
    );
  };

  useLayoutEffect(() => {
    const element = box.current!;
    const before = place.current;
    const first = rows.find((row) => row.kind === 'bubble' || row.kind === 'notice')?.key ?? '';
    const last = newest?.key ?? '';
    const grown = last !== before.last;
    if (before.first && first !== before.first && !before.bottom) {
      // Older messages came above: what was on the screen stays there.
      element.scrollTop += element.scrollHeight - before.height;
    } else if (before.bottom || (grown && newest?.mine)) {
      toBottom();
    } else if (grown && newest && !newest.mine) {
      setBelow((count) => count + 1);
    }
    place.current = { ...place.current, height: element.scrollHeight, first, last };
  }, [rows]);

  useEffect(seen);

  useEffect(() => {
    const watch = new ResizeObserver(() => {
      if (place.current.bottom) toBottom();
      if (box.current) place.current.height = box.current.scrollHeight;
    });
    watch.observe(box.current!);
    watch.observe(content.current!);
    return () => watch.disconnect();
  }, []);

  const onScroll = () => {
    const element = box.current!;
    const bottom = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_BOTTOM;
    place.current.bottom = bottom;
    if (bottom && below) setBelow(0);
    if (bottom) seen();
    if (element.scrollTop < NEAR_TOP && older === 'idle') loadOlder();
    element.classList.toggle('away', !bottom);
  };

  return (
    <div class="messages-wrap">
      <div class="messages" ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-live="polite" aria-label={t('log')}>
        <div class="messages-inner" ref={content}>
          {older === 'loading' && <div class="spinner" role="status" aria-label="…" />}
          {older === 'failed' && (
            <button type="button" class="link centre" onClick={loadOlder}>
              {t('older_failed')} · {t('retry')}
            </button>
          )}
          {rows.map((row) => (
            <RowView key={row.key} row={row} lastMine={lastMine} newest={row === newest} />
          ))}
          {children}
        </div>
      </div>
      <button
        type="button"
        class={below ? 'pill news' : 'pill'}
        onClick={() => toBottom(true)}
        aria-label={below ? undefined : t('to_bottom')}
      >
        <Icon nodes={iconArrowDown} size={16} />
        {below > 0 && t('new_messages', { count: below })}
      </button>
    </div>
  );
}

function RowView({ row, lastMine, newest }: { row: Row; lastMine: string | undefined; newest: boolean }) {
  const store = useStore();
  const { locale } = store.state;
  if (row.kind === 'day') {
    return (
      <div class="day" role="separator">
        <span>{format(locale).day(row.at, Date.now())}</span>
      </div>
    );
  }
  if (row.kind === 'notice') return <div class="notice">{row.text}</div>;
  if (row.kind === 'greeting') {
    return (
      <div class="row theirs first last">
        <div class="avatar-slot">
          <span class="avatar brand" aria-hidden="true">
            <Icon nodes={HELLO} size={16} />
          </span>
        </div>
        <div class="column">
          <div class="bubble">
            <Text text={row.text} />
          </div>
        </div>
      </div>
    );
  }
  return <Bubble row={row} store={store} locale={locale} newestRead={row.key === lastMine} newest={newest} feedback={feedbackOf(store, row)} />;
}

function feedbackOf(store: Store, row: Row): boolean | null {
  if (row.kind !== 'bubble' || !row.message) return null;
  return store.state.feedback[`${row.message.conversation_id}:${row.message.seq}`] ?? null;
}

const HELLO = [
  ['path', { d: 'M21 12a8.5 8.5 0 0 1-12.3 7.6L3.5 21l1.4-5.2A8.5 8.5 0 1 1 21 12z' }],
  ['path', { d: 'M9 13.5a4 4 0 0 0 6 0' }],
] as const;

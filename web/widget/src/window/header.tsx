// Who one talks to and how things stand, and the menu.

import { useEffect, useRef, useState } from 'preact/hooks';
import {
  type IconNodes,
  iconArrowLeft,
  iconChevronDown,
  iconClockFading,
  iconEllipsis,
  iconPower,
  iconStar,
  iconVolume2,
  iconVolumeX,
  oneLine,
} from '@octim/ui';
import { Avatar } from './bubble.js';
import { Icon } from './icons.js';
import { type Store, useStore } from './store.js';
import { type TextKey, useTexts } from './texts.js';

export function Header() {
  const store = useStore();
  const t = useTexts();
  const { settings, view, connection, slow } = store.state;
  const { current } = store;
  const agent = current?.status === 'open' ? current.agent : null;
  const bot = settings?.bot && (!current || current.status === 'bot' || current.status === 'resolved');
  const title = oneLine(settings?.title ?? '') || t('title');
  const inside = view.name !== 'chat';
  const status = slow && connection !== 'online' ? 'connecting' : bot ? 'bot_online' : settings && !settings.staffed && !agent ? 'away' : 'online';
  return (
    <header class="header">
      {inside ? (
        <>
          <button
            type="button"
            class="tool"
            onClick={() => store.show(view.name === 'past' ? { name: 'history' } : { name: 'chat' })}
            aria-label={t('back')}
            title={t('back')}
          >
            <Icon nodes={iconArrowLeft} />
          </button>
          <h1>{t(view.name === 'article' ? 'article' : 'history')}</h1>
        </>
      ) : (
        <>
          {agent ? <Avatar id={agent.id} name={agent.name} size="large" /> : <span class="avatar large brand-mark" aria-hidden="true"><Icon nodes={CHAT} size={20} /></span>}
          <div class="who">
            <h1>{agent ? oneLine(agent.name) : title}</h1>
            <div class={`status ${status}`} role="status">
              {settings && <span class="dot" />}
              {settings ? (agent && status === 'online' ? title : t(status as TextKey)) : t('connecting')}
            </div>
          </div>
        </>
      )}
      <span class="grow" />
      {!inside && <Menu store={store} />}
      {store.framed && (
        <button type="button" class="tool" onClick={() => store.close()} aria-label={t('minimise')} title={t('minimise')}>
          <Icon nodes={iconChevronDown} size={22} />
        </button>
      )}
    </header>
  );
}

const CHAT: IconNodes = [
  ['path', { d: 'M21 12a8.5 8.5 0 0 1-12.3 7.6L3.5 21l1.4-5.2A8.5 8.5 0 1 1 21 12z' }],
  ['path', { d: 'M8.5 12h.01M12.5 12h.01M16.5 12h.01' }],
];

function Menu({ store }: { store: Store }) {
  const t = useTexts();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { current } = store;
  const active = current !== null && current.status !== 'resolved';

  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    const items = [...box.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') {
      if (event.key === 'Escape') event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    } else if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length]?.focus();
    }
  };
  const item = (nodes: IconNodes, text: string, run: () => void) => (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      onClick={() => {
        setOpen(false);
        button.current?.focus();
        run();
      }}
    >
      <Icon nodes={nodes} size={18} />
      {text}
    </button>
  );
  return (
    <div class="menu-wrap" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        class="tool"
        ref={button}
        onClick={() => setOpen(!open)}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={t('menu')}
        title={t('menu')}
      >
        <Icon nodes={iconEllipsis} />
      </button>
      {open && (
        <div class="menu" role="menu">
          {item(store.state.sound ? iconVolumeX : iconVolume2, t(store.state.sound ? 'sound_off' : 'sound_on'), () => store.toggleSound())}
          {item(iconClockFading, t('history'), () => store.show({ name: 'history' }))}
          {active && item(iconStar, t('rate'), () => {
            void store.loadRating(current.id);
            store.set({ dialog: { name: 'rate', id: current.id } });
          })}
          {active && item(iconPower, t('end'), () => store.set({ dialog: { name: 'end' } }))}
        </div>
      )}
    </div>
  );
}

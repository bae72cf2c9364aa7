// Sheets over the chat: end, rate, picture. Focus goes in, stays in, and comes back.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { iconDownload, iconX } from '@octim/ui';
import { reason, useFile } from './files.js';
import { Icon } from './icons.js';
import { RatingForm } from './rating.js';
import { type Store, useStore } from './store.js';
import { useTexts } from './texts.js';

export function Dialogs() {
  const store = useStore();
  const { dialog } = store.state;
  if (dialog?.name === 'end') return <EndDialog store={store} />;
  if (dialog?.name === 'image') return <Lightbox store={store} id={dialog.fileId} title={dialog.title} />;
  if (dialog?.name === 'rate') return <RateDialog store={store} id={dialog.id} />;
  return null;
}

interface SheetProps {
  label: string;
  name: string;
  close(): void;
  children: ComponentChildren;
}

function Sheet({ label, name, close, children }: SheetProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.focus();
    return () => before?.focus?.();
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
    if (event.key !== 'Tab') return;
    const stops = [...box.current!.querySelectorAll<HTMLElement>('button:not([disabled]),input,textarea,a[href]')];
    const [first, last] = [stops[0], stops[stops.length - 1]];
    const at = document.activeElement;
    if (event.shiftKey && (at === first || at === box.current)) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && at === last) {
      event.preventDefault();
      first?.focus();
    }
  };
  return (
    <div class={`scrim ${name}`} onPointerDown={(event) => event.target === event.currentTarget && close()}>
      <div class="sheet" ref={box} role="dialog" aria-modal="true" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
        {children}
      </div>
    </div>
  );
}

function EndDialog({ store }: { store: Store }) {
  const t = useTexts();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const close = () => store.set({ dialog: null });
  const end = () => {
    setBusy(true);
    setFailed(false);
    store.end().catch(() => {
      setBusy(false);
      setFailed(true);
    });
  };
  return (
    <Sheet label={t('end_title')} name="ask" close={close}>
      <h2>{t('end_title')}</h2>
      <p>{failed ? t('reconnecting') : t('end_text')}</p>
      <div class="buttons">
        <button type="button" class="button" onClick={close}>
          {t('cancel')}
        </button>
        <button type="button" class="button danger" onClick={end} disabled={busy}>
          {t(failed ? 'retry' : 'end_yes')}
        </button>
      </div>
    </Sheet>
  );
}

function RateDialog({ store, id }: { store: Store; id: string }) {
  const t = useTexts();
  const close = () => store.set({ dialog: null });
  return (
    <Sheet label={t('rate_title')} name="ask" close={close}>
      <button type="button" class="tool corner" onClick={close} aria-label={t('close')}>
        <Icon nodes={iconX} />
      </button>
      <RatingForm store={store} id={id} done={close} />
    </Sheet>
  );
}

function Lightbox({ store, id, title }: { store: Store; id: string; title: string }) {
  const t = useTexts();
  const { url, error, again } = useFile(store.client, id, '', false);
  const close = () => store.set({ dialog: null });
  return (
    <Sheet label={t('image', { name: title })} name="lightbox" close={close}>
      <div class="lightbox-bar">
        <span class="lightbox-title">{title}</span>
        {url && url !== 'failed' && (
          <a class="tool" href={url} download={title} aria-label={t('download')} title={t('download')}>
            <Icon nodes={iconDownload} />
          </a>
        )}
        <button type="button" class="tool" onClick={close} aria-label={t('close')} title={t('close')}>
          <Icon nodes={iconX} />
        </button>
      </div>
      {url === 'failed' ? (
        <button type="button" class="button" onClick={again}>
          {reason(error, store.state.locale, t('image_failed'))} · {t('retry')}
        </button>
      ) : url ? (
        <img src={url} alt={title} onClick={close} />
      ) : (
        <div class="spinner" role="status" />
      )}
    </Sheet>
  );
}

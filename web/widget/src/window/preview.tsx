// The small card beside the launcher when an answer comes while the window is closed. It is
// drawn here, in our own frame, so that the site never holds the text.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { MessageView } from '@octim/client';
import { iconX, oneLine } from '@octim/ui';
import { Avatar } from './bubble.js';
import { Icon } from './icons.js';
import { useStore } from './store.js';
import { useTexts } from './texts.js';
import { senderName } from './timeline.js';

export function Preview({ message }: { message: MessageView }) {
  const store = useStore();
  const t = useTexts();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const height = box.current?.getBoundingClientRect().height ?? 0;
    store.previewHeight(Math.min(200, Math.max(72, Math.ceil(height))));
  }, [message]);
  const { content, sender } = message;
  const name = senderName(message, store.state.settings?.bot?.name ?? '', t);
  const text =
    content.type === 'text'
      ? oneLine(content.text)
      : content.type !== 'file'
        ? t('unknown_content')
        : content.file.kind === 'image'
          ? t('picture')
          : oneLine(content.file.name);
  return (
    <div class="preview" ref={box}>
      <button type="button" class="preview-body" onClick={() => store.openFromPreview()}>
        <Avatar id={sender.kind === 'agent' ? sender.id : sender.kind} name={name} size="large" />
        <span class="preview-text">
          <span class="preview-name">{oneLine(name)}</span>
          <span class="preview-line">{text}</span>
        </span>
        <span class="sr">{t('preview_open')}</span>
      </button>
      <button type="button" class="tool" onClick={() => store.dismissPreview()} aria-label={t('close')} title={t('close')}>
        <Icon nodes={iconX} size={16} />
      </button>
    </div>
  );
}

// Writing: Enter sends (never while an input method composes), Shift+Enter breaks the line,
// files come by button, paste and drop; what was begun survives closing the window.

import type { ComponentType, TargetedEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { iconFaceSlightlySmiling, iconPaperclip, iconSend } from '@octim/ui';
import type { EmojiProps } from './emoji.js';
import { Icon } from './icons.js';
import { loadDraft, saveDraft } from './settings.js';
import { useStore } from './store.js';
import { Suggest } from './suggest.js';
import { useTexts } from './texts.js';
import { characters } from './timeline.js';

const MOST = 4000;
const SHOW_LEFT = 300;
const TALLEST = 132;

export function Composer() {
  const store = useStore();
  const t = useTexts();
  const [text, setText] = useState(() => loadDraft(store.channel));
  const [Emoji, setEmoji] = useState<ComponentType<EmojiProps> | null>(null);
  const [picking, setPicking] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const conversation = store.current;
  const left = MOST - characters(text);
  const empty = text.trim() === '';

  useLayoutEffect(() => {
    const element = field.current!;
    element.style.height = 'auto';
    element.style.height = `${Math.min(TALLEST, element.scrollHeight)}px`;
  }, [text]);

  useEffect(() => {
    // A phone's keyboard should not jump up by itself.
    // Who comes back from an article goes on where it was opened.
    const back = store.leftFrom !== null;
    store.leftFrom = null;
    if (store.state.open && !back && !matchMedia('(pointer: coarse)').matches) field.current?.focus();
  }, [store.state.open]);

  const change = (next: string) => {
    setText(next);
    saveDraft(store.channel, next);
    if (conversation && conversation.status !== 'resolved') {
      store.client.typing(conversation.id, next.trim() !== '');
    }
  };

  const send = () => {
    if (empty || left < 0) return;
    void store.client.send(text.trim());
    change('');
    setPicking(false);
    field.current?.focus();
  };

  const ask = (question: string) => {
    void store.client.send(question);
    change('');
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // 229: Safari reports the Enter that ends a composition without `isComposing`.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };

  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length === 0) return;
    event.preventDefault();
    store.sendFiles(pasted);
  };

  const insert = (emoji: string) => {
    const element = field.current!;
    const { selectionStart: from, selectionEnd: to } = element;
    change(text.slice(0, from) + emoji + text.slice(to));
    requestAnimationFrame(() => element.setSelectionRange(from + emoji.length, from + emoji.length));
  };

  const toggleEmoji = () => {
    if (!Emoji) void import('./emoji.js').then((module) => setEmoji(() => module.EmojiPicker));
    setPicking(!picking);
  };

  const chosen = (event: TargetedEvent<HTMLInputElement>) => {
    store.sendFiles([...(event.currentTarget.files ?? [])]);
    event.currentTarget.value = '';
  };

  return (
    <div class="composer">
      {picking && Emoji && (
        <Emoji
          pick={insert}
          close={() => {
            setPicking(false);
            field.current?.focus();
          }}
        />
      )}
      <Suggest typed={text} choose={ask} />
      <div class="field">
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={t('placeholder')}
          aria-label={t('message_field')}
          enterkeyhint="send"
          aria-invalid={left < 0}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => conversation && store.client.typing(conversation.id, false)}
        />
        <div class="tools">
          <button
            type="button"
            class="tool"
            onClick={toggleEmoji}
            aria-expanded={picking}
            aria-label={t('emoji')}
            title={t('emoji')}
          >
            <Icon nodes={iconFaceSlightlySmiling} />
          </button>
          <button type="button" class="tool" onClick={() => files.current?.click()} aria-label={t('attach')} title={t('attach')}>
            <Icon nodes={iconPaperclip} />
          </button>
          <input ref={files} type="file" multiple hidden onChange={chosen} tabIndex={-1} />
          {left < SHOW_LEFT && (
            <span class={left < 0 ? 'count over' : 'count'} role="status">
              {left < 0 ? t('too_long', { count: -left }) : t('left', { count: left })}
            </span>
          )}
          <span class="grow" />
          <button type="button" class="send" onClick={send} disabled={empty || left < 0} aria-label={t('send')} title={t('send')}>
            <Icon nodes={iconSend} size={18} />
          </button>
        </div>
      </div>
    </div>
  );
}

// One message of a run: text with safe links, picture or file, and for own ones how far it got.

import { Component } from 'preact';
import { errorSentence } from '@octim/client';
import type { ContentView, Pending } from '@octim/client';
import {
  LINK_ATTRIBUTES,
  avatarColour,
  format,
  iconBot,
  iconCheck,
  iconCheckCheck,
  iconCircleAlert,
  iconClock,
  initials,
  oneLine,
  renderText,
} from '@octim/ui';
import { ArticleChip } from './article.js';
import { Benefit } from './benefit.js';
import { AiLabel, Choices, Feedback, FollowUps } from './bot.js';
import { LinkCards } from './cards.js';
import { FileContent, PendingFile } from './file.js';
import { Icon } from './icons.js';
import type { Store } from './store.js';
import { type T, useTexts } from './texts.js';
import type { Bubble as BubbleRow, Mark } from './timeline.js';

const MARKS = { sending: iconClock, sent: iconCheck, delivered: iconCheckCheck, read: iconCheckCheck, failed: iconCircleAlert };
const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|[\u{1F3FB}-\u{1F3FF}])*\s?){1,3}$/u;

export function Text({ text }: { text: string }) {
  return (
    <>
      {renderText(text).map((segment) =>
        segment.kind === 'link' ? (
          <a href={segment.href} {...LINK_ATTRIBUTES}>
            {segment.text}
          </a>
        ) : (
          segment.text
        ),
      )}
    </>
  );
}

function Content({ store, content, t }: { store: Store; content: ContentView; t: T }) {
  if (content.type === 'text') return content.benefit ? <Benefit given={content.benefit} /> : <TextBubble text={content.text} />;
  if (content.type === 'file') return <FileContent store={store} file={content.file} />;
  return <div class="bubble quiet">{t('unknown_content')}</div>;
}

function TextBubble({ text }: { text: string }) {
  return (
    <div class={ONLY_EMOJI.test(text) ? 'bubble emoji-only' : 'bubble'}>
      <Text text={text} />
    </div>
  );
}

function PendingContent({ pending, store }: { pending: Pending; store: Store }) {
  const { content } = pending;
  if (content.type === 'text') return <TextBubble text={content.text} />;
  if (content.type === 'upload') {
    return (
      <PendingFile
        name={content.name}
        mediaType={content.media_type}
        body={content.body}
        progress={pending.failed ? null : (pending.progress ?? 0)}
        cancel={() => store.client.discard(pending.client_id)}
      />
    );
  }
  return <div class="bubble quiet">…</div>;
}

/** Drawn again only when something that it shows has changed: lists are long. */
export class Bubble extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const [a, b] = [this.props.row, next.row];
    return (
      a.message !== b.message || a.mark !== b.mark || a.first !== b.first || a.last !== b.last ||
      a.pending?.progress !== b.pending?.progress || a.pending?.content !== b.pending?.content ||
      !a.pending !== !b.pending || this.props.locale !== next.locale || this.props.newestRead !== next.newestRead ||
      a.name !== b.name || this.props.newest !== next.newest || this.props.feedback !== next.feedback
    );
  }
  override render() {
    return <BubbleOf {...this.props} />;
  }
}

interface Props {
  row: BubbleRow;
  store: Store;
  locale: 'zh-CN' | 'en';
  /** The mark is written out below the newest own message. */
  newestRead: boolean;
  /** The newest of all: what it offers can still be taken. */
  newest: boolean;
  /** Whether this message of the bot helped. */
  feedback: boolean | null;
}

function BubbleOf({ row, store, locale, newestRead, newest, feedback }: Props) {
  const t = useTexts();
  const { mine, first, last, mark, pending, message } = row;
  const byBot = message?.sender.kind === 'bot';
  const { choices, article, images, cards, follow_ups } = message?.content.type === 'text' ? message.content : {};
  const time = format(locale).time(row.at);
  return (
    <div class={`row ${mine ? 'mine' : 'theirs'}${first ? ' first' : ''}${last ? ' last' : ''}`}>
      {!mine && <div class="avatar-slot">{last && <Avatar id={row.author} name={row.name} />}</div>}
      <div class="column">
        {first && !mine && <div class="name">{oneLine(row.name)}{byBot && <AiLabel />}</div>}
        {first && mine && <span class="sr">{row.name}</span>}
        {byBot && !first && <span class="sr">{t('ai_label')}</span>}
        {choices ? (
          <Choices store={store} choices={choices} active={newest} />
        ) : message ? (
          <Content store={store} content={message.content} t={t} />
        ) : (
          <PendingContent pending={pending!} store={store} />
        )}
        {images && images.length > 0 && (
          <div class={`images${images.length > 1 ? ' several' : ''}`}>
            {images.map(({ file, alt }) => (
              <FileContent key={file.id} store={store} file={alt ? { ...file, name: alt } : file} />
            ))}
          </div>
        )}
        {cards && <LinkCards store={store} cards={cards} />}
        {article && message && <ArticleChip article={article} message={message} />}
        {mark === 'failed' && pending ? (
          <div class="meta failed" role="alert">
            <Icon nodes={iconCircleAlert} size={14} />
            <span>{errorSentence(pending.failed!, locale)}</span>
            <button type="button" class="link" onClick={() => store.client.retry(pending.client_id)}>
              {t('retry')}
            </button>
            <button type="button" class="link" onClick={() => store.client.discard(pending.client_id)}>
              {t('discard')}
            </button>
          </div>
        ) : (
          last && (
            <div class="meta">
              <time>{time}</time>
              {byBot && !choices && <Feedback store={store} message={message} given={feedback} />}
              {mark && <MarkOf mark={mark} written={newestRead} t={t} />}
            </div>
          )
        )}
        {newest && follow_ups && <FollowUps store={store} options={follow_ups} />}
      </div>
    </div>
  );
}

function MarkOf({ mark, written, t }: { mark: Mark; written: boolean; t: T }) {
  return (
    <span class={`mark ${mark}`} title={t(mark)}>
      <Icon nodes={MARKS[mark]} size={14} />
      <span class={written ? '' : 'sr'}>{t(mark)}</span>
    </span>
  );
}

export function Avatar({ id, name, size = '' }: { id: string; name: string; size?: string }) {
  const bot = id === 'bot';
  return (
    <span class={`avatar c${avatarColour(id)} ${size}`} aria-hidden="true">
      {bot ? <Icon nodes={iconBot} size={16} /> : initials(name)}
    </span>
  );
}

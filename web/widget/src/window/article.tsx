// An article over the conversation: its outline, the words that were quoted from it, and what is near.

import type { ArticleLinkView, ArticleView, MessageView } from '@octim/client';
import { articleParts, iconChevronRight, iconFileText, iconMessageCircle, oneLine } from '@octim/ui';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Feedback } from './bot.js';
import { Text } from './bubble.js';
import { Picture } from './file.js';
import { Icon } from './icons.js';
import { useStore } from './store.js';
import { useTexts } from './texts.js';

/** An outline is worth its room from so many headings on. */
const OUTLINED = 3;
/** An image may take the width of the window. */
const LARGEST = { width: 320, height: 440 };

/** Opens the article where the quote stands; after coming back the focus is here again. */
export function ArticleChip({ article, message }: { article: ArticleLinkView; message: MessageView }) {
  const store = useStore();
  const t = useTexts();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (store.leftFrom === message.seq) button.current?.focus();
  }, []);
  const place = [article.title, article.heading].filter(Boolean).map(oneLine).join(' · ');
  return (
    <button
      type="button"
      class="article-chip"
      ref={button}
      onClick={() => {
        store.leftFrom = message.seq;
        store.show({ name: 'article', article, message });
      }}
    >
      <Icon nodes={iconFileText} size={16} />
      <span class="sr">{t('article_open')}</span>
      <span class="article-place">{place}</span>
      <Icon nodes={iconChevronRight} size={16} />
    </button>
  );
}

export function Article({ article, message }: { article: ArticleLinkView; message: MessageView | null }) {
  const store = useStore();
  const t = useTexts();
  const [read, setRead] = useState<ArticleView | 'loading' | 'failed'>('loading');
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let gone = false;
    setRead('loading');
    store.client.article(article.entry_id).then(
      (found) => gone || setRead(found),
      () => gone || setRead('failed'),
    );
    return () => {
      gone = true;
    };
  }, [article.entry_id, tries]);

  if (read === 'loading') {
    return (
      <div class="page">
        <div class="spinner" role="status" />
      </div>
    );
  }
  if (read === 'failed') {
    return (
      <div class="page empty" role="alert">
        <Icon nodes={iconFileText} size={40} />
        <p>{t('article_failed')}</p>
        <button type="button" class="button" onClick={() => setTries(tries + 1)}>
          {t('retry')}
        </button>
      </div>
    );
  }
  return <Read key={read.id} read={read} article={article} message={message} />;
}

function Read({ read, article, message }: { read: ArticleView; article: ArticleLinkView; message: MessageView | null }) {
  const store = useStore();
  const t = useTexts();
  const page = useRef<HTMLElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    title.current?.focus({ preventScroll: true });
    page.current?.querySelector('mark')?.scrollIntoView({ block: 'center' });
  }, []);
  const marked = sectionOf(read, article);
  const outline = read.sections.flatMap(({ heading }, at) => (heading ? [{ heading, at }] : []));
  const jump = (at: number) => {
    const heading = page.current?.querySelector<HTMLElement>(`[data-section="${at}"]`);
    heading?.focus({ preventScroll: true });
    heading?.scrollIntoView({ block: 'start' });
  };
  const open = (entry: ArticleView['related'][number]) => {
    if (!entry.is_article) {
      void store.client.send(entry.question);
      store.show({ name: 'chat' });
    } else {
      const link = { entry_id: entry.id, title: entry.question, heading: '', quote: '' };
      store.show({ name: 'article', article: link, message: null });
    }
  };
  return (
    <article class="page article" ref={page} aria-labelledby="article-title">
      <h2 id="article-title" ref={title} tabIndex={-1}>
        {oneLine(read.title)}
      </h2>
      {read.summary && (
        <p class="article-summary">
          <Text text={read.summary} />
        </p>
      )}
      {outline.length >= OUTLINED && (
        <nav aria-label={t('article_contents')}>
          <ol>
            {outline.map(({ heading, at }) => (
              <li key={at}>
                <button type="button" class="link" onClick={() => jump(at)}>
                  {oneLine(heading)}
                </button>
              </li>
            ))}
          </ol>
        </nav>
      )}
      {read.sections.map(({ heading, text, images }, at) => (
        <section key={at}>
          {heading && (
            <h3 data-section={at} tabIndex={-1}>
              {oneLine(heading)}
            </h3>
          )}
          {articleParts(text, images ?? [], at === marked ? article.quote : '').map((part, index) =>
            part.image ? (
              <Picture
                key={index}
                store={store}
                file={part.image.alt ? { ...part.image.file, name: part.image.alt } : part.image.file}
                largest={LARGEST}
              />
            ) : (
              <p key={index}>
                {part.spans.map((span, place) =>
                  span.marked ? (
                    <mark key={place}>
                      <Text text={span.text} />
                    </mark>
                  ) : (
                    <Text key={place} text={span.text} />
                  ),
                )}
              </p>
            ),
          )}
        </section>
      ))}
      {message && (
        <div class="article-helped">
          {t('article_helpful')}
          <Feedback
            store={store}
            message={message}
            given={store.state.feedback[`${message.conversation_id}:${message.seq}`] ?? null}
          />
        </div>
      )}
      {read.related.length > 0 && (
        <section class="article-related">
          <h3>{t('related')}</h3>
          {read.related.map((entry) => (
            <button type="button" key={entry.id} onClick={() => open(entry)}>
              <Icon nodes={entry.is_article ? iconFileText : iconMessageCircle} size={16} />
              <span>{oneLine(entry.question)}</span>
            </button>
          ))}
        </section>
      )}
    </article>
  );
}

/** The section with the quote: the one it was taken from, or where it has moved to since. */
function sectionOf(read: ArticleView, { section, quote }: ArticleLinkView): number {
  const has = (at: number) => quote !== '' && read.sections[at]?.text.includes(quote);
  if (section != null && has(section)) return section;
  return read.sections.findIndex((_, at) => has(at));
}

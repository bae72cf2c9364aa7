// The visitor's verdict: stars, and with them tags, whether it was solved, and words. It can
// be changed once.

import { useState } from 'preact/hooks';
import { ApiError, errorSentence } from '@octim/client';
import type { Id } from '@octim/client';
import { iconCircleCheck, iconStar } from '@octim/ui';
import { Icon } from './icons.js';
import { type Store } from './store.js';
import { type TextKey, useTexts } from './texts.js';

const STARS = [1, 2, 3, 4, 5] as const;

interface Props {
  store: Store;
  id: Id;
  done?: () => void;
}

/** Below an ended conversation: the form, or thanks. */
export function RatingCard({ store, id }: Props) {
  const t = useTexts();
  const [changing, setChanging] = useState(false);
  const rating = store.state.ratings[id];
  if (rating === undefined) return null;
  if (!rating || changing) {
    return (
      <section class="card" aria-label={t('rate_title')}>
        <RatingForm store={store} id={id} done={() => setChanging(false)} />
      </section>
    );
  }
  return (
    <section class="card thanks">
      <Icon nodes={iconCircleCheck} />
      <div>{t('rate_thanks')}</div>
      <div class="stars-given" role="img" aria-label={t('rate_stars', { count: rating.stars })}>
        {STARS.map((star) => (
          <span key={star} class={star <= rating.stars ? 'star on' : 'star'}>
            <Icon nodes={iconStar} size={18} />
          </span>
        ))}
      </div>
      {!rating.changed_at && (
        <button type="button" class="link" onClick={() => setChanging(true)}>
          {t('rate_change')}
        </button>
      )}
    </section>
  );
}

export function RatingForm({ store, id, done }: Props) {
  const t = useTexts();
  const old = store.state.ratings[id];
  const [stars, setStars] = useState(old?.stars ?? 0);
  const [hover, setHover] = useState(0);
  const [tags, setTags] = useState<readonly string[]>(old?.tags ?? []);
  const [solved, setSolved] = useState<boolean | null>(old?.solved ?? null);
  const [text, setText] = useState(old?.text ?? '');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const shown = hover || stars;

  const submit = () => {
    setBusy(true);
    setProblem('');
    store.rate(id, { stars, tags: [...tags], solved, text: text.trim() }).then(done, (error: unknown) => {
      setBusy(false);
      setProblem(error instanceof ApiError ? errorSentence(error.code, store.state.locale) : t('reconnecting'));
    });
  };

  const choose = (star: number) => {
    if ((star > 3) !== stars > 3) setTags([]);
    setStars(star);
  };

  return (
    <form
      class="rating"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <fieldset class="stars" onPointerLeave={() => setHover(0)}>
        <legend>{t('rate_title')}</legend>
        {STARS.map((star) => (
          <label key={star} class={star <= shown ? 'star on' : 'star'} onPointerEnter={() => setHover(star)}>
            <input type="radio" name={`stars-${id}`} value={star} checked={stars === star} onChange={() => choose(star)} />
            <Icon nodes={iconStar} size={28} />
            <span class="sr">{t('rate_stars', { count: star })}</span>
          </label>
        ))}
      </fieldset>
      <div class="verdict">{shown ? t(`rate_${shown}` as TextKey) : '\u00a0'}</div>
      {stars > 0 && (
        <>
          <div class="chips">
            {t(stars > 3 ? 'tags_good' : 'tags_bad').split('|').map((tag) => (
              <button
                type="button"
                key={tag}
                class="chip"
                aria-pressed={tags.includes(tag)}
                onClick={() => setTags(tags.includes(tag) ? tags.filter((each) => each !== tag) : [...tags, tag])}
              >
                {tag}
              </button>
            ))}
          </div>
          <div class="solved" role="group" aria-label={t('rate_solved')}>
            <span>{t('rate_solved')}</span>
            {[true, false].map((value) => (
              <button
                type="button"
                key={String(value)}
                class="chip"
                aria-pressed={solved === value}
                onClick={() => setSolved(solved === value ? null : value)}
              >
                {t(value ? 'solved_yes' : 'solved_no')}
              </button>
            ))}
          </div>
          <textarea
            class="words"
            rows={2}
            maxLength={1000}
            value={text}
            placeholder={t('rate_text')}
            aria-label={t('rate_text')}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          {problem && (
            <div class="problem" role="alert">
              {problem}
            </div>
          )}
          <button type="submit" class="button primary wide" disabled={busy}>
            {t('submit')}
          </button>
          {old && <div class="hint">{t('rate_once')}</div>}
        </>
      )}
    </form>
  );
}

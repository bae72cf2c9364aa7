// Ways to pages below an answer: each card is one link, which opens beside the customer's page.

import type { LinkCardView } from '@octim/client';
import { LINK_ATTRIBUTES, oneLine, safeHref } from '@octim/ui';
import { useFile } from './files.js';
import type { Store } from './store.js';
import { useTexts } from './texts.js';

export function LinkCards({ store, cards }: { store: Store; cards: LinkCardView[] }) {
  return (
    <ul class="link-cards">
      {cards.map((card, index) => (
        <li key={index}>
          <LinkCard store={store} card={card} />
        </li>
      ))}
    </ul>
  );
}

function LinkCard({ store, card }: { store: Store; card: LinkCardView }) {
  const t = useTexts();
  const { title, text, link, image, button } = card;
  return (
    <a class="link-card" href={safeHref(link ?? '')} {...LINK_ATTRIBUTES} title={link}>
      <span class="link-about">
        {image && <Picture store={store} image={image} />}
        <span>
          <b>{oneLine(title ?? '')}</b>
          {text && <small>{oneLine(text)}</small>}
        </span>
      </span>
      <span class="link-button">{oneLine(button ?? '') || t('card_open')}</span>
    </a>
  );
}

/** The title says what it shows; where it cannot be loaded, the card goes without. */
function Picture({ store, image }: { store: Store; image: NonNullable<LinkCardView['image']> }) {
  const { url } = useFile(store.client, image.id, image.media_type, image.has_thumbnail);
  return url === 'failed' ? null : url ? <img src={url} alt="" /> : <i />;
}

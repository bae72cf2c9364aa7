// What an agent gave to make up for something: its name and worth, and the code to copy.

import type { GivenBenefitView } from '@octim/client';
import { copyText, iconCheck, iconCopy, iconGift, oneLine } from '@octim/ui';
import { useRef, useState } from 'preact/hooks';
import { Text } from './bubble.js';
import { Icon } from './icons.js';
import { useTexts } from './texts.js';

export function Benefit({ given }: { given: GivenBenefitView }) {
  const t = useTexts();
  return (
    <div class="bubble benefit">
      <Text text={given.words} />
      <div class="gift">
        <Icon nodes={iconGift} size={22} />
        <div>
          <b>{oneLine(given.name)}</b>
          <small>
            {t(given.kind)} · {t('worth', { worth: given.worth })}
          </small>
        </div>
      </div>
      {given.code && <Code text={given.code} />}
    </div>
  );
}

function Code({ text }: { text: string }) {
  const t = useTexts();
  const code = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  return (
    <div class="gift-code">
      <span class="sr">{t('code')}</span>
      <code ref={code}>{text}</code>
      <button type="button" class="link" onClick={() => void copyText(code.current!).then(() => setCopied(true))}>
        <Icon nodes={copied ? iconCheck : iconCopy} size={16} />
        <span aria-live="polite">{t(copied ? 'copied' : 'copy')}</span>
      </button>
    </div>
  );
}

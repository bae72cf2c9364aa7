// A small set of emoji, loaded when it is first opened. Arrow keys move, Escape closes.

import { useEffect, useRef } from 'preact/hooks';
import { useTexts } from './texts.js';

export interface EmojiProps {
  pick(emoji: string): void;
  close(): void;
}

const GROUPS = [
  ['emoji_faces', '😀 😃 😄 😁 😆 😅 🤣 😂 🙂 😉 😊 😇 🥰 😍 😘 😋 😜 🤗 🤔 🤨 😐 😑 😶 🙄 😏 😣 😥 😮 😯 😪 😴 😌 😓 😔 😕 🙃 😲 😞 😟 😤 😢 😭 😨 😩 😬 😰 😱 😳 😵 😡 😷 🤒'],
  ['emoji_gestures', '👍 👎 👌 ✌️ 🤞 👏 🙌 🙏 🤝 💪 👋 👉 👈 👆 👇 ✋ 🤙'],
  ['emoji_things', '❤️ 💔 💯 ✅ ❌ ❓ ❗ 🎉 🎁 🌹 🌟 🔥 ⏰ 📦 🚚 🛒 💰 🧾 📱 💻 🏠 📷 ☕ 🍎'],
] as const;
const COLUMNS = 8;

export function EmojiPicker({ pick, close }: EmojiProps) {
  const t = useTexts();
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    box.current?.querySelector('button')?.focus();
    const outside = (event: Event) => {
      const target = event.target as Element;
      if (!box.current?.contains(target) && !target.closest('.tools')) close();
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
      return;
    }
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...box.current!.querySelectorAll('button')];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
  };

  return (
    <div class="emoji" ref={box} onKeyDown={onKeyDown} role="dialog" aria-label={t('emoji')}>
      {GROUPS.map(([name, list]) => (
        <div key={name} role="group" aria-label={t(name)}>
          <div class="emoji-name">{t(name)}</div>
          <div class="emoji-grid">
            {list.split(' ').map((emoji) => (
              <button type="button" key={emoji} onClick={() => pick(emoji)} tabIndex={-1}>
                {emoji}
              </button>
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

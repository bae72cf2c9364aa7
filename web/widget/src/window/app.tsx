// The whole window: header, banner, messages, composer; or one of the other pages.

import { useEffect, useRef, useState } from 'preact/hooks';
import { type MessageView, errorSentence } from '@octim/client';
import { iconCircleAlert, iconLoaderCircle, iconPaperclip, iconWifiOff, oneLine } from '@octim/ui';
import { Article } from './article.js';
import { ToPerson } from './bot.js';
import { Avatar } from './bubble.js';
import { Composer } from './composer.js';
import { Dialogs } from './dialog.js';
import { Header } from './header.js';
import { History, Past } from './history.js';
import { Icon } from './icons.js';
import { Messages } from './messages.js';
import { Preview } from './preview.js';
import { RatingCard } from './rating.js';
import { type Store, StoreContext, useStore } from './store.js';
import { LocaleContext, useTexts } from './texts.js';

export function App({ store }: { store: Store }) {
  return (
    <StoreContext.Provider value={store}>
      <Localised />
    </StoreContext.Provider>
  );
}

function Localised() {
  const store = useStore();
  const { locale, preview, open } = store.state;
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <LocaleContext.Provider value={locale}>
      {preview && !open ? <Preview message={preview} /> : <Window />}
    </LocaleContext.Provider>
  );
}

function Window() {
  const store = useStore();
  const t = useTexts();
  const { view } = store.state;
  const [dropping, setDropping] = useState(false);
  const depth = useRef(0);
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  const move = (by: number) => {
    depth.current = Math.max(0, depth.current + by);
    setDropping(depth.current > 0);
  };
  return (
    <div
      class={store.framed ? 'window framed' : 'window'}
      onKeyDown={(event) => event.key === 'Escape' && !event.isComposing && store.close()}
      onDragEnter={(event) => hasFiles(event) && move(1)}
      onDragLeave={(event) => hasFiles(event) && move(-1)}
      onDragOver={(event) => hasFiles(event) && event.preventDefault()}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        move(-depth.current);
        store.sendFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <Header />
      <Banner />
      <main>
        {view.name === 'chat' && <Chat />}
        {view.name === 'history' && <History />}
        {view.name === 'past' && <Past id={view.id} />}
        {view.name === 'article' && <Article article={view.article} message={view.message} />}
      </main>
      <Dialogs />
      {dropping && (
        <div class="drop" aria-hidden="true">
          <Icon nodes={iconPaperclip} size={32} />
          {t('drop')}
        </div>
      )}
    </div>
  );
}

function Chat() {
  const store = useStore();
  const t = useTexts();
  const { settings, thread, pending, typists, connection } = store.state;
  const { current } = store;
  const waiting = current?.status === 'queued' && current.last_seq > 0;
  // The bot has said so already, when it handed over.
  const handOffs = store.logs().flatMap((log) => log.messages.flatMap(handOff));
  const told = handOffs.length > 0;
  const leftMessage = handOffs.at(-1)?.staffed === false;
  const away = !told && settings && !settings.staffed && (waiting || (!current && !settings.bot));
  return (
    <>
      <Messages
        ids={thread}
        logs={store.logs()}
        pending={pending}
        greeting={settings ? settings.greeting || t('greeting') : ''}
      >
        {away ? <div class="notice wide">{t('away_note')}</div> : waiting && !leftMessage && <div class="notice waiting"><span class="pulse" />{t('waiting')}</div>}
        {current?.status !== 'resolved' && typists.map((typist) => (
          <div class="row theirs first last typing" key={typist.agent_id ?? 'staff'}>
            <div class="avatar-slot"><Avatar id={typist.agent_id ?? 'staff'} name={typist.agent_name ?? t('staff')} /></div>
            <div class="bubble" role="status">
              <span class="sr">
                {typist.agent_name ? t('typing', { name: oneLine(typist.agent_name) }) : t('typing_staff')}
              </span>
              <span class="dots" aria-hidden="true"><i /><i /><i /></span>
            </div>
          </div>
        ))}
        {current?.status === 'resolved' && pending.every((item) => item.failed) && (
          <>
            <RatingCard store={store} id={current.id} key={current.id} />
            <div class="notice">{t('start_new')}</div>
          </>
        )}
      </Messages>
      {connection !== 'refused' && <ToPerson />}
      {connection !== 'refused' && <Composer key={store.state.generation} />}
      <footer class="powered">{t('powered')}</footer>
    </>
  );
}

const handOff = ({ content }: MessageView) => (content.type === 'notice' && content.notice.event === 'handed_off' ? [content.notice] : []);

/** What stands between the visitor and us, if anything does. */
function Banner() {
  const store = useStore();
  const t = useTexts();
  const { connection, reason, slow, locale, settings } = store.state;
  if (connection === 'refused') {
    return (
      <div class="banner bad" role="alert">
        <Icon nodes={iconCircleAlert} size={18} />
        <span>{reason ? errorSentence(reason, locale) : t('refused')}</span>
        <button type="button" class="link" onClick={() => store.client.reconnect()}>
          {t('retry')}
        </button>
      </div>
    );
  }
  if (!slow || connection === 'online') return null;
  const offline = navigator.onLine === false;
  return (
    <div class="banner" role="status">
      <Icon nodes={offline ? iconWifiOff : iconLoaderCircle} size={18} />
      <span>{t(offline ? 'offline' : settings ? 'reconnecting' : 'connecting')}</span>
      {!offline && (
        <button type="button" class="link" onClick={() => store.client.reconnect()}>
          {t('retry')}
        </button>
      )}
    </div>
  );
}

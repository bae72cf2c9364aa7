// Pictures and files in messages: thumbnails that open large, documents that download,
// sound and film that play here, and uploads with progress.

import { useState } from 'preact/hooks';
import type { FileBody, FileView } from '@octim/client';
import { format, iconDownload, iconFileText, iconImage, iconRefreshCw, iconX, oneLine } from '@octim/ui';
import { download, reason, useFile, useLocalFile } from './files.js';
import { Icon } from './icons.js';
import { type Store, useStore } from './store.js';
import { useTexts } from './texts.js';

const LARGEST = { width: 240, height: 280 };

/** The box of a picture before it is there, so that nothing jumps. */
export function boxOf(width: number, height: number, largest = LARGEST): { width: number; height: number } {
  const scale = Math.min(1, largest.width / width, largest.height / height);
  return { width: Math.max(72, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}

export function FileContent({ store, file }: { store: Store; file: FileView }) {
  if (file.kind === 'image') return <Picture store={store} file={file} />;
  if (file.kind === 'audio' || file.kind === 'video') return <Player store={store} file={file} />;
  return <Document store={store} file={file} />;
}

export function Picture({ store, file, largest = LARGEST }: { store: Store; file: FileView; largest?: typeof LARGEST }) {
  const t = useTexts();
  const { url, error, again } = useFile(store.client, file.id, file.media_type, file.has_thumbnail);
  const box = boxOf(file.width ?? LARGEST.width, file.height ?? 180, largest);
  const style = { width: `${box.width}px`, height: `${box.height}px` };
  const name = oneLine(file.name);
  if (url === 'failed') {
    return (
      <button type="button" class="picture broken" style={style} onClick={again}>
        <Icon nodes={iconRefreshCw} />
        <span>{reason(error, store.state.locale, t('image_failed'))}</span>
      </button>
    );
  }
  return (
    <button
      type="button"
      class="picture"
      style={style}
      aria-label={t('image_view', { name })}
      onClick={() => store.set({ dialog: { name: 'image', fileId: file.id, title: name } })}
    >
      {url ? <img src={url} alt="" /> : <Icon nodes={iconImage} size={28} />}
    </button>
  );
}

function Document({ store, file }: { store: Store; file: FileView }) {
  const t = useTexts();
  const [state, setState] = useState<'ready' | 'busy' | 'failed'>('ready');
  const [problem, setProblem] = useState('');
  const { locale } = useStore().state;
  const run = () => {
    setState('busy');
    download(store.client, file).then(
      () => setState('ready'),
      (error: unknown) => {
        setProblem(reason(error, locale, t('file_failed')));
        setState('failed');
      },
    );
  };
  return (
    <button type="button" class="bubble document" onClick={run} aria-busy={state === 'busy'}>
      <span class="document-icon">
        <Icon nodes={iconFileText} size={22} />
      </span>
      <span class="document-text">
        <span class="document-name">{oneLine(file.name)}</span>
        <span class="document-size">
          {state === 'failed' ? problem : format(locale).fileSize(file.size)}
        </span>
      </span>
      <Icon nodes={state === 'failed' ? iconRefreshCw : iconDownload} size={18} />
      <span class="sr">{t('download')}</span>
    </button>
  );
}

function Player({ store, file }: { store: Store; file: FileView }) {
  const { url } = useFile(store.client, file.id, file.media_type, false);
  if (!url || url === 'failed') return <Document store={store} file={file} />;
  return file.kind === 'audio' ? (
    <audio class="player" controls src={url} aria-label={oneLine(file.name)} />
  ) : (
    <video class="player" controls src={url} aria-label={oneLine(file.name)} playsInline />
  );
}

interface PendingFileProps {
  name: string;
  mediaType: string;
  body: FileBody;
  /** 0 to 1; null when it failed. */
  progress: number | null;
  cancel(): void;
}

export function PendingFile({ name, mediaType, body, progress, cancel }: PendingFileProps) {
  const t = useTexts();
  const url = useLocalFile(body, mediaType);
  const percent = Math.round((progress ?? 0) * 100);
  const picture = /^image\/(png|jpeg|webp|gif)$/.test(mediaType);
  return (
    <div class={picture ? 'picture pending' : 'bubble document pending'}>
      {picture
        ? url && <img src={url} alt={t('image', { name: oneLine(name) })} />
        : [
            <span class="document-icon" key="i">
              <Icon nodes={iconFileText} size={22} />
            </span>,
            <span class="document-text" key="t">
              <span class="document-name">{oneLine(name)}</span>
            </span>,
          ]}
      {progress !== null && (
        <>
          <progress max={100} value={percent} aria-label={t('uploading', { percent })} />
          <button type="button" class="cancel" onClick={cancel} aria-label={t('cancel')} title={t('cancel')}>
            <Icon nodes={iconX} size={16} />
          </button>
        </>
      )}
    </div>
  );
}

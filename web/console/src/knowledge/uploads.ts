// Images on their way to the server: each with its progress, until it is there, cancelled or refused.

import { CancelledError, errorSentence } from '@octim/client';
import { onScopeDispose, reactive } from 'vue';
import { useI18n } from 'vue-i18n';
import { http, sentenceOf } from '~/api/http';
import type { FileView } from '~/api/types';
import { MAX_FILE } from '~/lib/files';
import { currentLocale } from '~/lib/i18n';

export const IMAGES = 'image/png,image/jpeg,image/webp,image/gif';

export interface Upload {
  id: number;
  name: string;
  /** 0 to 1. */
  progress: number;
  /** Why it was not taken. */
  problem: string;
  cancel: AbortController;
}

let count = 0;

/** `done` gets each image that arrived. */
export function useUploads(done: (file: FileView) => void) {
  const { t } = useI18n();
  const uploads = reactive<Upload[]>([]);
  onScopeDispose(() => uploads.forEach((one) => one.cancel.abort()));

  function drop(id: number) {
    const at = uploads.findIndex((one) => one.id === id);
    if (at < 0) return;
    uploads[at]!.cancel.abort();
    uploads.splice(at, 1);
  }

  async function add(file: File) {
    count += 1;
    const id = count;
    uploads.push({ id, name: file.name, progress: 0, problem: '', cancel: new AbortController() });
    const upload = uploads.find((one) => one.id === id)!;
    if (!IMAGES.split(',').includes(file.type)) upload.problem = t('kb.image.wrongType');
    else if (file.size > MAX_FILE) upload.problem = errorSentence('file_too_large', currentLocale());
    if (upload.problem) return;
    try {
      const taken = await http.upload<FileView>('/api/knowledge/images', file, {
        name: file.name,
        mediaType: file.type,
        signal: upload.cancel.signal,
        onProgress: (sent, total) => (upload.progress = total > 0 ? sent / total : 0),
      });
      if (!upload.cancel.signal.aborted) done(taken);
      drop(id);
    } catch (error) {
      if (!(error instanceof CancelledError)) upload.problem = sentenceOf(error);
    }
  }

  return { uploads, add, drop };
}

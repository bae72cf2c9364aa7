// What may be attached, checked before anything is uploaded; the server checks again.

export const MAX_FILE = 20 * 1024 * 1024;

export const ACCEPTED =
  'image/png,image/jpeg,image/webp,image/gif,audio/*,video/mp4,video/webm,application/pdf,text/plain,.csv,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.zip';

/** The key of the sentence that says what is wrong, or nothing. */
export function fileProblem(file: Pick<File, 'size'>): string | null {
  if (file.size === 0) return 'composer.fileEmpty';
  return file.size > MAX_FILE ? 'composer.fileTooLarge' : null;
}

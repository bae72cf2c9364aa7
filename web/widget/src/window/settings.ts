// Small things this browser remembers for a channel: sound, and the text that was begun.

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    if (value === '') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // No storage: remembered until the page goes.
  }
}

export const loadSound = () => read('octim:sound') !== 'off';
export const saveSound = (on: boolean) => write('octim:sound', on ? '' : 'off');
export const loadDraft = (channel: string) => read(`octim:draft:${channel}`) ?? '';
export const saveDraft = (channel: string, text: string) => write(`octim:draft:${channel}`, text);

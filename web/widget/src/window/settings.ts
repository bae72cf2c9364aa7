// Small things this browser remembers for a channel: sound, colour, and the text that was begun.

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
/** So that the next time the window is the channel's colour from the first moment. */
export const loadColor = (channel: string) => read(`octim:color:${channel}`) ?? '';
export const saveColor = (channel: string, color: string) => write(`octim:color:${channel}`, color);

// Which overlay of the shell is open, and the commands that pages add to the palette.

import type { IconNodes } from '@octim/ui';
import { onScopeDispose, reactive, ref, shallowReactive } from 'vue';

export interface Command {
  id: string;
  title: string;
  group: string;
  icon: IconNodes;
  shortcut?: string;
  run: () => void;
}

type Overlay = 'palette' | 'shortcuts' | null;
const open = ref<Overlay>(null);
const sources = shallowReactive(new Set<() => Command[]>());

export function useOverlays() {
  return reactive({
    open,
    sources,
    toggle: (overlay: Overlay) => {
      open.value = open.value === overlay ? null : overlay;
    },
    close: () => {
      open.value = null;
    },
  });
}

/** Commands that are there while the component is. */
export function useCommands(source: () => Command[]): void {
  sources.add(source);
  onScopeDispose(() => sources.delete(source));
}

// A media query as a value that changes with the screen.

import { onScopeDispose, type Ref, ref } from 'vue';

export function useMedia(query: string): Readonly<Ref<boolean>> {
  const list = matchMedia(query);
  const value = ref(list.matches);
  const change = () => {
    value.value = list.matches;
  };
  list.addEventListener('change', change);
  onScopeDispose(() => list.removeEventListener('change', change));
  return value;
}

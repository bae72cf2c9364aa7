// One clock for all texts that age on the screen ("3 min ago"), at two speeds.

import { onScopeDispose, type Ref, ref } from 'vue';

function ticker(everyMs: number) {
  const now = ref(Date.now());
  let users = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    now.value = Date.now();
  };
  return (): Readonly<Ref<number>> => {
    tick();
    users += 1;
    timer ??= setInterval(tick, everyMs);
    onScopeDispose(() => {
      users -= 1;
      if (users > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
    return now;
  };
}

/** Now, moving once a second. */
export const useSeconds = ticker(1000);
/** Now, moving every quarter of a minute. */
export const useMinutes = ticker(15_000);

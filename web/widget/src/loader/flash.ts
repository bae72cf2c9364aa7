// The page's title alternates with a note while nobody looks at the page.

let timer: ReturnType<typeof setInterval> | undefined;
let title = '';
let note = '';

const shown = () => note + title;

function stop(): void {
  clearInterval(timer);
  timer = undefined;
  if (note && document.title === shown()) document.title = title;
}

/** An empty note stops it. Somebody who looks at the page needs no flashing either. */
export function flashTitle(text: string): void {
  stop();
  note = text;
  if (!text || document.visibilityState === 'visible') return;
  title = document.title;
  timer = setInterval(() => {
    // The site changed its title meanwhile: that is the one to go back to.
    if (document.title !== title && document.title !== shown()) title = document.title;
    document.title = document.title === title ? shown() : title;
  }, 1000);
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') stop();
});

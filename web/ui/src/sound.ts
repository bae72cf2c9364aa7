// Short notification tones made with Web Audio: no file to load. Browsers refuse sound before
// the first gesture; then a tone is silently skipped.

export type Tone = 'message' | 'queue';

const NOTES: Record<Tone, readonly (readonly [frequency: number, at: number])[]> = {
  message: [[880, 0]],
  queue: [
    [660, 0],
    [880, 0.14],
  ],
};

let audio: AudioContext | undefined;

/** Plays a tone; does nothing where sound is not possible. `volume` is 0 to 1. */
export async function playTone(tone: Tone, volume = 0.35): Promise<void> {
  if (typeof AudioContext === 'undefined') return;
  try {
    audio ??= new AudioContext();
    if (audio.state === 'suspended') await audio.resume();
    if (audio.state !== 'running') return;
    for (const [frequency, at] of NOTES[tone]) ring(audio, frequency, audio.currentTime + at, volume);
  } catch {
    // Sound is a convenience: a device without an output must not break a message.
  }
}

function ring(context: AudioContext, frequency: number, at: number, volume: number) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = 'sine';
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(volume, at + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.32);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.34);
}

// Waits for a condition, never for a time.

/** Asks until the answer is truthy, and gives it; says what was awaited when it never is. */
export async function until(what, ask, { limit = 15_000, pause = 50 } = {}) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${limit / 1000} s in vain: ${what}`);
    await new Promise((done) => setTimeout(done, pause));
  }
}

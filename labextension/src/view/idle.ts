/** Work that can wait until everything is painted and nobody pans. */

/** Takes steps while the page has nothing better to do, each where there is as much time left as
 * `needed`, ms. Gives back how to stop. */
export function whenIdle(steps: Iterator<unknown>, needed = 1): () => void {
  let stopped = false;
  const go = (left: () => number) => {
    while (!stopped && left() >= needed) if (steps.next().done) stopped = true;
    if (!stopped) ask();
  };
  const ask = () => {
    if ("requestIdleCallback" in globalThis) {
      requestIdleCallback((deadline) => go(() => deadline.timeRemaining()));
      return;
    }
    // Safari has no such thing.
    setTimeout(() => {
      const end = performance.now() + 2 * Math.max(needed, 10);
      go(() => end - performance.now());
    }, 200);
  };
  ask();
  return () => {
    stopped = true;
  };
}

/** Work that can wait until everything is painted and nobody pans. */

/** Does it once there is as much time left as that, ms; gives back how to call it off. */
export function whenIdle(work: () => void, left = 0): () => void {
  if (!("requestIdleCallback" in globalThis)) {
    const timer = setTimeout(work, 200); // Safari has no such thing
    return () => clearTimeout(timer);
  }
  const ask = (): number =>
    requestIdleCallback((deadline) => {
      if (deadline.timeRemaining() >= left) work();
      else asked = ask();
    });
  let asked = ask();
  return () => cancelIdleCallback(asked);
}

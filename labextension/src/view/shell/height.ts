/** How high the panel is: as its content, between 200 and 560, or as the reader pulls it. */

import type { Store } from "../contracts";
import { h } from "../dom";

export const LOWEST = 200;
export const HIGHEST = 560;
const STEP = 20;
const MOST = 4_000;

/** The handle at the bottom edge; `now` measures the panel. */
export function makeGrip(store: Store, now: () => number): HTMLElement {
  const grip = h("div", {
    class: "grip",
    role: "separator",
    tabIndex: 0,
    title: "Drag to resize, double-click for the usual height",
    aria: { orientation: "horizontal", label: "Height", valuemin: LOWEST, valuemax: MOST },
  });

  function set(height: number): void {
    const clamped = Math.round(Math.min(MOST, Math.max(LOWEST, height)));
    store.set({ height: clamped });
    grip.setAttribute("aria-valuenow", String(clamped));
  }

  grip.setAttribute("aria-valuenow", String(HIGHEST));
  grip.addEventListener("focus", () => grip.setAttribute("aria-valuenow", String(now())));
  grip.addEventListener("dblclick", () => store.set({ height: null }));
  grip.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
    if (step !== undefined && !event.altKey) set(now() + step);
    else if (event.key === "Home") store.set({ height: null });
    else return;
    event.preventDefault();
  });
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const start = now() - event.clientY;
    const move = (moved: PointerEvent) => set(start + moved.clientY);
    grip.setPointerCapture(event.pointerId);
    grip.addEventListener("pointermove", move);
    grip.addEventListener(
      "lostpointercapture",
      () => grip.removeEventListener("pointermove", move),
      { once: true },
    );
  });
  return grip;
}

/** The height of chrome and content together, within bounds. */
export function natural(chrome: number, content: number): number {
  return Math.round(Math.min(HIGHEST, Math.max(LOWEST, chrome + content)));
}

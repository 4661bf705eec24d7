/** Full screen where the page may, else as large as the page. */

import type { Store } from "../contracts";

/** Follows `state.full`; gives back how to stop. */
export function followFull(store: Store, element: HTMLElement): () => void {
  const left = () => {
    if (document.fullscreenElement !== element) store.set({ full: false });
  };

  async function change(): Promise<void> {
    const { full } = store.state;
    element.classList.toggle("filling", full && !(await enter()));
    if (full) return;
    if (document.fullscreenElement === element) await document.exitFullscreen();
  }

  /** False where the page, or the frame that it is in, may not. */
  async function enter(): Promise<boolean> {
    if (!document.fullscreenEnabled) return false;
    return element.requestFullscreen().then(
      () => true,
      () => false,
    );
  }

  const stop = store.on(["full"], () => void change());
  document.addEventListener("fullscreenchange", left);
  return () => {
    stop();
    document.removeEventListener("fullscreenchange", left);
    if (document.fullscreenElement === element) void document.exitFullscreen();
  };
}

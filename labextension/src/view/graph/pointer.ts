/** Mouse, pen, fingers and wheel on the picture. */

export interface PointerActions {
  /** The picture follows the pointer by so many px. */
  pan(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  /** Null where the pointer has left. */
  hover(at: { x: number; y: number } | null): void;
  click(x: number, y: number): void;
  doubleClick(x: number, y: number): void;
}

/** Less is a click with an unsteady hand. */
const dragStart = 4;

/** The page scrolls until the canvas has the focus; zooming works at any time. Returns how to
 * stop listening. */
export function listenToPointer(canvas: HTMLCanvasElement, to: PointerActions): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const down = new Map<number, { x: number; y: number }>();
  let dragged = false;
  let start = { x: 0, y: 0 };
  const place = (event: MouseEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const listen = <K extends keyof HTMLElementEventMap>(
    type: K,
    heard: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ) => canvas.addEventListener(type, heard, { signal, passive });

  listen("pointerdown", (event) => {
    if (event.button !== 0 && event.button !== 1) return;
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    start = place(event);
    dragged = down.size > 0;
    down.set(event.pointerId, start);
  });
  listen("pointermove", (event) => {
    const at = place(event);
    const before = down.get(event.pointerId);
    if (before === undefined) {
      to.hover(at);
      return;
    }
    if (!dragged && Math.hypot(at.x - start.x, at.y - start.y) < dragStart) return;
    if (!dragged) to.hover(null);
    dragged = true;
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, at);
    if (other === undefined) {
      to.pan(at.x - before.x, at.y - before.y);
      return;
    }
    to.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    const ratio =
      Math.hypot(at.x - other.x, at.y - other.y) /
      Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
    to.zoom(ratio, (at.x + other.x) / 2, (at.y + other.y) / 2);
  });
  const up = (event: PointerEvent) => {
    const was = down.delete(event.pointerId);
    if (was && !dragged && event.type === "pointerup" && event.button === 0) {
      const { x, y } = place(event);
      to.click(x, y);
    }
  };
  listen("pointerup", up);
  listen("pointercancel", up);
  listen("pointerleave", () => to.hover(null));
  listen("dblclick", (event) => {
    const { x, y } = place(event);
    to.doubleClick(x, y);
  });
  listen(
    "wheel",
    (event) => {
      const { x, y } = place(event);
      const line = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const step = Math.max(-20, Math.min(20, event.deltaY * line));
        to.zoom(Math.exp(-step * 0.01), x, y);
      } else if (hasFocus(canvas)) {
        event.preventDefault();
        const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
        to.pan(-dx * line, -dy * line);
        to.hover({ x, y });
      }
    },
    false,
  );
  // One finger scrolls the page until the picture has the focus, as the wheel does.
  const touch = () => {
    canvas.style.touchAction = hasFocus(canvas) ? "none" : "pan-x pan-y";
  };
  listen("focus", touch);
  listen("blur", touch);
  touch();
  return () => stop.abort();
}

export function hasFocus(element: HTMLElement): boolean {
  const root = element.getRootNode();
  return (root instanceof Document || root instanceof ShadowRoot) && root.activeElement === element;
}

/** A long list of lines of one height, of which only those in sight are in the DOM; one of them is
 * active, and keys walk from it. */

import { h, type Props } from "../dom";
import { isPlain } from "./page";

const SPARE = 8; // rows above and below, so that a step of the wheel shows no gap

export interface RowsOptions {
  readonly rowHeight: number;
  /** Of the list itself. */
  readonly props: Props;
  /** What stays above the rows while they scroll, and its height. */
  readonly head?: { readonly element: HTMLElement; readonly height: number };
  /** Makes the element of a row; it is placed and painted by the list. */
  readonly make: (row: number) => HTMLElement;
  /** Brings a row's look up to date. */
  readonly paint: (element: HTMLElement, row: number) => void;
  /** The active row. */
  readonly active: () => number;
  /** Makes another row the active one. */
  readonly activate: (row: number) => void;
  /** What keys do beside walking. */
  readonly keys: Readonly<Record<string, (event: KeyboardEvent) => void>>;
  readonly click: (row: number, target: Element, twice: boolean) => void;
  /** Told what the pointer is on; -1 for no row. */
  readonly point: (row: number, target: Element) => void;
  /** Rows to keep though they are out of sight: those where a selection of text begins and ends. */
  readonly keep?: () => readonly number[];
}

export interface Rows {
  /** What scrolls. */
  readonly element: HTMLElement;
  /** Drop all rows and draw again: there are this many now. */
  reset(count: number): void;
  /** Paint the rows again: what they tell is the same, how they look is not. */
  repaint(): void;
  /** Make a row the active one and bring it into sight, or the nearest that there is. */
  goTo(row: number): void;
  show(row: number, where: "nearest" | "center"): void;
  /** Stand where `element.scrollTop` was so once. */
  scrollTo(top: number): void;
  dispose(): void;
}

export function makeRows(options: RowsOptions): Rows {
  const { rowHeight, head, make, active, keep } = options;
  const space = h("div", { class: "jl-rows-space", role: "presentation" });
  const props = { tabIndex: 0, ...options.props, class: `jl-rows ${options.props.class}` };
  const element = h("div", props, head?.element, space);
  const roomHeight = () => element.clientHeight - (head?.height ?? 0);
  const shown = new Map<number, HTMLElement>();
  let count = 0;
  let width = 0;
  // A place that was asked for before the list had a height.
  let awaited: (() => void) | null = null;

  function draw(): void {
    const kept = new Set([active(), ...(keep?.() ?? [])]);
    const height = roomHeight();
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE);
    const last = Math.min(count, Math.ceil((element.scrollTop + height) / rowHeight) + SPARE);
    const wanted = (row: number) => (row >= first && row < last) || kept.has(row);
    let changed = false;
    for (const [row, rowElement] of shown) {
      if (wanted(row)) continue;
      rowElement.remove();
      shown.delete(row);
      changed = true;
    }
    // In the order of rows, which selections of text and screen readers go by.
    let next = space.firstElementChild;
    const rows = [...kept, ...range(first, last)].filter((row) => row >= 0 && row < count);
    for (const row of [...new Set(rows)].sort((a, b) => a - b)) {
      let rowElement = shown.get(row);
      if (rowElement) {
        next = rowElement.nextElementSibling;
        continue;
      }
      rowElement = make(row);
      rowElement.style.top = `${row * rowHeight}px`;
      shown.set(row, rowElement);
      space.insertBefore(rowElement, next);
      changed = true;
    }
    if (!changed) return;
    repaint();
    if (element.scrollWidth > Math.max(width, element.clientWidth)) {
      width = element.scrollWidth; // so that a row's ground reaches as far as the longest line
      space.style.width = `${width}px`;
    }
  }

  function repaint(): void {
    for (const [row, rowElement] of shown) {
      options.paint(rowElement, row);
      rowElement.classList.toggle("jl-active", row === active());
    }
    const { id = "" } = shown.get(active()) ?? {};
    element.setAttribute("aria-activedescendant", id);
  }

  function show(row: number, where: "nearest" | "center"): void {
    const top = row * rowHeight;
    const height = roomHeight();
    awaited = height > 0 ? null : () => show(row, where);
    const before = top < element.scrollTop;
    const behind = top + rowHeight > element.scrollTop + height;
    if (awaited || (!before && !behind)) return;
    if (where === "center") element.scrollTop = top - (height - rowHeight) / 2;
    else element.scrollTop = before ? top : top + rowHeight - height;
    draw();
  }

  function goTo(row: number): void {
    options.activate(Math.max(0, Math.min(count - 1, row)));
    show(active(), "nearest");
    repaint();
  }

  function scrollTo(top: number): void {
    awaited = roomHeight() > 0 ? null : () => scrollTo(top);
    element.scrollTop = top;
    draw();
  }

  const page = () => Math.max(1, Math.floor(roomHeight() / rowHeight) - 1);
  const keys: RowsOptions["keys"] = {
    ArrowDown: () => goTo(active() + 1),
    ArrowUp: () => goTo(active() - 1),
    PageDown: () => goTo(active() + page()),
    PageUp: () => goTo(active() - page()),
    Home: () => goTo(0),
    End: () => goTo(count - 1),
    ...options.keys,
  };
  element.addEventListener("keydown", (event) => {
    const key = keys[event.key];
    if (!key || count === 0 || event.target !== element || !isPlain(event)) return;
    // Shift and an arrow select text.
    if (event.shiftKey && /^(Arrow|Page|Home|End)/.test(event.key)) return;
    key(event);
    event.preventDefault();
    event.stopPropagation();
  });
  const rowAt = (target: Element) =>
    [...shown].find(([, rowElement]) => rowElement.contains(target))?.[0] ?? -1;
  element.addEventListener("click", (event) => {
    const target = event.target as Element;
    const row = rowAt(target);
    if (row >= 0) options.click(row, target, event.detail === 2);
  });
  // Not `pointerover`: a row that a key scrolls under a pointer at rest is not pointed at.
  let pointed: Element | null = null;
  for (const type of ["pointermove", "pointerleave"] as const) {
    element.addEventListener(type, (event) => {
      const target = event.target as Element;
      if (target === pointed) return;
      pointed = target;
      options.point(rowAt(target), target);
    });
  }
  element.addEventListener("scroll", draw, { passive: true });
  const observer = new ResizeObserver(() => {
    draw();
    if (roomHeight() > 0) awaited?.();
  });
  observer.observe(element);

  return {
    element,
    reset(to) {
      count = to;
      width = 0;
      space.style.width = "";
      space.style.height = `${count * rowHeight}px`;
      for (const rowElement of shown.values()) rowElement.remove();
      shown.clear();
      draw();
    },
    repaint,
    goTo,
    show,
    scrollTo,
    dispose() {
      observer.disconnect();
    },
  };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first) }, (_, place) => first + place);
}

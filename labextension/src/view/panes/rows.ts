/** A long list of lines of one height, of which only those in sight are in the DOM. */

import { h } from "../dom";

const SPARE = 8; // rows above and below, so that a step of the wheel shows no gap

export interface RowsOptions {
  readonly rowHeight: number;
  /** What stays above the rows while they scroll, and its height. */
  readonly head?: { readonly element: HTMLElement; readonly height: number };
  /** Makes the element of a row; it is placed by the list. */
  readonly make: (row: number) => HTMLElement;
  /** Told after rows came or went. */
  readonly drawn?: () => void;
  /** Rows to keep though they are out of sight: those where a selection of text begins and ends. */
  readonly keep?: () => readonly number[];
}

export interface Rows {
  /** What scrolls. */
  readonly element: HTMLElement;
  /** The rows that are in the DOM now. */
  readonly shown: ReadonlyMap<number, HTMLElement>;
  readonly pageSize: number;
  /** Drop all rows and draw again: there are this many now. */
  reset(count: number): void;
  show(row: number, where: "nearest" | "center"): void;
  /** Stand where `element.scrollTop` was so once. */
  scrollTo(top: number): void;
  dispose(): void;
}

export function makeRows({ rowHeight, head, make, drawn, keep }: RowsOptions): Rows {
  const space = h("div", { class: "jl-rows-space", role: "presentation" });
  const element = h("div", { class: "jl-rows" }, head?.element, space);
  const roomHeight = () => element.clientHeight - (head?.height ?? 0);
  const shown = new Map<number, HTMLElement>();
  let count = 0;
  let width = 0;
  // A place that was asked for before the list had a height.
  let awaited: (() => void) | null = null;

  function draw(): void {
    const kept = new Set(keep?.() ?? []);
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
    drawn?.();
    if (element.scrollWidth > Math.max(width, element.clientWidth)) {
      width = element.scrollWidth; // so that a row's ground reaches as far as the longest line
      space.style.width = `${width}px`;
    }
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

  function scrollTo(top: number): void {
    awaited = roomHeight() > 0 ? null : () => scrollTo(top);
    element.scrollTop = top;
    draw();
  }

  element.addEventListener("scroll", draw, { passive: true });
  const observer = new ResizeObserver(() => {
    draw();
    if (roomHeight() > 0) awaited?.();
  });
  observer.observe(element);

  return {
    element,
    shown,
    get pageSize() {
      return Math.max(1, Math.floor(roomHeight() / rowHeight) - 1);
    },
    reset(to) {
      count = to;
      width = 0;
      space.style.width = "";
      space.style.height = `${count * rowHeight}px`;
      for (const rowElement of shown.values()) rowElement.remove();
      shown.clear();
      draw();
    },
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

/** What of a scene is in sight, and how much of it can be told at this zoom. */

import type { Scene } from "./flatten";
import { cardRoom, header, isStack } from "./sizes";

/** The part of the scene that is looked at: scene px at the left top corner, and the size in px. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly width: number;
  readonly height: number;
}

/** "all": title, sub-line, glyph, bar and chips. "titles": titles at 11 px. "shapes": no text on
 * leaves, heat as fill. "blocks": groups as solid blocks. */
export type Detail = "all" | "titles" | "shapes" | "blocks";

export function detailAt(zoom: number): Detail {
  if (zoom >= 0.85) return "all";
  if (zoom >= 0.6) return "titles";
  return zoom >= 0.25 ? "shapes" : "blocks";
}

/** The header of an open group, px of the view. It stays in sight as long as the group does. */
export interface Header {
  readonly box: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pinned: boolean;
}

export interface Sight {
  /** Open boxes, outer before inner. */
  readonly opens: readonly number[];
  /** Open boxes too small to be looked into. */
  readonly blocks: readonly number[];
  readonly closed: readonly number[];
  readonly panes: readonly number[];
  readonly headers: readonly Header[];
}

/** Walks the boxes that meet the view; what is out of it, or too small, is jumped over. */
export function look(scene: Scene, view: View): Sight {
  const opens: number[] = [];
  const blocks: number[] = [];
  const closed: number[] = [];
  const panes: number[] = [0];
  const headers: Header[] = [];
  const below = new Map<number, number>();
  const { zoom } = view;
  const right = view.x + view.width / zoom;
  const bottom = view.y + view.height / zoom;
  const coarse = detailAt(zoom) === "blocks";
  for (let box = 0; box < scene.count; ) {
    const x = scene.x[box];
    const y = scene.y[box];
    const w = scene.w[box];
    const h = scene.h[box];
    const small = h * zoom < (coarse ? 3.5 : 1);
    if (small || x > right || y > bottom || x + w < view.x || y + h < view.y) {
      box = scene.end[box];
    } else if (!scene.open[box]) {
      closed.push(box++);
    } else if (coarse && (h * zoom < 48 || w * zoom < 64)) {
      blocks.push(box);
      box = scene.end[box];
    } else {
      opens.push(box);
      panes.push(...scene.columns[box]!);
      const top = placeHeader(scene, view, box, below.get(scene.parent[box]) ?? 0);
      headers.push(top);
      below.set(box, top.y + top.height);
      box++;
    }
  }
  return { opens, blocks, closed, panes, headers };
}

/** The share of the view's width or height that the scene takes up, the larger of the two. */
export function filled(scene: Scene, view: View): number {
  const share = (from: number, whole: number, extent: number) => {
    const room = extent / view.zoom;
    return (Math.min(whole, from + room) - Math.max(0, from)) / room;
  };
  const across = share(view.x, scene.width, view.width);
  return Math.max(across, share(view.y, scene.height, view.height));
}

function placeHeader(scene: Scene, view: View, box: number, above: number): Header {
  const { zoom } = view;
  const x = (scene.x[box] - view.x) * zoom;
  const y = (scene.y[box] - view.y) * zoom;
  const height = Math.max(header * zoom, 15);
  const last = y + scene.h[box] * zoom - height;
  const at = Math.max(y, Math.min(above, last));
  return { box, x, y: at, width: scene.w[box] * zoom, height, pinned: at > y + 0.5 };
}

/** The header at a point of the view, the outermost if several are pinned there; else null. */
export function headerAt(headers: readonly Header[], x: number, y: number): Header | null {
  return (
    headers.find(
      (one) => x >= one.x && x <= one.x + one.width && y >= one.y && y <= one.y + one.height,
    ) ?? null
  );
}

export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A box on the view, px; of a stack, its foremost card. Borders fall on whole pixels. */
export function bodyOf(scene: Scene, view: View, box: number): Rect {
  const { zoom } = view;
  const room = isStack(scene.items[box]) && !scene.open[box] ? cardRoom : 0;
  const x = Math.round((scene.x[box] - view.x) * zoom);
  const y = Math.round((scene.y[box] + room - view.y) * zoom);
  return {
    x: x + 0.5,
    y: y + 0.5,
    w: Math.round((scene.w[box] - room) * zoom),
    h: Math.round((scene.h[box] - room) * zoom),
  };
}

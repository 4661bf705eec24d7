/** A laid-out level and all that is open in it as flat arrays of boxes, outer before inner, with
 * absolute places. A box's inside follows it up to `end`: what is out of sight is jumped over, so
 * that no index over space is needed. */

import type { NodeId } from "../../model/graph";
import type { Item, Levels } from "../../model/level";
import type { Laid, Opened, Wire } from "./scene";

/** An open level: the root, or one column of an open box. */
export interface Pane {
  /** The box that it is in, -1 for the root. */
  readonly box: number;
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly laid: Laid;
  /** The box of each item of the level. */
  readonly boxes: Int32Array;
}

export interface Scene {
  readonly levels: Levels;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly w: Float64Array;
  readonly h: Float64Array;
  readonly items: readonly Item[];
  readonly depth: Uint16Array;
  /** The box that it stands in, -1 at the root. */
  readonly parent: Int32Array;
  /** One past the last box in it; its own place + 1 where it is closed. */
  readonly end: Int32Array;
  readonly open: Uint8Array;
  /** The pane that it stands in, and its place in that level. */
  readonly pane: Int32Array;
  readonly place: Int32Array;
  readonly panes: readonly Pane[];
  /** The panes of an open box; null where it is closed. */
  readonly columns: readonly (readonly number[] | null)[];
  readonly openCount: number;
  readonly wireCount: number;
  /** Nodes of plumbing that aren't drawn in the open levels. */
  readonly hidden: number;
  /** Of each node, the innermost box that names it, -1 where it is in a closed one. */
  readonly nodeBox: Int32Array;
  /** The box of an item, -1 where it isn't drawn. */
  boxOf(key: string): number;
}

export function flatten(levels: Levels, root: Laid): Scene {
  const count = root.boxCount;
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const w = new Float64Array(count);
  const h = new Float64Array(count);
  const depth = new Uint16Array(count);
  const parent = new Int32Array(count);
  const end = new Int32Array(count);
  const open = new Uint8Array(count);
  const pane = new Int32Array(count);
  const places = new Int32Array(count);
  const columns: (number[] | null)[] = new Array(count).fill(null);
  const nodeBox = new Int32Array(levels.graph.nodeCount).fill(-1);
  const items: Item[] = new Array(count);
  const panes: Pane[] = [];
  let next = 0;
  let openCount = 0;
  let wireCount = 0;
  let hidden = 0;

  // Runs once a box at each opening and closing: no iterators, no arrays on the way.
  function put(laid: Laid, left: number, top: number, box: number, title: string, deep: number) {
    const { boxes: sizes, layout, opened, level } = laid;
    const many = sizes.length;
    const boxes = new Int32Array(many);
    const number = panes.length;
    panes.push({ box, title, x: left, y: top, laid, boxes });
    wireCount += laid.wires.length;
    hidden += level.hidden;
    for (let place = 0; place < many; place++) {
      const at = next++;
      const item = level.items[place];
      boxes[place] = at;
      items[at] = item;
      x[at] = left + layout.x[place];
      y[at] = top + laid.top + layout.y[place];
      w[at] = sizes[place].width;
      h[at] = sizes[place].height;
      depth[at] = deep;
      parent[at] = box;
      pane[at] = number;
      places[at] = place;
      const { nodes } = item;
      for (let node = 0; node < nodes.length; node++) nodeBox[nodes[node]] = at;
      const inside = opened[place];
      if (inside !== null) putInside(inside, at, deep + 1);
      end[at] = next;
    }
  }

  function putInside(inside: Opened, at: number, deep: number) {
    open[at] = 1;
    openCount++;
    const numbers: number[] = [];
    columns[at] = numbers;
    for (const column of inside.columns) {
      numbers.push(panes.length);
      put(column.laid, x[at] + column.x, y[at] + column.y, at, column.title, deep);
    }
  }
  put(root, 0, 0, -1, "", 0);

  // A map of all keys would take longer to fill than the few searches for it.
  const boxOf = (key: string) => items.findIndex((item) => item.key === key);
  return {
    levels,
    count,
    width: root.width,
    height: root.height,
    x,
    y,
    w,
    h,
    items,
    depth,
    parent,
    end,
    open,
    pane,
    place: places,
    panes,
    columns,
    openCount,
    wireCount,
    hidden,
    nodeBox,
    boxOf,
  };
}

/** The innermost box at a point, -1 where there is none. */
export function boxAt(scene: Scene, atX: number, atY: number): number {
  let found = -1;
  for (let box = 0; box < scene.count; ) {
    const dx = atX - scene.x[box];
    const dy = atY - scene.y[box];
    const inside = dx >= 0 && dy >= 0 && dx <= scene.w[box] && dy <= scene.h[box];
    if (inside) found = box;
    box = inside ? box + 1 : scene.end[box];
  }
  return found;
}

export interface PickedWire {
  readonly pane: Pane;
  readonly wire: Wire;
}

/** The wire nearest to a point, within `reach`; null where there is none. */
export function wireAt(scene: Scene, atX: number, atY: number, reach: number): PickedWire | null {
  const within = boxAt(scene, atX, atY);
  let best = reach;
  let found: PickedWire | null = null;
  for (const pane of scene.panes) {
    // A wire is seen in its own level only: deeper boxes lie over it.
    if (pane.box !== within) continue;
    for (const wire of pane.laid.wires) {
      const px = atX - pane.x;
      const py = atY - pane.y;
      if (px < wire.left - reach || px > wire.right + reach) continue;
      if (py < wire.top - reach || py > wire.bottom + reach) continue;
      const distance = toRoute(wire.route, px, py);
      if (distance < best) {
        best = distance;
        found = { pane, wire };
      }
    }
  }
  return found;
}

function toRoute(route: Float64Array, px: number, py: number): number {
  let least = Infinity;
  for (let at = 0; at + 3 < route.length; at += 2) {
    const [ax, ay, bx, by] = [route[at], route[at + 1], route[at + 2], route[at + 3]];
    const long = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = long === 0 ? 0 : ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / long;
    const near = Math.min(1, Math.max(0, along));
    least = Math.min(least, Math.hypot(px - ax - near * (bx - ax), py - ay - near * (by - ay)));
  }
  return least;
}

/** The boxes in which nodes are seen: their own, or the closed ones that hold them. */
export function boxesOf(scene: Scene, nodes: readonly NodeId[]): Set<number> {
  const found = new Set<number>();
  const { graph } = scene.levels;
  const seen = new Set<NodeId>();
  const climb = (node: NodeId) => {
    // A call that is met twice leads to the same boxes.
    if (seen.has(node)) return;
    seen.add(node);
    const box = scene.nodeBox[node] ?? -1;
    if (box >= 0) found.add(box);
    else for (const caller of graph.callers(graph.regionOf(node))) climb(caller);
  };
  for (const node of nodes) climb(node);
  return found;
}

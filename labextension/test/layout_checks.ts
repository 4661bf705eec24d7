/** What can be said of a layout without looking at it. */

import type { Layout, LayoutBox, LayoutEdge, LayoutInput } from "../src/layout/types";

/** Pairs of boxes that overlap. */
export function overlaps({ boxes }: LayoutInput, { x, y }: Layout): string[] {
  const found: string[] = [];
  const byLeft = boxes.map((_, i) => i).sort((a, b) => x[a] - x[b]);
  byLeft.forEach((a, place) => {
    for (const b of byLeft.slice(place + 1)) {
      if (x[b] >= x[a] + boxes[a].width) break;
      if (y[a] < y[b] + boxes[b].height && y[b] < y[a] + boxes[a].height) found.push(`${a} ${b}`);
    }
  });
  return found;
}

/** Edges that run through a box, or over one's rim but to end there. */
export function throughBoxes({ boxes, edges }: LayoutInput, { x, y, routes }: Layout): string[] {
  const found: string[] = [];
  routes.forEach((route, e) => {
    for (let k = 0; k + 3 < route.length; k += 2) {
      const [left, right] = [route[k], route[k + 2]].sort((a, b) => a - b);
      const [top, bottom] = [route[k + 1], route[k + 3]].sort((a, b) => a - b);
      boxes.forEach((box, b) => {
        const inside = 0.5;
        if (right < x[b] + inside || left > x[b] + box.width - inside) return;
        if (bottom < y[b] + inside || top > y[b] + box.height - inside) return;
        found.push(`${edges[e].from} -> ${edges[e].to} through ${b}`);
      });
    }
  });
  return found;
}

/** What is wrong with a route: ends off their boxes, slanted or odd numbers. */
export function badRoutes({ boxes, edges }: LayoutInput, layout: Layout): string[] {
  const { x, y, routes } = layout;
  const onRim = (b: number, px: number, py: number) => {
    const [dx, dy] = [px - x[b], py - y[b]];
    const { width, height } = boxes[b];
    const within = dx >= -0.01 && dx <= width + 0.01 && dy >= -0.01 && dy <= height + 0.01;
    const rim = [dx, dy, dx - width, dy - height].some((off) => Math.abs(off) < 0.01);
    return within && rim;
  };
  const found: string[] = [];
  routes.forEach((route, e) => {
    const { from, to } = edges[e];
    const n = route.length;
    if (!route.every(Number.isFinite)) found.push(`${from} -> ${to} has no number`);
    if (n < 4) found.push(`${from} -> ${to} is not drawn`);
    else {
      if (!onRim(from, route[0], route[1])) found.push(`${from} -> ${to} leaves the air`);
      if (!onRim(to, route[n - 2], route[n - 1])) found.push(`${from} -> ${to} enters the air`);
    }
    for (let k = 0; k + 3 < n; k += 2) {
      const slanted = route[k] !== route[k + 2] && route[k + 1] !== route[k + 3];
      if (slanted) found.push(`${from} -> ${to} is slanted`);
    }
  });
  return found;
}

/** Pairs of edges with no end in common whose lines lie on each other: a reader would mix them up. */
export function mistakable({ edges }: LayoutInput, { routes }: Layout): string[] {
  const found: string[] = [];
  for (let a = 0; a < edges.length; a++) {
    for (let b = a + 1; b < edges.length; b++) {
      if (edges[a].from === edges[b].from || edges[a].to === edges[b].to) continue;
      if (lieOnEachOther(routes[a], routes[b])) {
        found.push(`${edges[a].from} -> ${edges[a].to} and ${edges[b].from} -> ${edges[b].to}`);
      }
    }
  }
  return found;
}

function lieOnEachOther(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i + 3 < a.length; i += 2) {
    for (let k = 0; k + 3 < b.length; k += 2) {
      for (const along of [0, 1]) {
        const at = [a[i + 1 - along], a[i + 3 - along], b[k + 1 - along], b[k + 3 - along]];
        if (at.some((place) => Math.abs(place - at[0]) > 2)) continue;
        const low = Math.max(
          Math.min(a[i + along], a[i + 2 + along]),
          Math.min(b[k + along], b[k + 2 + along]),
        );
        const high = Math.min(
          Math.max(a[i + along], a[i + 2 + along]),
          Math.max(b[k + along], b[k + 2 + along]),
        );
        if (high - low > 3) return true;
      }
    }
  }
  return false;
}

export const bends = (route: Float64Array): number => Math.max(0, route.length / 2 - 2);

export interface Share {
  part: number;
  of: number;
}

/** Chain edges (from the one that gives to it alone, to the one that takes from it alone), and
 * how many of them are one straight upright line. */
export function chains({ boxes, edges }: LayoutInput, { routes }: Layout): Share {
  const outs = new Int32Array(boxes.length);
  const ins = new Int32Array(boxes.length);
  for (const { from, to } of edges) {
    outs[from]++;
    ins[to]++;
  }
  const share = { part: 0, of: 0 };
  edges.forEach(({ from, to, back }, e) => {
    if (back || from === to || outs[from] !== 1 || ins[to] !== 1) return;
    if (boxes[from].lane !== boxes[to].lane) return;
    share.of++;
    if (routes[e].length === 4 && routes[e][0] === routes[e][2]) share.part++;
  });
  return share;
}

/** The part of the level that boxes cover. */
export function coverage({ boxes }: LayoutInput, { width, height }: Layout): number {
  const area = boxes.reduce((sum, box) => sum + box.width * box.height, 0);
  return boxes.length === 0 ? 1 : area / (width * height);
}

/** Places where lines cross, each once: lines that share a trunk cross another there once. Lines
 * are given as x, y, x, y ... */
export function crossingPlaces(lines: readonly ArrayLike<number>[]): number {
  const places = new Set<string>();
  for (let a = 0; a < lines.length; a++) {
    for (let b = a + 1; b < lines.length; b++) {
      for (const [x, y] of crossingsOf(lines[a], lines[b])) {
        places.add(`${Math.round(x)} ${Math.round(y)}`);
      }
    }
  }
  return places.size;
}

/** Pairs of edges with no end in common whose lines cross; each edge of a trunk counts. */
export function crossingPairs(
  edges: readonly LayoutEdge[],
  lines: readonly ArrayLike<number>[],
): number {
  let sum = 0;
  for (let a = 0; a < lines.length; a++) {
    for (let b = a + 1; b < lines.length; b++) {
      const ends = new Set([edges[a].from, edges[a].to, edges[b].from, edges[b].to]);
      if (ends.size === 4 && crossingsOf(lines[a], lines[b]).length > 0) sum++;
    }
  }
  return sum;
}

function crossingsOf(a: ArrayLike<number>, b: ArrayLike<number>): [number, number][] {
  const found: [number, number][] = [];
  for (let i = 0; i + 3 < a.length; i += 2) {
    for (let k = 0; k + 3 < b.length; k += 2) {
      const [ux, uy] = [a[i + 2] - a[i], a[i + 3] - a[i + 1]];
      const [vx, vy] = [b[k + 2] - b[k], b[k + 3] - b[k + 1]];
      const [wx, wy] = [b[k] - a[i], b[k + 1] - a[i + 1]];
      const det = ux * vy - uy * vx;
      if (det === 0) continue;
      const s = (wx * vy - wy * vx) / det;
      const t = (wx * uy - wy * ux) / det;
      if (s > 0 && s < 1 && t > 0 && t < 1) found.push([a[i] + s * ux, a[i + 1] + s * uy]);
    }
  }
  return found;
}

export function makeBox(box: Partial<LayoutBox> = {}): LayoutBox {
  return { width: 120, height: 44, lane: 0, row: "", port: null, ...box };
}

export function makeEdge(from: number, to: number, edge: Partial<LayoutEdge> = {}): LayoutEdge {
  return { from, to, fromAt: null, toAt: null, back: false, width: 1, ...edge };
}

/** Numbers from 0 to 1, the same in each run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The input of a layout on typed arrays, checked: sizes are finite, ends exist, and the forward
 * edges have no cycle. */

import type { LayoutInput } from "./types";

export const Flow = { forward: 0, back: 1, self: 2, none: 3 } as const;

export interface Work {
  readonly boxes: number;
  readonly width: Float64Array;
  readonly height: Float64Array;
  /** -1 for ports on the level's top edge, 1 for those at the bottom, 0 for the rest. */
  readonly port: Int8Array;
  readonly edges: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Px from the box's middle; NaN where the layout chooses. */
  readonly fromAt: Float64Array;
  readonly toAt: Float64Array;
  readonly weight: Float64Array;
  readonly flow: Uint8Array;
}

const largest = 1e6;

function size(given: number): number {
  return given > 1 ? Math.min(given, largest) : 1;
}

function offset(at: number | null, width: number): number {
  return at === null || !Number.isFinite(at) ? NaN : Math.min(Math.max(at, 0), width) - width / 2;
}

export function prepare({ boxes, edges }: LayoutInput): Work {
  const work: Work = {
    boxes: boxes.length,
    width: Float64Array.from(boxes, (box) => size(box.width)),
    height: Float64Array.from(boxes, (box) => size(box.height)),
    port: Int8Array.from(boxes, (box) => (box.port === "in" ? -1 : box.port === "out" ? 1 : 0)),
    edges: edges.length,
    from: Int32Array.from(edges, (edge) => edge.from),
    to: Int32Array.from(edges, (edge) => edge.to),
    fromAt: new Float64Array(edges.length),
    toAt: new Float64Array(edges.length),
    weight: Float64Array.from(edges, (edge) => Math.min(Math.max(edge.width || 1, 1), 8)),
    flow: new Uint8Array(edges.length),
  };
  const known = (box: number) => Number.isInteger(box) && box >= 0 && box < boxes.length;
  edges.forEach((edge, e) => {
    if (!known(edge.from) || !known(edge.to)) {
      work.flow[e] = Flow.none;
      return;
    }
    work.fromAt[e] = offset(edge.fromAt, work.width[edge.from]);
    work.toAt[e] = offset(edge.toAt, work.width[edge.to]);
    if (edge.from === edge.to) work.flow[e] = Flow.self;
    else if (edge.back || work.port[edge.to] < 0 || work.port[edge.from] > 0) {
      work.flow[e] = Flow.back;
    }
  });
  return work;
}

/** For each box, its edges of one flow, by box: `list[start[b]] ... list[start[b + 1] - 1]`. */
export interface Adjacency {
  readonly start: Int32Array;
  readonly list: Int32Array;
}

/** Groups 0 ... count - 1 by their key; keys outside 0 ... keys - 1 are left out. */
export function group(keys: number, count: number, keyOf: (i: number) => number): Adjacency {
  const start = new Int32Array(keys + 1);
  for (let i = 0; i < count; i++) {
    const key = keyOf(i);
    if (key >= 0) start[key + 1]++;
  }
  for (let key = 0; key < keys; key++) start[key + 1] += start[key];
  const list = new Int32Array(start[keys]);
  const next = start.slice(0, keys);
  for (let i = 0; i < count; i++) {
    const key = keyOf(i);
    if (key >= 0) list[next[key]++] = i;
  }
  return { start, list };
}

/** Marks as back edges what closes a cycle: depth first, from the boxes that nothing feeds. */
export function breakCycles(work: Work): void {
  const { boxes, from, to, flow } = work;
  const out = group(boxes, work.edges, (e) => (flow[e] === Flow.forward ? from[e] : -1));
  const fed = new Uint8Array(boxes);
  for (let e = 0; e < work.edges; e++) if (flow[e] === Flow.forward) fed[to[e]] = 1;
  const state = new Uint8Array(boxes); // 1: on the way down to here, 2: done
  const next = out.start.slice();
  const stack: number[] = [];
  const visit = (root: number) => {
    if (state[root] !== 0) return;
    stack.push(root);
    state[root] = 1;
    while (stack.length > 0) {
      const box = stack[stack.length - 1];
      if (next[box] === out.start[box + 1]) {
        state[box] = 2;
        stack.pop();
        continue;
      }
      const e = out.list[next[box]++];
      if (state[to[e]] === 1) flow[e] = Flow.back;
      else if (state[to[e]] === 0) {
        state[to[e]] = 1;
        stack.push(to[e]);
      }
    }
  };
  for (let box = 0; box < boxes; box++) if (!fed[box]) visit(box);
  for (let box = 0; box < boxes; box++) visit(box);
}

/** The component of each box, numbered in the order of their first boxes. Ports of one level hold
 * together what they feed. */
export function components(work: Work): { count: number; of: Int32Array } {
  const parent = Int32Array.from({ length: work.boxes }, (_, i) => i);
  const find = (box: number) => {
    while (parent[box] !== box) {
      parent[box] = parent[parent[box]];
      box = parent[box];
    }
    return box;
  };
  let port = -1;
  for (let box = 0; box < work.boxes; box++) {
    if (work.port[box] === 0) continue;
    if (port >= 0) parent[find(box)] = find(port);
    port = box;
  }
  for (let e = 0; e < work.edges; e++) {
    if (work.flow[e] !== Flow.none) parent[find(work.to[e])] = find(work.from[e]);
  }
  const number = new Int32Array(work.boxes).fill(-1);
  const of = new Int32Array(work.boxes);
  let count = 0;
  for (let box = 0; box < work.boxes; box++) {
    const root = find(box);
    if (number[root] < 0) number[root] = count++;
    of[box] = number[root];
  }
  return { count, of };
}

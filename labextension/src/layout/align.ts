/** Which neighbours stand exactly above each other, so that the edge between them is one straight
 * line: bends of one trunk first, then chains, then each box and the way through it that is
 * longest. */

import type { Layers } from "./layers";
import type { Order } from "./order";

/** Of each node, the segment by which it is aligned with a node below; -1 for none. */
export function align(layers: Layers, order: Order): Int32Array {
  const { size, segments, upper, lower, rank, width, up, down } = layers;
  const place = new Int32Array(size);
  for (const row of order) {
    row.forEach((node, i) => {
      place[node] = i;
    });
  }
  const urgency = urgencies(layers, order);
  const chosen = Array.from({ length: segments }, (_, s) => s).filter((s) => urgency[s] > 0);
  const weight = layers.weight;
  chosen.sort((a, b) => urgency[b] - urgency[a] || weight[b] - weight[a] || a - b);

  const below = new Int32Array(size).fill(-1);
  const above = new Int32Array(size).fill(-1);
  /** Whether it crosses no segment that is aligned already: only the next one on each side counts. */
  const free = (s: number) => {
    const row = order[rank[upper[s]]];
    for (let i = place[upper[s]] - 1; i >= 0; i--) {
      if (below[row[i]] < 0) continue;
      if (place[lower[below[row[i]]]] > place[lower[s]]) return false;
      break;
    }
    for (let i = place[upper[s]] + 1; i < row.length; i++) {
      if (below[row[i]] < 0) continue;
      return place[lower[below[row[i]]]] > place[lower[s]];
    }
    return true;
  };
  for (const s of chosen) {
    if (below[upper[s]] >= 0 || above[lower[s]] >= 0 || !free(s)) continue;
    below[upper[s]] = s;
    above[lower[s]] = s;
  }
  return below;

  function urgencies(layers: Layers, order: Order): Float64Array {
    const urgency = new Float64Array(layers.segments);
    const degree = (list: Layers["up"], node: number) => list.start[node + 1] - list.start[node];
    const tail = reach(layers, order, true);
    const head = reach(layers, order, false);
    for (let s = 0; s < segments; s++) {
      const [a, b] = [upper[s], lower[s]];
      if (width[a] === 0 && width[b] === 0) urgency[s] = 8;
      else if (degree(down, a) === 1 && degree(up, b) === 1) urgency[s] = 4;
      else if (width[a] === 0 || width[b] === 0) urgency[s] = 0.5;
    }
    for (let node = 0; node < size; node++) {
      for (const [list, ends, length] of [
        [down, lower, tail],
        [up, upper, head],
      ] as const) {
        const near = list.list.subarray(list.start[node], list.start[node + 1]);
        const s = spine(near, ends, length);
        if (s >= 0 && urgency[s] < 4) urgency[s] += 1;
      }
    }
    return urgency;
  }

  /** Among segments to boxes, the one with the longest way behind it, else the one in the middle. */
  function spine(segments: Int32Array, ends: Int32Array, length: Int32Array): number {
    const boxes = segments.filter((s) => width[ends[s]] > 0);
    if (boxes.length === 0 || width[upper[boxes[0]]] === 0 || width[lower[boxes[0]]] === 0)
      return -1;
    const most = boxes.reduce((most, s) => Math.max(most, length[ends[s]]), 0);
    const longest = boxes.filter((s) => length[ends[s]] === most);
    if (longest.length % 2 === 0) return -1;
    longest.sort((a, b) => place[ends[a]] - place[ends[b]]);
    return longest[(longest.length - 1) / 2];
  }
}

/** How many boxes are on the longest way from each node to the end, or from the start. */
function reach({ size, up, down, upper, lower, width }: Layers, order: Order, downwards: boolean) {
  const length = new Int32Array(size);
  const [list, ends] = downwards ? [down, lower] : [up, upper];
  for (let i = 0; i < order.length; i++) {
    for (const node of order[downwards ? order.length - 1 - i : i]) {
      let most = 0;
      for (let k = list.start[node]; k < list.start[node + 1]; k++) {
        most = Math.max(most, length[ends[list.list[k]]]);
      }
      length[node] = most + (width[node] > 0 ? 1 : 0);
    }
  }
  return length;
}

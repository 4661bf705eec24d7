/** Which neighbours stand exactly above each other, so that the edge between them is one straight
 * line: bends of one trunk first, then chains, then each box and the way through it that is
 * longest. */

import type { Layers } from "./layers";
import type { Order } from "./order";
import type { Adjacency } from "./work";

/** Of each node, the segment by which it is aligned with a node below; -1 for none. */
export function align(layers: Layers, order: Order): Int32Array {
  const { size, segments, upper, lower, rank } = layers;
  const place = new Int32Array(size);
  for (const row of order) {
    row.forEach((node, i) => {
      place[node] = i;
    });
  }
  const urgency = urgencies(layers, order, place);
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
}

/** How much it matters that a segment is straight; 0: better not. */
function urgencies(layers: Layers, order: Order, place: Int32Array): Float64Array {
  const { size, segments, width, upper, lower, down, up } = layers;
  const degree = (list: Adjacency, node: number) => list.start[node + 1] - list.start[node];
  // Each end has a favourite among the boxes on its other side: the one with the longest way
  // behind it, else the one in the middle; none where two are alike, for it stands between them.
  const favourites = (list: Adjacency, ends: Int32Array, length: Int32Array) =>
    Int32Array.from({ length: size }, (_, node) => {
      const near = Array.from(list.list.subarray(list.start[node], list.start[node + 1]));
      const boxes = near.filter((s) => width[ends[s]] > 0);
      const most = boxes.reduce((most, s) => Math.max(most, length[ends[s]]), 0);
      const longest = boxes.filter((s) => length[ends[s]] === most);
      if (longest.length % 2 === 0) return -1;
      longest.sort((a, b) => place[ends[a]] - place[ends[b]]);
      return longest[(longest.length - 1) / 2];
    });
  const below = favourites(down, lower, reach(layers, order, true));
  const above = favourites(up, upper, reach(layers, order, false));
  return Float64Array.from({ length: segments }, (_, s) => {
    const [a, b] = [upper[s], lower[s]];
    if (width[a] === 0 && width[b] === 0) return 8;
    if (degree(down, a) === 1 && degree(up, b) === 1) return 4;
    // A trunk that serves many stands beside them, below or above none.
    if (width[a] === 0) return degree(down, a) === 1 ? 0.5 : 0;
    if (width[b] === 0) return degree(up, b) === 1 ? 0.5 : 0;
    if (below[a] === s && above[b] === s) return 2;
    return (below[a] === s && above[b] >= 0) || (above[b] === s && below[a] >= 0) ? 1 : 0;
  });
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

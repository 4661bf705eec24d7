/** Across: x of each node. Neighbours that shall stand exactly above each other become one block;
 * blocks are then drawn towards their neighbours like pendulums (Sander 1995). */

import { align } from "./align";
import type { Layers } from "./layers";
import type { Order } from "./order";
import { type Pull, settle } from "./settle";
import { space } from "./space";

/** The middle of each node, and the width of them all. */
export interface Placing {
  readonly middle: Float64Array;
  readonly width: number;
}

export function placeAcross(layers: Layers, order: Order): Placing {
  const { size, lower, width } = layers;
  const aligned = align(layers, order);

  // Blocks: a number for each, and each node's distance from its block's axis.
  const block = new Int32Array(size).fill(-1);
  const axis = new Float64Array(size);
  let blocks = 0;
  for (const rank of order) {
    for (const node of rank) {
      if (block[node] >= 0) continue;
      let at = node;
      let from = 0;
      for (;;) {
        block[at] = blocks;
        axis[at] = from;
        const s = aligned[at];
        if (s < 0) break;
        from += shift(layers.upperAt[s]) - shift(layers.lowerAt[s]);
        at = lower[s];
      }
      blocks++;
    }
  }

  // Constraints: left and right neighbours in a rank keep their distance.
  const left: number[] = [];
  const right: number[] = [];
  const apart: number[] = [];
  for (const rank of order) {
    for (let i = 0; i + 1 < rank.length; i++) {
      const [a, b] = [rank[i], rank[i + 1]];
      left.push(block[a]);
      right.push(block[b]);
      apart.push(distance(layers, a, b) + axis[a] - axis[b]);
    }
  }
  const x = settle(blocks, { left, right, apart }, pulls(layers, block, axis));

  const middle = Float64Array.from(block, (b, node) => x[b] + axis[node]);
  let least = Infinity;
  let most = -Infinity;
  for (let node = 0; node < size; node++) {
    least = Math.min(least, middle[node] - width[node] / 2);
    most = Math.max(most, middle[node] + width[node] / 2 + layers.aside[node]);
  }
  if (size === 0) return { middle, width: 0 };
  return { middle: middle.map((at) => at - least), width: most - least };
}

/** The least distance between the middles of a node and its right neighbour. */
function distance({ width, aside }: Layers, a: number, b: number): number {
  const lines = (width[a] > 0 ? 0 : 1) + (width[b] > 0 ? 0 : 1);
  const gap = [space.sibling, space.passing, space.track][lines];
  return (width[a] + width[b]) / 2 + aside[a] + gap;
}

/** Segments pull at their ends, and the ends of each edge that takes bends at each other. */
function pulls(layers: Layers, block: Int32Array, axis: Float64Array): Pull[] {
  const { segments, upper, lower, upperAt, lowerAt, width } = layers;
  const found: Pull[] = [];
  const add = (from: number, to: number, weight: number) => {
    const [a, b] = [upper[from], lower[to]];
    if (block[a] === block[b]) return;
    const gap = axis[a] + shift(upperAt[from]) - axis[b] - shift(lowerAt[to]);
    found.push({ a: block[a], b: block[b], gap, weight });
  };
  for (let s = 0; s < segments; s++) {
    const straight = width[upper[s]] > 0 && width[lower[s]] > 0;
    add(s, s, layers.weight[s] * (straight ? 2 : 0.5));
  }
  for (const path of layers.paths.values()) {
    if (path.length > 1) add(path[0], path[path.length - 1], 1);
  }
  return found;
}

function shift(at: number): number {
  return Number.isNaN(at) ? 0 : at;
}

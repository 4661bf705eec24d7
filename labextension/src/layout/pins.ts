/** The places on a rank's boxes where segments end, numbered from left to right: two edges into one
 * wide box cross or not by where on it they arrive. */

import type { Layers } from "./layers";

export class Pins {
  /** Of each segment, the number of its end among its node's. */
  readonly upper: Int32Array;
  readonly lower: Int32Array;
  /** Of each node, the number of its first place within its rank: on its upper and lower side. */
  readonly above: Int32Array;
  readonly below: Int32Array;
  private readonly countAbove: Int32Array;
  private readonly countBelow: Int32Array;

  constructor(layers: Layers) {
    const { size, segments, upperAt, lowerAt, up, down } = layers;
    this.upper = new Int32Array(segments);
    this.lower = new Int32Array(segments);
    this.above = new Int32Array(size);
    this.below = new Int32Array(size);
    this.countAbove = new Int32Array(size).fill(1);
    this.countBelow = new Int32Array(size).fill(1);
    for (let node = 0; node < size; node++) {
      this.countBelow[node] = count(down.list, down.start, node, upperAt, this.upper);
      this.countAbove[node] = count(up.list, up.start, node, lowerAt, this.lower);
    }
  }

  /** Numbers the places of a rank anew, after its order changed. */
  number(rank: Int32Array): void {
    let above = 0;
    let below = 0;
    for (const node of rank) {
      this.above[node] = above;
      this.below[node] = below;
      above += this.countAbove[node];
      below += this.countBelow[node];
    }
  }

  /** How many places a numbered rank has on its upper side. */
  placesAbove(rank: Int32Array): number {
    const last = rank[rank.length - 1];
    return rank.length === 0 ? 0 : this.above[last] + this.countAbove[last];
  }
}

/** Sorts a node's segments by where they end on it and numbers those places. */
function count(
  list: Int32Array,
  start: Int32Array,
  node: number,
  at: Float64Array,
  number: Int32Array,
): number {
  const ends = list.subarray(start[node], start[node + 1]);
  const place = (s: number) => (Number.isNaN(at[s]) ? 0 : at[s]);
  if (ends.length > 1) ends.sort((a, b) => place(a) - place(b) || a - b);
  let places = 0;
  ends.forEach((s, i) => {
    if (i > 0 && place(s) !== place(ends[i - 1])) places++;
    number[s] = places;
  });
  return places + 1;
}

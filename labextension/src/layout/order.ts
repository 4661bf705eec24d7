/** The order of boxes and bends in each rank: barycentre sweeps, then swaps of neighbours, keeping
 * the order with the fewest crossings. Work is bounded by counted steps, not by the clock, so that
 * the same level always looks the same. */

import type { Layers } from "./layers";
import { Pins } from "./pins";

/** Steps after which sorting ends, and before which it starts again from another order. */
const plenty = 400_000;
const few = 60_000;
const patience = 4;
const starts = 8;

/** Each rank's nodes from left to right. */
export type Order = Int32Array[];

export function orderRanks(layers: Layers): Order {
  const sorter = new Sorter(layers);
  let best: Order = [];
  let least = Infinity;
  for (let start = 0; start < 2 || (start < starts && sorter.steps < few); start++) {
    sorter.take(start === 1 ? sorter.byNumber() : sorter.byDescent(start));
    for (let sweep = 0, stale = 0; stale < patience && sorter.steps < plenty; sweep++) {
      const cost = sorter.cost();
      if (cost < least) {
        least = cost;
        best = sorter.copy();
        stale = 0;
      } else stale++;
      if (least === 0) return best;
      sorter.sweep((sweep + start) % 2 === 0, sweep % 4 >= 2);
      if (layers.size < 600) sorter.swap(plenty);
    }
  }
  sorter.take(best);
  sorter.swap(2 * plenty);
  return sorter.cost() < least ? sorter.copy() : best;
}

class Sorter {
  /** Steps done so far, each about as dear as the next. */
  steps = 0;
  private readonly layers: Layers;
  private readonly pins: Pins;
  private order: Order = [];
  private readonly tree: Int32Array;
  private readonly key: Float64Array;

  constructor(layers: Layers) {
    this.layers = layers;
    this.pins = new Pins(layers);
    this.tree = new Int32Array(layers.segments + layers.size + 2);
    this.key = new Float64Array(layers.size);
  }

  byNumber(): Order {
    const ranks: number[][] = Array.from({ length: this.layers.ranks }, () => []);
    for (let node = 0; node < this.layers.size; node++) ranks[this.layers.rank[node]].push(node);
    return ranks.map((rank) => Int32Array.from(rank));
  }

  /** Depth first from the top, so that a chain's members get the same place in their ranks. Each
   * `way` goes round the readers of a box from another one on. */
  byDescent(way: number): Order {
    const { size, rank, ranks, up } = this.layers;
    const found: number[][] = Array.from({ length: ranks }, () => []);
    const seen = new Uint8Array(size);
    const stack: number[] = [];
    const visit = (root: number) => {
      stack.push(root);
      while (stack.length > 0) {
        const node = stack.pop()!;
        if (seen[node]) continue;
        seen[node] = 1;
        found[rank[node]].push(node);
        const readers = this.readers(node);
        const first = way * (node + 1);
        for (let k = readers.length - 1; k >= 0; k--) {
          stack.push(readers[(k + first) % readers.length]);
        }
      }
    };
    for (let i = 0; i < size; i++) {
      const node = way % 2 === 0 ? i : size - 1 - i;
      if (up.start[node] === up.start[node + 1]) visit(node);
    }
    return found.map((rank) => Int32Array.from(rank));
  }

  /** What is below a node. A trunk runs on in the middle of many boxes. */
  private readers(node: number): number[] {
    const { down, lower, width } = this.layers;
    const found: number[] = [];
    for (let k = down.start[node]; k < down.start[node + 1]; k++) found.push(lower[down.list[k]]);
    const boxes = found.filter((reader) => width[reader] > 0);
    const bends = found.filter((reader) => width[reader] === 0);
    const before = boxes.length < 3 ? boxes.length : boxes.length >> 1;
    return [...boxes.slice(0, before), ...bends, ...boxes.slice(before)];
  }

  take(order: Order): void {
    this.order = order.map((rank) => rank.slice());
    this.order.forEach((rank) => {
      this.pins.number(rank);
    });
  }

  copy(): Order {
    return this.order.map((rank) => rank.slice());
  }

  /** Crossings. Those of lines that were both to be straight count half as much again. */
  cost(): number {
    let sum = 0;
    for (let r = 0; r + 1 < this.order.length; r++) {
      const crossings = this.between(r, false);
      sum += crossings;
      if (crossings > 0) sum += this.between(r, true) / 2;
    }
    return sum;
  }

  /** Crossings between a rank and the next: inversions, counted with a Fenwick tree. `stiff`: only
   * segments from box to box and from bend to bend. */
  private between(r: number, stiff: boolean): number {
    const { down, lower, width } = this.layers;
    const { tree, pins } = this;
    const places = pins.placesAbove(this.order[r + 1]);
    tree.fill(0, 0, places + 1);
    let sum = 0;
    let inserted = 0;
    for (const node of this.order[r]) {
      const end = down.start[node + 1];
      for (let k = down.start[node]; k < end; ) {
        // Segments that leave at the same place don't cross each other.
        let next = k;
        const pin = pins.upper[down.list[k]];
        for (; next < end && pins.upper[down.list[next]] === pin; next++) {
          const s = down.list[next];
          if (stiff && width[node] > 0 !== width[lower[s]] > 0) continue;
          let at = pins.above[lower[s]] + pins.lower[s] + 1;
          let before = 0;
          for (; at > 0; at -= at & -at) before += tree[at];
          sum += inserted - before;
        }
        for (; k < next; k++) {
          const s = down.list[k];
          if (stiff && width[node] > 0 !== width[lower[s]] > 0) continue;
          inserted++;
          let at = pins.above[lower[s]] + pins.lower[s] + 1;
          for (; at <= places; at += at & -at) tree[at]++;
        }
      }
    }
    this.steps += 4 * inserted;
    return sum;
  }

  /** Sorts rank after rank by the mean place of the neighbours in the one before. */
  sweep(downwards: boolean, reverseTies: boolean): void {
    const { up, down, upper, lower } = this.layers;
    const { order, pins, key } = this;
    for (let i = 1; i < order.length; i++) {
      const rank = order[downwards ? i : order.length - 1 - i];
      const near = downwards ? up : down;
      const movable: number[] = [];
      for (const node of rank) {
        let sum = 0;
        for (let k = near.start[node]; k < near.start[node + 1]; k++) {
          const s = near.list[k];
          sum += downwards
            ? pins.below[upper[s]] + pins.upper[s]
            : pins.above[lower[s]] + pins.lower[s];
        }
        const degree = near.start[node + 1] - near.start[node];
        this.steps += degree + 8;
        if (degree === 0) continue;
        key[node] = sum / degree;
        movable.push(node);
      }
      if (reverseTies) movable.reverse();
      movable.sort((a, b) => key[a] - key[b]);
      this.steps += 4 * movable.length;
      // Nodes without neighbours on that side keep their places.
      let next = 0;
      for (let place = 0; place < rank.length; place++) {
        const node = rank[place];
        if (near.start[node + 1] > near.start[node]) rank[place] = movable[next++];
      }
      pins.number(rank);
    }
  }

  /** Swaps neighbours while that saves crossings. */
  swap(limit: number): void {
    const { order } = this;
    for (let better = true; better && this.steps < limit; ) {
      better = false;
      for (let r = 0; r < order.length && this.steps < limit; r++) {
        if (this.swapWithin(order[r], limit)) better = true;
      }
    }
  }

  private swapWithin(rank: Int32Array, limit: number): boolean {
    const { pins } = this;
    const { upper, lower, up, down } = this.layers;
    if (rank.length < 2) return false;
    const above = this.places(rank, up, upper, pins.below, pins.upper);
    const below = this.places(rank, down, lower, pins.above, pins.lower);
    let swapped = false;
    for (let better = true; better && this.steps < limit; ) {
      better = false;
      for (let i = 0; i + 1 < rank.length; i++) {
        this.steps += above[i].length + above[i + 1].length + below[i].length + below[i + 1].length;
        const now = inversions(above[i], above[i + 1]) + inversions(below[i], below[i + 1]);
        if (now === 0) continue;
        const then = inversions(above[i + 1], above[i]) + inversions(below[i + 1], below[i]);
        if (then >= now) continue;
        exchange(rank, i);
        exchange(above, i);
        exchange(below, i);
        better = swapped = true;
      }
    }
    if (swapped) pins.number(rank);
    return swapped;
  }

  /** For each node of a rank, the sorted places of its neighbours on one side. */
  private places(
    rank: Int32Array,
    near: Layers["up"],
    ends: Int32Array,
    base: Int32Array,
    pin: Int32Array,
  ): number[][] {
    return Array.from(rank, (node) => {
      const found: number[] = [];
      for (let k = near.start[node]; k < near.start[node + 1]; k++) {
        found.push(base[ends[near.list[k]]] + pin[near.list[k]]);
      }
      this.steps += 4 * found.length + 4;
      return found.length > 1 ? found.sort((a, b) => a - b) : found;
    });
  }
}

/** Pairs of a left and a right list, both sorted, in which the left is greater. */
function inversions(left: readonly number[], right: readonly number[]): number {
  let sum = 0;
  let k = 0;
  for (const place of left) {
    while (k < right.length && right[k] < place) k++;
    sum += k;
  }
  return sum;
}

function exchange<T>(list: { [place: number]: T }, i: number): void {
  const item = list[i];
  list[i] = list[i + 1];
  list[i + 1] = item;
}

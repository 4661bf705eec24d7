/** Positions on a line for blocks that pull at each other and keep their distance: the pendulum
 * method (Sander, "A fast heuristic for hierarchical Manhattan layout", 1995). Blocks swing towards
 * their neighbours; those that touch and push at each other swing as one. */

import { group } from "./work";

export interface Apart {
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** The least distance from left to right; the constraints have no cycle. */
  readonly apart: readonly number[];
}

/** It wants x[b] - x[a] = gap. */
export interface Pull {
  readonly a: number;
  readonly b: number;
  readonly gap: number;
  readonly weight: number;
}

const grid = 4;
const still = 0.25;

export function settle(blocks: number, limits: Apart, pulls: readonly Pull[]): Float64Array {
  const { left, right, apart } = limits;
  const onLeft = group(blocks, left.length, (c) => right[c]);
  const onRight = group(blocks, left.length, (c) => left[c]);
  const order = topological();
  const x = new Float64Array(blocks);
  const force = new Float64Array(blocks);
  const weight = new Float64Array(blocks);
  const leader = new Int32Array(blocks);
  pack(() => 0);
  const swings = Math.min(40, 4 + Math.ceil(80_000 / (left.length + pulls.length + 1)));
  for (let i = 0; i < swings; i++) {
    pull();
    join();
    if (swing() < still) break;
  }
  const least = x.reduce((least, at) => Math.min(least, at), Infinity);
  pack((b) => Math.round((x[b] - least) / grid) * grid);
  return x;

  function topological(): Int32Array {
    const sorted = new Int32Array(blocks);
    const waiting = new Int32Array(blocks);
    let filled = 0;
    for (let b = 0; b < blocks; b++) {
      waiting[b] = onLeft.start[b + 1] - onLeft.start[b];
      if (waiting[b] === 0) sorted[filled++] = b;
    }
    for (let i = 0; i < filled; i++) {
      for (let k = onRight.start[sorted[i]]; k < onRight.start[sorted[i] + 1]; k++) {
        if (--waiting[right[onRight.list[k]]] === 0) sorted[filled++] = right[onRight.list[k]];
      }
    }
    return sorted;
  }

  /** Puts each block where it wants to be, or as far right of that as the distances ask for. */
  function pack(wanted: (block: number) => number): void {
    for (const b of order) {
      let at = wanted(b);
      for (let k = onLeft.start[b]; k < onLeft.start[b + 1]; k++) {
        const c = onLeft.list[k];
        at = Math.max(at, x[left[c]] + apart[c]);
      }
      x[b] = at;
    }
  }

  function pull(): void {
    force.fill(0);
    weight.fill(1e-3);
    for (const { a, b, gap, weight: w } of pulls) {
      const stretch = (x[b] - x[a] - gap) * w;
      force[a] += stretch;
      force[b] -= stretch;
      weight[a] += w;
      weight[b] += w;
    }
    // Not the whole way: the other end moves too.
    for (let b = 0; b < blocks; b++) force[b] *= 0.6 / weight[b];
  }

  function find(b: number): number {
    while (leader[b] !== b) {
      leader[b] = leader[leader[b]];
      b = leader[b];
    }
    return b;
  }

  /** Lets touching blocks that push at each other share one force. */
  function join(): void {
    for (let b = 0; b < blocks; b++) leader[b] = b;
    for (let pass = 0, joined = true; joined && pass < 4; pass++) {
      joined = false;
      for (let c = 0; c < left.length; c++) {
        if (x[right[c]] - x[left[c]] > apart[c] + still) continue;
        const [a, b] = [find(left[c]), find(right[c])];
        if (a === b || force[a] <= force[b]) continue;
        const sum = weight[a] + weight[b];
        force[a] = (force[a] * weight[a] + force[b] * weight[b]) / sum;
        weight[a] = sum;
        leader[b] = a;
        joined = true;
      }
    }
  }

  /** Moves each block as far as its neighbours let it; those in front first. */
  function swing(): number {
    let most = 0;
    for (let i = blocks - 1; i >= 0; i--) {
      const b = order[i];
      let step = force[find(b)];
      if (step <= 0) continue;
      for (let k = onRight.start[b]; k < onRight.start[b + 1]; k++) {
        const c = onRight.list[k];
        step = Math.min(step, x[right[c]] - x[b] - apart[c]);
      }
      if (step > 0) x[b] += step;
      most = Math.max(most, step);
    }
    for (const b of order) {
      let step = -force[find(b)];
      if (step <= 0) continue;
      for (let k = onLeft.start[b]; k < onLeft.start[b + 1]; k++) {
        const c = onLeft.list[k];
        step = Math.min(step, x[b] - x[left[c]] - apart[c]);
      }
      if (step > 0) x[b] -= step;
      most = Math.max(most, step);
    }
    return most;
  }
}

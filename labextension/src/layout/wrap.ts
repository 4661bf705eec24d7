/** Wrapping: a component much higher than wide is cut between ranks, and its pieces stand side by
 * side, each from top to bottom. */

import { space } from "./space";
import { Flow, type Work } from "./work";

const slimmest = 1 / 3;
/** What is no higher than this fits where it is shown. */
const shortest = 560;
/** Values that may pass a cut, each with a line of its own in the gutter. */
const mostCut = 6;

export function tooHigh(width: number, height: number): boolean {
  return height > shortest && width < slimmest * height;
}

/** The ranks at which new columns begin; none where the component is better whole. */
export function wrapCuts(work: Work, rank: Int32Array, room: number): number[] {
  const ranks = rank.reduce((most, r) => Math.max(most, r + 1), 0);
  const high = new Float64Array(ranks);
  const wide = new Float64Array(ranks);
  for (let box = 0; box < work.boxes; box++) {
    high[rank[box]] = Math.max(high[rank[box]], work.height[box]);
    wide[rank[box]] += work.width[box] + space.sibling;
  }
  const passing = cutCosts(work, rank, ranks);
  // Depth of each rank's top.
  const depth = new Float64Array(ranks + 1);
  for (let r = 0; r < ranks; r++) {
    const gap = passing[r] > 1 ? space.rank : space.chain;
    wide[r] += Math.max(0, passing[r] - 1) * space.passing;
    depth[r + 1] = depth[r] + high[r] + gap;
  }

  let best: number[] = [];
  for (let pieces = 2; pieces <= 24; pieces++) {
    const cuts = cutInto(pieces, depth, passing);
    if (cuts.length < pieces - 1) continue;
    const edges = [0, ...cuts, ranks];
    let across = -space.component;
    let down = 0;
    for (let i = 0; i < pieces; i++) {
      const widths = wide.subarray(edges[i], edges[i + 1]);
      across += widths.reduce((most, w) => Math.max(most, w), 0) + space.component;
      down = Math.max(down, depth[edges[i + 1]] - depth[edges[i]]);
    }
    if (best.length > 0 && across > room) break;
    best = cuts;
    if (across / down >= 2 * slimmest) break;
  }
  return best;
}

/** Cuts for pieces of about one height, where few values pass. Ports stay with their neighbours. */
function cutInto(pieces: number, depth: Float64Array, passing: Float64Array): number[] {
  const ranks = passing.length;
  const total = depth[ranks];
  const share = total / pieces;
  const cuts: number[] = [];
  for (let i = 1; i < pieces; i++) {
    let best = -1;
    let least = Infinity;
    const first = (cuts[cuts.length - 1] ?? 0) + 2;
    for (let r = first; r < ranks - 1; r++) {
      const off = Math.abs(depth[r] - share * i) / share;
      if (off > 0.5 || passing[r] > mostCut) continue;
      const cost = passing[r] + 3 * off;
      if (cost < least) [best, least] = [r, cost];
    }
    if (best < 0) return cuts;
    cuts.push(best);
  }
  return cuts;
}

/** How many values pass between each rank and the one before it. An edge back up would have to
 * find its way among the columns: it keeps its ranks together. */
function cutCosts(work: Work, rank: Int32Array, ranks: number): Float64Array {
  const change = new Float64Array(ranks + 1);
  const furthest = new Map<string, number>();
  for (let e = 0; e < work.edges; e++) {
    const [a, b] = [rank[work.from[e]], rank[work.to[e]]];
    if (work.flow[e] === Flow.forward) {
      const source = `${work.from[e]} ${work.fromAt[e]}`;
      const far = furthest.get(source) ?? a;
      if (b <= far) continue;
      change[far + 1]++;
      change[b + 1]--;
      furthest.set(source, b);
    } else if (work.flow[e] === Flow.back && a > b) {
      change[b + 1] += mostCut;
      change[a + 1] -= mostCut;
    }
  }
  const passing = new Float64Array(ranks);
  let now = 0;
  for (let r = 0; r < ranks; r++) {
    now += change[r];
    passing[r] = now;
  }
  return passing;
}

/** Layers: a column of ranks in which each edge runs from one rank to the next. Edges that pass
 * ranks get a bend in each; the bends are shared by all edges of one source (and place on it), so
 * that a value with many readers is one trunk with branches. */

import { space } from "./space";
import { type Adjacency, Flow, group, type Work } from "./work";

export interface Layers {
  readonly work: Work;
  /** The boxes, in the component's numbers; then come bends. */
  readonly boxes: readonly number[];
  readonly size: number;
  readonly rank: Int32Array;
  readonly ranks: number;
  /** 0 for bends. */
  readonly width: Float64Array;
  /** Room on the right of boxes that feed themselves, for that line. */
  readonly aside: Float64Array;
  readonly segments: number;
  readonly upper: Int32Array;
  readonly lower: Int32Array;
  /** Where they end, from the middle; NaN where that is free. */
  readonly upperAt: Float64Array;
  readonly lowerAt: Float64Array;
  readonly weight: Float64Array;
  /** Segments by their upper and by their lower end. */
  readonly down: Adjacency;
  readonly up: Adjacency;
  /** The segments that each edge takes, from the top. */
  readonly paths: ReadonlyMap<number, readonly number[]>;
}

/** An edge, its ends as they lie: `top` above `bottom`, also where it runs upwards. */
interface Link {
  readonly edge: number;
  readonly top: number;
  readonly bottom: number;
  readonly topAt: number;
  readonly bottomAt: number;
}

/** A column of these boxes. `flip`: its edges run upwards. */
export function makeLayers(
  work: Work,
  boxes: readonly number[],
  rankOf: Int32Array,
  ranks: number,
  edges: readonly number[],
  flip: boolean,
): Layers {
  const local = new Map(boxes.map((box, i) => [box, i]));
  const rank = boxes.map((box) => rankOf[box]);
  const upper: number[] = [];
  const lower: number[] = [];
  const upperAt: number[] = [];
  const lowerAt: number[] = [];
  const weight: number[] = [];
  const paths = new Map<number, number[]>();
  const segment = (from: number, to: number, fromAt: number, toAt: number, w: number) => {
    upper.push(from);
    lower.push(to);
    upperAt.push(fromAt);
    lowerAt.push(toAt);
    return weight.push(w) - 1;
  };

  const links = edges.map((edge): Link => {
    const a = local.get(work.from[edge])!;
    const b = local.get(work.to[edge])!;
    const [aAt, bAt] = [work.fromAt[edge], work.toAt[edge]];
    return flip
      ? { edge, top: b, bottom: a, topAt: bAt, bottomAt: aAt }
      : { edge, top: a, bottom: b, topAt: aAt, bottomAt: bAt };
  });
  const bundles = bundle(links, rank, flip);
  for (const { links, atTop } of bundles) {
    const [first] = links;
    // From the shared end outwards: the trunk's bends, then a branch for each link.
    const shared = atTop ? first.top : first.bottom;
    const sharedAt = atTop ? first.topAt : first.bottomAt;
    const step = atTop ? 1 : -1;
    const trunk: number[] = [shared];
    const trunkSegments: number[] = [];
    const branches = new Map<string, number>();
    for (const link of links) {
      const w = work.weight[link.edge];
      const end = atTop ? link.bottom : link.top;
      const endAt = atTop ? link.bottomAt : link.topAt;
      const length = Math.abs(rank[end] - rank[shared]);
      while (trunk.length < length) {
        const last = trunk[trunk.length - 1];
        const bend = rank.push(rank[last] + step) - 1;
        const at = trunk.length === 1 ? sharedAt : NaN;
        trunkSegments.push(
          atTop ? segment(last, bend, at, NaN, w) : segment(bend, last, NaN, at, w),
        );
        trunk.push(bend);
      }
      const key = `${end} ${endAt}`;
      let branch = branches.get(key);
      if (branch === undefined) {
        const last = trunk[length - 1];
        const at = length === 1 ? sharedAt : NaN;
        branch = atTop ? segment(last, end, at, endAt, w) : segment(end, last, endAt, at, w);
        branches.set(key, branch);
      }
      const path = [...trunkSegments.slice(0, length - 1), branch];
      for (const s of path) weight[s] = Math.max(weight[s], w);
      paths.set(link.edge, atTop ? path : path.reverse());
    }
  }

  const width = new Float64Array(rank.length);
  const aside = new Float64Array(rank.length);
  boxes.forEach((box, i) => {
    width[i] = work.width[box];
  });
  for (let e = 0; e < work.edges; e++) {
    if (work.flow[e] === Flow.self && local.has(work.from[e])) {
      aside[local.get(work.from[e])!] = 2 * space.passing;
    }
  }
  return {
    work,
    boxes,
    size: rank.length,
    rank: Int32Array.from(rank),
    ranks,
    width,
    aside,
    segments: upper.length,
    upper: Int32Array.from(upper),
    lower: Int32Array.from(lower),
    upperAt: Float64Array.from(upperAt),
    lowerAt: Float64Array.from(lowerAt),
    weight: Float64Array.from(weight),
    down: group(rank.length, upper.length, (s) => upper[s]),
    up: group(rank.length, lower.length, (s) => lower[s]),
    paths,
  };
}

/** Links that share their bends, each bundle by length: those of one source, or of one target where
 * many boxes feed it from afar and little else. Where edges run upwards sources are at the bottom. */
function bundle(links: readonly Link[], rank: readonly number[], flip: boolean) {
  const length = (link: Link) => rank[link.bottom] - rank[link.top];
  const top = (link: Link) => `${link.top} ${link.topAt}`;
  const bottom = (link: Link) => `${link.bottom} ${link.bottomAt}`;
  const sources = sharing(links, flip ? bottom : top);
  const lone = sources.filter((links) => links.length === 1 && length(links[0]) > 1).flat();
  const targets = sharing(lone, flip ? top : bottom).filter((links) => links.length >= 4);
  const merged = new Set(targets.flat());
  const bundles = [
    ...targets.map((links) => ({ links, atTop: flip })),
    ...sources.filter(([link]) => !merged.has(link)).map((links) => ({ links, atTop: !flip })),
  ];
  for (const { links } of bundles) links.sort((a, b) => length(a) - length(b) || a.edge - b.edge);
  return bundles;
}

function sharing<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const lists = new Map<string, T[]>();
  for (const item of items) {
    const list = lists.get(keyOf(item));
    if (list) list.push(item);
    else lists.set(keyOf(item), [item]);
  }
  return [...lists.values()];
}

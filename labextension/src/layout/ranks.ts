/** Ranks: longest paths, then boxes drawn towards the side that has more of their edges. */

import { space } from "./space";
import { type Adjacency, Flow, group, type Work } from "./work";

/** The rank of each box of an acyclic component, from 0. Ports have the first and the last to
 * themselves. Ranks that would be wider than `room` are dealt out over several. */
export function assignRanks(work: Work, room: number): Int32Array {
  const { boxes, from, to, flow, port, width } = work;
  const forward = (end: Int32Array) =>
    group(boxes, work.edges, (e) => (flow[e] === Flow.forward ? end[e] : -1));
  const into = forward(to);
  const out = forward(from);
  const rank = new Int32Array(boxes);
  const sorted = topological(work, into, out);
  const first = port.includes(-1) ? 1 : 0;
  const earliest = (box: number) => {
    if (port[box] < 0) return 0;
    let least = first;
    for (let k = into.start[box]; k < into.start[box + 1]; k++) {
      least = Math.max(least, rank[from[into.list[k]]] + 1);
    }
    return least;
  };
  const latest = (box: number) => {
    let most = Infinity;
    for (let k = out.start[box]; k < out.start[box + 1]; k++) {
      const next = to[out.list[k]];
      if (port[next] <= 0) most = Math.min(most, rank[next] - 1);
    }
    return most === Infinity ? rank[box] : most;
  };
  for (const box of sorted) rank[box] = earliest(box);

  const tighten = (box: number) => {
    if (port[box] !== 0) return false;
    // What a port gives comes down to where it is used: its line is there anyway.
    let ins = 0;
    for (let k = into.start[box]; k < into.start[box + 1]; k++) {
      if (port[from[into.list[k]]] === 0) ins++;
    }
    const outs = out.start[box + 1] - out.start[box];
    const wanted = outs > ins ? latest(box) : ins > outs ? earliest(box) : rank[box];
    const moved = wanted !== rank[box];
    rank[box] = wanted;
    return moved;
  };
  for (let pass = 0, moved = true; moved && pass < 4; pass++) {
    moved = false;
    for (let i = boxes - 1; i >= 0; i--) moved = tighten(sorted[i]) || moved;
    for (let i = 0; i < boxes; i++) moved = tighten(sorted[i]) || moved;
  }

  const inner = sorted.filter((box) => port[box] === 0);
  // The box that it hangs on: what feeds it, else what it feeds.
  const sourceOf = (box: number) => {
    if (into.start[box] < into.start[box + 1]) return from[into.list[into.start[box]]];
    return out.start[box] < out.start[box + 1] ? to[out.list[out.start[box]]] : -1;
  };
  deal(inner, rank, width, room, sourceOf);
  const last = inner.reduce((most, box) => Math.max(most, rank[box]), first - 1);
  for (let box = 0; box < boxes; box++) if (port[box] > 0) rank[box] = last + 1;
  return rank;
}

function topological(work: Work, into: Adjacency, out: Adjacency): Int32Array {
  const waiting = new Int32Array(work.boxes);
  const sorted = new Int32Array(work.boxes);
  let filled = 0;
  for (let box = 0; box < work.boxes; box++) {
    waiting[box] = into.start[box + 1] - into.start[box];
    if (waiting[box] === 0) sorted[filled++] = box;
  }
  for (let i = 0; i < filled; i++) {
    for (let k = out.start[sorted[i]]; k < out.start[sorted[i] + 1]; k++) {
      const to = work.to[out.list[k]];
      if (--waiting[to] === 0) sorted[filled++] = to;
    }
  }
  return sorted;
}

/** Deals ranks that are wider than `room` out over several, each source's boxes evenly. */
function deal(
  boxes: Int32Array,
  rank: Int32Array,
  width: Float64Array,
  room: number,
  sourceOf: (box: number) => number,
): void {
  const last = boxes.reduce((most, box) => Math.max(most, rank[box]), -1);
  const ranks: number[][] = Array.from({ length: last + 1 }, () => []);
  for (const box of boxes.slice().sort()) ranks[rank[box]].push(box);
  let shift = 0;
  for (const members of ranks) {
    const wide = members.reduce((sum, box) => sum + width[box] + space.sibling, -space.sibling);
    const rows = Math.max(1, Math.ceil(wide / room));
    const used = new Float64Array(rows);
    const family = new Map<number, number[]>();
    for (const box of members) {
      const source = sourceOf(box);
      if (source >= 0 && family.has(source)) family.get(source)!.push(box);
      else family.set(source >= 0 ? source : -2 - box, [box]);
    }
    for (const siblings of family.values()) {
      siblings.forEach((box, i) => {
        const even = Math.floor((i * rows) / siblings.length);
        const row = siblings.length < rows ? used.indexOf(Math.min(...used)) : even;
        used[row] += width[box] + space.sibling;
        rank[box] += shift + row;
      });
    }
    shift += rows - 1;
  }
}

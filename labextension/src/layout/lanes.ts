/** Lanes of a program with gradients: forward runs down, backward up, update stands beside them.
 * Boxes of one row stand in one rank; the rest find theirs by their relations within their lane. */

import type { LayoutBox } from "./types";
import { Flow, type Work } from "./work";

export type LaneId = 1 | 2 | 3;

export function laneOf(boxes: readonly LayoutBox[], work: Work): LaneId[] {
  const lane: (0 | LaneId)[] = boxes.map((box) => box.lane);
  // Boxes of no lane go where their values go or come from; what backward makes, update takes.
  for (let changed = true; changed; ) {
    changed = false;
    for (let e = 0; e < work.edges; e++) {
      if (work.flow[e] === Flow.none) continue;
      const [a, b] = [work.from[e], work.to[e]];
      if (lane[a] === 0 && lane[b] !== 0) lane[a] = lane[b];
      else if (lane[b] === 0 && lane[a] !== 0) lane[b] = lane[a] === 2 ? 3 : lane[a];
      else continue;
      changed = true;
    }
  }
  return lane.map((given) => given || 1);
}

/** The rank of each box. */
export function laneRanks(
  boxes: readonly LayoutBox[],
  work: Work,
  lane: readonly LaneId[],
): Int32Array {
  const inner = boxes.map((_, box) => box).filter((box) => work.port[box] === 0);
  const row = shareRows(boxes, work, lane, inner);
  const rank = rankRows(work, lane, row, inner);
  rankUpdate(work, lane, rank, inner);
  const first = work.port.includes(-1) ? 1 : 0;
  let last = first - 1;
  for (const box of inner) {
    rank[box] += first;
    last = Math.max(last, rank[box]);
  }
  for (let box = 0; box < work.boxes; box++) {
    if (work.port[box] !== 0) rank[box] = work.port[box] < 0 ? 0 : last + 1;
  }
  return rank;
}

/** Which boxes of forward and backward share a rank: those of a row, unless one feeds another of
 * its lane. A number for each box; -1 for other boxes. */
function shareRows(
  boxes: readonly LayoutBox[],
  work: Work,
  lane: readonly LaneId[],
  inner: readonly number[],
): Int32Array {
  const row = new Int32Array(work.boxes).fill(-1);
  const fed = new Uint8Array(work.boxes);
  for (let e = 0; e < work.edges; e++) {
    const [a, b] = [work.from[e], work.to[e]];
    if (work.flow[e] !== Flow.forward || lane[a] !== lane[b]) continue;
    if (boxes[a].row === boxes[b].row) fed[lane[a] === 2 ? a : b] = 1;
  }
  const known = new Map<string, number>();
  let count = 0;
  for (const box of inner) {
    if (lane[box] === 3) continue;
    const name = boxes[box].row;
    if (name === "" || fed[box]) row[box] = count++;
    else {
      if (!known.has(name)) known.set(name, count++);
      row[box] = known.get(name)!;
    }
  }
  return row;
}

/** Longest paths over rows, forward's edges down and backward's up; forward's come first where
 * they don't agree. */
function rankRows(
  work: Work,
  lane: readonly LaneId[],
  row: Int32Array,
  inner: readonly number[],
): Int32Array {
  const count = row.reduce((most, r) => Math.max(most, r + 1), 0);
  const after: { to: number; lane: LaneId }[][] = Array.from({ length: count }, () => []);
  const waiting = Array.from({ length: count }, () => [0, 0]); // for forward's, for backward's
  const linked = new Uint8Array(count);
  for (let e = 0; e < work.edges; e++) {
    const [a, b] = [work.from[e], work.to[e]];
    if (work.flow[e] !== Flow.forward || lane[a] !== lane[b] || lane[a] === 3) continue;
    const [above, below] = lane[a] === 1 ? [row[a], row[b]] : [row[b], row[a]];
    if (above < 0 || below < 0 || above === below) continue;
    after[above].push({ to: below, lane: lane[a] });
    waiting[below][lane[a] - 1]++;
    linked[above] = linked[below] = 1;
  }
  const depth = new Int32Array(count);
  const left = new Set(depth.keys());
  const sorted: number[] = [];
  while (left.size > 0) {
    let next = -1;
    let least = Infinity;
    for (const r of left) {
      const cost = waiting[r][0] * 1000 + waiting[r][1];
      if (cost < least) [next, least] = [r, cost];
      if (cost === 0) break;
    }
    left.delete(next);
    sorted.push(next);
    for (const { to, lane } of after[next]) {
      waiting[to][lane - 1]--;
      if (left.has(to)) depth[to] = Math.max(depth[to], depth[next] + 1);
    }
  }
  // What nothing is above moves down to what it stands over.
  const below = new Uint8Array(count);
  for (const list of after) for (const { to } of list) below[to] = 1;
  for (const r of sorted.reverse()) {
    if (below[r] || after[r].length === 0) continue;
    const least = after[r].reduce((least, { to }) => Math.min(least, depth[to] - 1), Infinity);
    depth[r] = Math.max(depth[r], least);
  }
  const rank = new Int32Array(work.boxes);
  for (const box of inner) if (row[box] >= 0) rank[box] = depth[row[box]];
  // What has no relation within its lane stands by what it has one with in another.
  const neighbours: number[][] = inner.map(() => []);
  const place = new Map(inner.map((box, i) => [box, i]));
  for (let e = 0; e < work.edges; e++) {
    const [a, b] = [work.from[e], work.to[e]];
    if (work.flow[e] === Flow.none || row[a] < 0 || row[b] < 0) continue;
    if (place.has(a)) neighbours[place.get(a)!].push(rank[b]);
    if (place.has(b)) neighbours[place.get(b)!].push(rank[a]);
  }
  inner.forEach((box, i) => {
    if (row[box] < 0 || linked[row[box]] || neighbours[i].length === 0) return;
    if (inner.some((other) => other !== box && row[other] === row[box])) return;
    rank[box] = middleOf(neighbours[i]);
  });
  return rank;
}

/** Update: a box to a row, near what feeds it, in the order of its own edges. */
function rankUpdate(
  work: Work,
  lane: readonly LaneId[],
  rank: Int32Array,
  inner: readonly number[],
): void {
  const updates = inner.filter((box) => lane[box] === 3);
  const others = inner.filter((box) => lane[box] !== 3);
  const ranks = others.reduce((most, box) => Math.max(most, rank[box] + 1), 0);
  const fill = ranks === 0 ? 1 : Math.max(1, Math.ceil(updates.length / Math.max(ranks, 12)));
  const used: number[] = [];
  const feeders = new Map<number, { from: number; weight: number }[]>(
    updates.map((box) => [box, []]),
  );
  const fedBy = (box: number) => feeders.get(box)!;
  for (let e = 0; e < work.edges; e++) {
    if (work.flow[e] !== Flow.forward || !feeders.has(work.to[e])) continue;
    fedBy(work.to[e]).push({ from: work.from[e], weight: work.weight[e] });
  }
  const done = new Set<number>();
  const put = (box: number) => {
    let least = 0;
    // Gradients say where it belongs, then what else feeds it; of these the widest lines.
    const near: { from: number; weight: number }[] = [];
    for (const feeder of fedBy(box)) {
      const { from } = feeder;
      if (lane[from] !== 3) {
        if (work.port[from] === 0) near.push(feeder);
      } else if (done.has(from)) least = Math.max(least, rank[from] + 1);
    }
    const gradients = near.filter(({ from }) => lane[from] === 2);
    const feeding = gradients.length > 0 ? gradients : near;
    const widest = feeding.reduce((most, { weight }) => Math.max(most, weight), 0);
    const rows = feeding.filter(({ weight }) => weight === widest).map(({ from }) => rank[from]);
    const wanted = Math.max(least, rows.length > 0 ? middleOf(rows) : least);
    const free = (r: number) => r >= least && (used[r] ?? 0) < fill;
    let off = 0;
    while (!free(wanted - off) && !free(wanted + off)) off++;
    rank[box] = free(wanted - off) ? wanted - off : wanted + off;
    used[rank[box]] = (used[rank[box]] ?? 0) + 1;
    done.add(box);
  };
  // Those that nothing left of this lane feeds, first; edges back don't count.
  const waiting = new Map(
    updates.map((box) => [box, fedBy(box).filter(({ from }) => lane[from] === 3).length]),
  );
  const readers = new Map<number, number[]>(updates.map((box) => [box, []]));
  for (const box of updates) {
    for (const { from } of fedBy(box)) readers.get(from)?.push(box);
  }
  const ready = updates.filter((box) => waiting.get(box) === 0);
  for (const box of ready) {
    put(box);
    for (const reader of readers.get(box)!) {
      waiting.set(reader, waiting.get(reader)! - 1);
      if (waiting.get(reader) === 0) ready.push(reader);
    }
  }
}

function middleOf(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[(numbers.length - 1) >> 1];
}

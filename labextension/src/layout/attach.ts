/** Where edges end on boxes. On the side that a box gives from, they share one place, so that a
 * value with many readers is one trunk; on the side that it takes on, each has its own, straight
 * below where it comes from if it can. */

import type { Stub } from "./across";
import type { Column } from "./columns";
import { space } from "./space";
import { Line } from "./tracks";

/** The upright lines of each segment's ends. */
export interface Ends {
  readonly upper: readonly Line[];
  readonly lower: readonly Line[];
  /** Segments that share the line in their channel have the same key. */
  readonly key: readonly string[];
}

interface Arrival {
  /** Where it comes from. */
  readonly from: number;
  readonly put: (line: Line) => void;
}

/** `left`: x of the column. `stubs`: of edges across that end at boxes of this column. */
export function attach(
  column: Column,
  name: number,
  left: number,
  stubs: readonly Stub[],
  local: Int32Array,
): Ends {
  const { layers, placing, up: flip } = column;
  const { size, segments, boxes, width, upper, lower, up, down } = layers;
  const [giving, taking] = flip ? [up, down] : [down, up];
  const [givers, takers] = flip ? [lower, upper] : [upper, lower];
  const [giveAt, takeAt] = flip
    ? [layers.lowerAt, layers.upperAt]
    : [layers.upperAt, layers.lowerAt];
  const middle = placing.middle.map((at) => at + left);
  const give: Line[] = new Array(segments);
  const take: Line[] = new Array(segments);
  const key: string[] = new Array(segments);
  const lines = Array.from(middle, line);
  const degree = (list: typeof up, node: number) => list.start[node + 1] - list.start[node];

  for (let node = 0; node < size; node++) {
    for (let k = giving.start[node]; k < giving.start[node + 1]; k++) {
      const s = giving.list[k];
      const to = takers[s];
      key[s] = Number.isNaN(giveAt[s]) ? `${name} ${node}` : `${name} ${node} ${giveAt[s]}`;
      if (width[node] === 0) give[s] = lines[node];
      else if (!Number.isNaN(giveAt[s])) give[s] = line(middle[node] + giveAt[s]);
      else {
        // A box with one reader gives to it straight, where that is below a part of it.
        const free = Number.isNaN(takeAt[s]);
        const wanted = middle[to] + (free ? 0 : takeAt[s]);
        const reaches = free && width[to] > 0 && within(to, middle[node]);
        if (degree(giving, node) === 1 && !reaches && within(node, wanted)) {
          lines[node].at = wanted;
        }
        give[s] = lines[node];
      }
      if (width[to] === 0) take[s] = lines[to];
      if (width[to] === 0 && degree(taking, to) > 1 && degree(giving, node) === 1) {
        key[s] = `${name} ${to} taking`;
      }
    }
  }
  const arrivals: Arrival[][] = boxes.map(() => []);
  const turned: Arrival[][] = boxes.map(() => []);
  boxes.forEach((_, node) => {
    for (let k = taking.start[node]; k < taking.start[node + 1]; k++) {
      const s = taking.list[k];
      if (!Number.isNaN(takeAt[s])) take[s] = line(middle[node] + takeAt[s]);
      else {
        const put = (line: Line) => {
          take[s] = line;
        };
        arrivals[node].push({ from: give[s].at, put });
      }
    }
  });
  for (const stub of stubs) {
    const node = local[stub.box];
    const put = (line: Line) => {
      stub.line.at = line.at;
    };
    const given = !Number.isNaN(stub.at);
    const usual = (stub.side === "bottom") !== flip;
    if (given) stub.line.at = middle[node] + stub.at;
    else if (stub.leaves && usual) stub.line.at = lines[node].at;
    else (usual ? turned : arrivals)[node].push({ from: stub.toward.at, put });
  }
  boxes.forEach((_, node) => {
    spread(node, arrivals[node], degree(taking, node));
    for (const { put } of turned[node]) put(line(middle[node] + width[node] / 4));
  });
  return flip ? { upper: take, lower: give, key } : { upper: give, lower: take, key };

  function within(node: number, at: number): boolean {
    return Math.abs(at - middle[node]) <= width[node] / 2 - space.passing;
  }

  /** Gives each arrival its place: the straight ones theirs, the others evenly beside them. */
  function spread(node: number, list: Arrival[], segmentsHere: number): void {
    list.sort((a, b) => a.from - b.from);
    const room = width[node] - 2 * space.passing;
    if (list.length > 1 && room / (list.length - 1) < space.track) {
      // Too many to tell apart: they arrive as one.
      const shared = line(middle[node]);
      for (const { put } of list) put(shared);
      if (segmentsHere > 1) {
        for (let k = taking.start[node]; k < taking.start[node + 1]; k++) {
          const s = taking.list[k];
          if (degree(giving, givers[s]) === 1) key[s] = `${name} ${node} taking`;
        }
      }
      return;
    }
    const low = middle[node] - width[node] / 2;
    const places = new Array<number>(list.length).fill(NaN);
    let last = -Infinity;
    list.forEach(({ from }, i) => {
      const before = i + 1;
      const after = list.length - i;
      const fits =
        from >= low + space.track * before && from <= low + width[node] - space.track * after;
      if (!fits || !within(node, from) || from < last + space.track) return;
      places[i] = from;
      last = from;
    });
    for (let i = 0; i < places.length; i++) {
      if (!Number.isNaN(places[i])) continue;
      let end = i;
      while (end < places.length && Number.isNaN(places[end])) end++;
      const from = i === 0 ? low : places[i - 1];
      const to = end === places.length ? low + width[node] : places[end];
      for (let k = i; k < end; k++) places[k] = from + ((to - from) * (k - i + 1)) / (end - i + 1);
      i = end;
    }
    list.forEach(({ put }, i) => {
      put(line(places[i]));
    });
  }
}

function line(at: number): Line {
  const found = new Line();
  found.at = at;
  return found;
}

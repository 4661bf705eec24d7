/** Layout of one level: layered, component by component (Sugiyama's method), in pure arithmetic. */

import { type Columns, makeColumns } from "./columns";
import { draw, type Piece } from "./draw";
import { gridLayout } from "./grid";
import { type LaneId, laneOf, laneRanks } from "./lanes";
import { pack, packGrid } from "./pack";
import { assignRanks } from "./ranks";
import { space } from "./space";
import type { LayOut, Layout, LayoutInput } from "./types";
import { breakCycles, components, Flow, prepare, type Work } from "./work";
import { tooHigh, wrapCuts } from "./wrap";

/** Above these a level is no picture any more: it is laid out as a plain grid. */
const mostBoxes = 2000;
const mostBends = 40_000;
/** Below this lanes stand closer together. */
const narrow = 800;

export const layOut: LayOut = (input) => {
  const work = prepare(input);
  const room = input.targetWidth > 0 ? Math.min(input.targetWidth, 1e5) : 800;
  if (work.boxes > mostBoxes) return gridLayout(work, room);
  breakCycles(work);
  return input.lanes ? layLanes(input, work, room) : layComponents(work, room);
};

function layLanes(input: LayoutInput, work: Work, room: number): Layout {
  const lane = laneOf(input.boxes, work);
  const rank = laneRanks(input.boxes, work, lane);
  if (bends(work, rank) > mostBends) return gridLayout(work, room);
  const used = ([1, 2, 3] as const).filter((id) => lane.includes(id));
  const column = Int32Array.from(lane, (id) => used.indexOf(id));
  const up = used.map((id) => id === 2);
  const gap = room < narrow ? space.laneNarrow : space.lane;
  const piece = draw(makeColumns(work, rank, column, up, gap), 0);
  const lanes = used.map((lane: LaneId, i) => ({ lane, ...piece.columns[i] }));
  return {
    width: piece.width,
    height: piece.height,
    x: piece.x,
    y: piece.y,
    routes: piece.routes.map(tidy),
    lanes,
  };
}

function layComponents(work: Work, room: number): Layout {
  const x = new Float64Array(work.boxes);
  const y = new Float64Array(work.boxes);
  const routes: Float64Array[] = Array.from({ length: work.edges }, () => new Float64Array());
  const parts = split(work);
  const isPorted = (part: Part) => part.work.port.some((port) => port !== 0);
  const isSingle = (part: Part) => part.work.boxes === 1 && part.work.edges === 0;

  // Ports stand on the level's edges: what they hold together goes from its top to its bottom,
  // the rest is beside it. Boxes without edges are kept together.
  const ported = parts.find(isPorted);
  const others = parts.filter((part) => part !== ported && !isSingle(part));
  const singles = parts.filter((part) => part !== ported && isSingle(part));
  const pieces: Piece[] = [];
  for (const part of others) {
    const piece = layComponent(part.work, room, 0);
    if (!piece) return gridLayout(work, room);
    pieces.push(piece);
  }
  let first = ported && layComponent(ported.work, room, 0);
  if (ported && !first) return gridLayout(work, room);
  const beside = first ?? { width: 0, height: 0 };
  const sizes = singles.map(({ work }) => ({ width: work.width[0], height: work.height[0] }));
  const grid = packGrid(sizes, space.sibling, room);
  const all = singles.length > 0 ? [...pieces, grid] : pieces;
  const packing = pack(all, space.component, room, beside);
  if (ported && packing.height > beside.height) {
    first = layComponent(ported.work, room, packing.height);
  }

  const put = (part: Part, piece: Piece, dx: number, dy: number) => {
    part.boxes.forEach((box, i) => {
      x[box] = piece.x[i] + dx;
      y[box] = piece.y[i] + dy;
    });
    part.edges.forEach((edge, i) => {
      routes[edge] = tidy(piece.routes[i].map((at, k) => at + (k % 2 === 0 ? dx : dy)));
    });
  };
  const left = first && all.length > 0 ? first.width + space.component : beside.width;
  if (ported && first) put(ported, first, 0, 0);
  others.forEach((part, i) => {
    put(part, pieces[i], left + packing.x[i], packing.y[i]);
  });
  singles.forEach(({ boxes: [box] }, i) => {
    x[box] = left + packing.x[others.length] + grid.x[i];
    y[box] = packing.y[others.length] + grid.y[i];
  });
  const width = left + packing.width;
  return { width, height: Math.max(beside.height, packing.height), x, y, routes, lanes: [] };
}

/** Undefined where it would be more bends than a picture can hold. */
function layComponent(work: Work, room: number, leastHeight: number): Piece | undefined {
  let area = 0;
  let widest = 0;
  for (let box = 0; box < work.boxes; box++) {
    area += (work.width[box] + space.sibling) * (work.height[box] + space.rank);
    widest = Math.max(widest, work.width[box]);
  }
  const usual = Math.min(Math.max(room, Math.sqrt(0.8 * area)), Math.sqrt(2.6 * area));
  const rank = assignRanks(work, Math.max(usual, widest, Math.min(room, 900)));
  if (bends(work, rank) > mostBends) return undefined;
  const whole = draw(makeColumns(work, rank, new Int32Array(work.boxes), [false], 0), leastHeight);
  if (!tooHigh(whole.width, whole.height)) return whole;
  const cuts = wrapCuts(work, rank, room);
  const wrapped = draw(cutAt(work, rank, cuts), leastHeight);
  const wins = wrapped.width * wrapped.height < 2 * whole.width * whole.height;
  return cuts.length > 0 && wins ? wrapped : whole;
}

/** Columns side by side, each from one cut to the next. Ports stay on the first and last rank. */
function cutAt(work: Work, whole: Int32Array, cuts: readonly number[]): Columns {
  const first = work.port.includes(-1) ? 1 : 0;
  const column = new Int32Array(work.boxes);
  const rank = whole.slice();
  for (let box = 0; box < work.boxes; box++) {
    while (column[box] < cuts.length && whole[box] >= cuts[column[box]]) column[box]++;
    if (column[box] > 0) rank[box] += first - cuts[column[box] - 1];
  }
  const last = rank.reduce((most, r) => Math.max(most, r), 0);
  for (let box = 0; box < work.boxes; box++) if (work.port[box] > 0) rank[box] = last;
  return makeColumns(work, rank, column, [false, ...cuts.map(() => false)], 0);
}

function bends(work: Work, rank: Int32Array): number {
  const longest = new Int32Array(work.boxes);
  for (let e = 0; e < work.edges; e++) {
    if (work.flow[e] !== Flow.forward) continue;
    const [a, b] = [work.from[e], work.to[e]];
    longest[a] = Math.max(longest[a], Math.abs(rank[b] - rank[a]));
  }
  return longest.reduce((sum, length) => sum + length, 0);
}

/** A component as a level of its own, and which boxes and edges of the whole it has. */
interface Part {
  readonly work: Work;
  readonly boxes: readonly number[];
  readonly edges: readonly number[];
}

function split(work: Work): Part[] {
  const { count, of } = components(work);
  const boxes: number[][] = Array.from({ length: count }, () => []);
  const edges: number[][] = Array.from({ length: count }, () => []);
  const local = new Int32Array(work.boxes);
  for (let box = 0; box < work.boxes; box++) local[box] = boxes[of[box]].push(box) - 1;
  for (let e = 0; e < work.edges; e++) {
    if (work.flow[e] !== Flow.none) edges[of[work.from[e]]].push(e);
  }
  return boxes.map((own, c) => ({
    boxes: own,
    edges: edges[c],
    work: {
      boxes: own.length,
      width: Float64Array.from(own, (box) => work.width[box]),
      height: Float64Array.from(own, (box) => work.height[box]),
      port: Int8Array.from(own, (box) => work.port[box]),
      edges: edges[c].length,
      from: Int32Array.from(edges[c], (e) => local[work.from[e]]),
      to: Int32Array.from(edges[c], (e) => local[work.to[e]]),
      fromAt: Float64Array.from(edges[c], (e) => work.fromAt[e]),
      toAt: Float64Array.from(edges[c], (e) => work.toAt[e]),
      weight: Float64Array.from(edges[c], (e) => work.weight[e]),
      flow: Uint8Array.from(edges[c], (e) => work.flow[e]),
    },
  }));
}

/** A route without points that are on the way between their neighbours. */
function tidy(route: Float64Array): Float64Array {
  const kept: number[] = [];
  for (let i = 0; i < route.length; i += 2) {
    const [x, y] = [route[i], route[i + 1]];
    const n = kept.length;
    const same = n >= 2 && kept[n - 2] === x && kept[n - 1] === y;
    if (same && i + 2 < route.length) continue;
    const upright = n >= 4 && kept[n - 4] === kept[n - 2] && kept[n - 2] === x;
    const level = n >= 4 && kept[n - 3] === kept[n - 1] && kept[n - 1] === y;
    if (upright || level) kept.length -= 2;
    kept.push(x, y);
  }
  return Float64Array.from(kept);
}

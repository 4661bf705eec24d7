/** Columns side by side, with ranks in common: the lanes of a train step, the pieces of a wrapped
 * chain, or just one. Edges within a column follow its direction; all others leave by the side. */

import { type Layers, makeLayers } from "./layers";
import { type Order, orderRanks } from "./order";
import { type Placing, placeAcross } from "./place";
import { Flow, type Work } from "./work";

export interface Column {
  readonly layers: Layers;
  readonly order: Order;
  readonly placing: Placing;
  /** Its edges run upwards. */
  readonly up: boolean;
  /** Of each rank its outermost boxes, in the component's numbers; -1 where it has none. */
  readonly first: Int32Array;
  readonly last: Int32Array;
}

export interface Columns {
  readonly work: Work;
  readonly ranks: number;
  readonly rank: Int32Array;
  readonly columns: readonly Column[];
  /** Of each box, its column and its number there. */
  readonly column: Int32Array;
  readonly local: Int32Array;
  /** The edges that leave their column's flow. */
  readonly across: readonly number[];
  /** The least distance between lanes; 0 where the columns are none. */
  readonly laneGap: number;
}

/** Deals the boxes to columns by `column`; `up` says which of these run upwards. */
export function makeColumns(
  work: Work,
  rank: Int32Array,
  column: Int32Array,
  up: readonly boolean[],
  laneGap: number,
): Columns {
  const ranks = rank.reduce((most, r) => Math.max(most, r + 1), 0);
  const boxes: number[][] = up.map(() => []);
  const edges: number[][] = up.map(() => []);
  const across: number[] = [];
  const local = new Int32Array(work.boxes);
  for (let box = 0; box < work.boxes; box++) local[box] = boxes[column[box]].push(box) - 1;
  for (let e = 0; e < work.edges; e++) {
    if (work.flow[e] === Flow.self || work.flow[e] === Flow.none) continue;
    const [a, b] = [work.from[e], work.to[e]];
    const down = rank[b] - rank[a];
    // Places on a box are given for its bottom and its top in turn: they don't fit a flow upwards.
    const free = Number.isNaN(work.fromAt[e]) && Number.isNaN(work.toAt[e]);
    const along = up[column[a]] ? down < 0 && free : down > 0;
    if (along && column[a] === column[b] && work.flow[e] === Flow.forward) edges[column[a]].push(e);
    else across.push(e);
  }
  const columns = up.map((up, c): Column => {
    const layers = makeLayers(work, boxes[c], rank, ranks, edges[c], up);
    const order = orderRanks(layers);
    const real = order.map((row) => row.filter((node) => node < boxes[c].length));
    return {
      layers,
      order,
      placing: placeAcross(layers, order),
      up,
      first: Int32Array.from(real, (row) => (row.length > 0 ? boxes[c][row[0]] : -1)),
      last: Int32Array.from(real, (row) => (row.length > 0 ? boxes[c][row[row.length - 1]] : -1)),
    };
  });
  return { work, ranks, rank, columns, column, local, across, laneGap };
}

/** Edges of a level: one per pair of boxes, and which of them are drawn at rest. */

import type { Graph, ValueId } from "../graph";
import type { Chip, LevelEdge } from "../level";
import { Digraph, ordered, reduction } from "./digraph";
import { valuesText } from "./titles";
import type { Read } from "./units";

/** A box read by more boxes than this is not joined to them: they say whom they read. */
const HUB = 8;
/** Edges a box between groups, above which only those are drawn that no path replaces. */
const DENSE = 1.5;

type Kind = LevelEdge["kind"];

interface Gathered {
  readonly from: number;
  readonly to: number;
  readonly values: ValueId[];
  readonly kind: Kind;
  bytes: number;
  hub: boolean;
  rest: boolean;
}

/** What edges must know of a box. */
export interface End {
  readonly title: string;
  /** An op without an inside. */
  readonly leaf: boolean;
  readonly row: string;
  readonly lane: number;
}

export class Edges {
  private readonly byEnds = new Map<string, Gathered>();
  private readonly counted = new Map<Gathered, Set<ValueId>>();

  constructor(private readonly graph: Graph) {}

  /** A value that one box reads of another; kinds are drawn apart. */
  read(from: number, to: number, { source, value }: Read, kind?: Kind): void {
    if (from === to && kind !== "again") return;
    const type = this.graph.valueType(source);
    const edge = this.edge(from, to, kind ?? (type.kind === "token" ? "effect" : "data"));
    const counted = this.counted.get(edge) as Set<ValueId>;
    // Of a tuple only the elements that are read count.
    const part = type.kind === "tuple" ? value : source;
    if (counted.has(part)) return;
    counted.add(part);
    edge.bytes += this.graph.bytes(part);
    if (!edge.values.includes(source)) edge.values.push(source);
  }

  order(from: number, to: number, kind: Kind): void {
    if (from !== to) this.edge(from, to, kind);
  }

  private edge(from: number, to: number, kind: Kind): Gathered {
    const key = `${from}>${to}${kind === "data" ? "" : kind}`;
    let edge = this.byEnds.get(key);
    if (edge === undefined) {
      edge = { from, to, values: [], kind, bytes: 0, hub: false, rest: true };
      this.byEnds.set(key, edge);
      this.counted.set(edge, new Set());
    }
    return edge;
  }

  /** Decide what is drawn at rest; the rest becomes chips on the boxes. */
  settle(ends: readonly End[]): { edges: LevelEdge[]; chips: Map<number, Chip[]> } {
    const all = [...this.byEnds.values()];
    const largest = largestOf(all);
    this.cutHubs(all, ends.length);
    thin(all, ends);
    if (largest) largest.rest = true;
    for (const edge of all) {
      const { row, lane } = ends[edge.from];
      const across = row !== "" && row === ends[edge.to].row && lane !== ends[edge.to].lane;
      if (across && !edge.hub) edge.rest = true;
    }
    const edges = all.map(
      (edge): LevelEdge => ({
        from: edge.from,
        to: edge.to,
        values: edge.values,
        bytes: edge.bytes,
        rest: edge.rest,
        kind: edge.kind,
        label: edge.values.length > 0 ? valuesText(this.graph, edge.values) : "",
        largest: edge === largest,
      }),
    );
    return { edges, chips: chipsOf(all, ends) };
  }

  private cutHubs(all: readonly Gathered[], boxes: number): void {
    const readers = new Int32Array(boxes);
    for (const edge of all) if (edge.kind === "data") readers[edge.from]++;
    for (const edge of all) {
      if (edge.kind === "data" && readers[edge.from] > HUB) {
        edge.hub = true;
        edge.rest = false;
      }
    }
  }
}

/** The edge that carries most, where one does. */
function largestOf(all: readonly Gathered[]): Gathered | null {
  let largest: Gathered | null = null;
  let alike = 0;
  for (const edge of all) {
    if (edge.kind !== "data" || !(edge.bytes > 0)) continue;
    if (largest === null || edge.bytes > largest.bytes) {
      largest = edge;
      alike = 1;
    } else if (edge.bytes === largest.bytes) alike++;
  }
  return alike <= 2 ? largest : null;
}

/** Between groups, where there are many edges, leave those that a path of others replaces. */
function thin(all: readonly Gathered[], ends: readonly End[]): void {
  const drawn = all.filter((edge) => edge.rest && edge.kind !== "again" && edge.kind !== "back");
  const grouped = drawn.filter((edge) => !(ends[edge.from].leaf && ends[edge.to].leaf));
  if (grouped.length === 0 || drawn.length <= DENSE * ends.length) return;
  const graph = new Digraph(
    ends.length,
    drawn.map((edge) => edge.from),
    drawn.map((edge) => edge.to),
  );
  const { order, closing } = ordered(
    graph,
    Int32Array.from(ends, (_, at) => at),
  );
  if (closing.size > 0) return;
  const kept = reduction(graph, order);
  const needed = new Set<number>();
  for (let u = 0; u < graph.n; u++) {
    for (let e = graph.next.start[u]; e < graph.next.start[u + 1]; e++) {
      if (kept[e]) needed.add(u * graph.n + graph.next.to[e]);
    }
  }
  for (const edge of grouped) {
    if (!needed.has(edge.from * graph.n + edge.to)) edge.rest = false;
  }
}

/** Readers of hubs say whom they read; other edges that aren't drawn are counted at both ends. */
function chipsOf(all: readonly Gathered[], ends: readonly End[]): Map<number, Chip[]> {
  const chips = new Map<number, Chip[]>();
  const hidden = new Map<number, number[]>();
  const put = (box: number, chip: Chip) => {
    const list = chips.get(box);
    if (list) list.push(chip);
    else chips.set(box, [chip]);
  };
  const count = (box: number, edge: number) => {
    const list = hidden.get(box);
    if (list) list.push(edge);
    else hidden.set(box, [edge]);
  };
  all.forEach((edge, place) => {
    if (edge.rest) return;
    count(edge.from, place);
    if (edge.hub) {
      put(edge.to, {
        text: ends[edge.from].title,
        kind: "ref",
        values: edge.values,
        edges: [place],
      });
    } else count(edge.to, place);
  });
  for (const [box, edges] of hidden) {
    const values = [...new Set(edges.flatMap((place) => all[place].values))];
    put(box, { text: `+${edges.length}`, kind: "edges", values, edges });
  }
  return chips;
}

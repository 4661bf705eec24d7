/** Edges of a level: one per pair of boxes, and which of them are drawn at rest. */

import type { Graph, ValueId } from "../graph";
import type { Chip, LevelEdge } from "../level";
import { Digraph, ordered, reduction } from "./digraph";
import { put } from "./lists";
import { valuesText } from "./titles";
import type { Read } from "./units";

/** A box read by more boxes than this is not joined to them: they say whom they read. */
const HUB = 8;
/** The same for a port that values leave by: what is kept for the backward pass comes from all
 * over. */
const OUTLET = 4;
/** Chips on a box that say whom it reads; more are counted. */
const MOST_REFS = 3;
/** What more boxes than this share isn't said on each: it is only counted. */
const CROWD = 24;
/** Edges a box between groups, above which only those are drawn that no path replaces. */
const DENSE = 1.5;

type Kind = LevelEdge["kind"];
const KINDS: readonly Kind[] = ["data", "effect", "control", "again", "back"];

/** A set of numbers that mostly has one: most edges carry one value. */
class Few {
  private first = -1;
  private rest: Set<number> | null = null;

  has(value: number): boolean {
    return value === this.first || (this.rest?.has(value) ?? false);
  }

  add(value: number): void {
    if (this.first < 0) this.first = value;
    else {
      this.rest ??= new Set();
      this.rest.add(value);
    }
  }
}

interface Gathered {
  readonly from: number;
  readonly to: number;
  readonly values: ValueId[];
  /** What is counted in bytes already. */
  readonly parts: Few;
  readonly kind: Kind;
  bytes: number;
  /** Which end is joined to too many others. */
  cut: "" | "source" | "outlet" | "crowd";
  rest: boolean;
}

/** What edges must know of a box. */
export interface End {
  readonly title: string;
  /** An op without an inside. */
  readonly leaf: boolean;
  readonly row: string;
  readonly lane: number;
  /** A port at the bottom. */
  readonly outlet: boolean;
}

export class Edges {
  private readonly byEnds = new Map<number, Gathered>();

  constructor(private readonly graph: Graph) {}

  /** A value that one box reads of another; kinds are drawn apart. */
  read(from: number, to: number, { source, value }: Read, kind?: Kind): void {
    if (from === to && kind !== "again") return;
    const type = this.graph.valueType(source);
    const edge = this.edge(from, to, kind ?? (type.kind === "token" ? "effect" : "data"));
    // Of a tuple only the elements that are read count.
    const part = type.kind === "tuple" ? value : source;
    if (edge.parts.has(part)) return;
    edge.parts.add(part);
    edge.bytes += this.graph.bytes(part);
    if (part === source || !edge.values.includes(source)) edge.values.push(source);
  }

  order(from: number, to: number, kind: Kind): void {
    if (from !== to) this.edge(from, to, kind);
  }

  private edge(from: number, to: number, kind: Kind): Gathered {
    const key = (from * 0x100000 + to) * KINDS.length + KINDS.indexOf(kind);
    let edge = this.byEnds.get(key);
    if (edge === undefined) {
      edge = { from, to, values: [], parts: new Few(), kind, bytes: 0, cut: "", rest: true };
      this.byEnds.set(key, edge);
    }
    return edge;
  }

  /** Decide what is drawn at rest; the rest becomes chips on the boxes. */
  settle(ends: readonly End[]): { edges: LevelEdge[]; chips: Map<number, Chip[]> } {
    const all = [...this.byEnds.values()].sort((a, b) => a.from - b.from || a.to - b.to);
    this.cutHubs(all, ends);
    const largest = largestOf(all);
    thin(all, ends);
    if (largest) largest.rest = true;
    for (const edge of all) {
      const { row, lane } = ends[edge.from];
      const across = row !== "" && row === ends[edge.to].row && lane !== ends[edge.to].lane;
      if (across && edge.cut === "") edge.rest = true;
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

  private cutHubs(all: readonly Gathered[], ends: readonly End[]): void {
    const readers = new Int32Array(ends.length);
    const sources = new Int32Array(ends.length);
    for (const edge of all) {
      if (edge.kind !== "data") continue;
      readers[edge.from]++;
      sources[edge.to]++;
    }
    for (const edge of all) {
      if (edge.kind !== "data") continue;
      if (readers[edge.from] > HUB) edge.cut = readers[edge.from] > CROWD ? "crowd" : "source";
      else if (ends[edge.to].outlet && sources[edge.to] > OUTLET) {
        edge.cut = sources[edge.to] > CROWD ? "crowd" : "outlet";
      }
      if (edge.cut !== "") edge.rest = false;
    }
  }
}

/** The edge that carries most, where one does. */
function largestOf(all: readonly Gathered[]): Gathered | null {
  let largest: Gathered | null = null;
  let alike = 0;
  for (const edge of all) {
    if (edge.kind !== "data" || edge.cut !== "" || !(edge.bytes > 0)) continue;
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
  all.forEach((edge, place) => {
    if (edge.rest) return;
    const ref = (text: string): Chip => ({
      text,
      kind: "ref",
      values: edge.values,
      edges: [place],
    });
    if (edge.cut === "source") put(chips, edge.to, ref(ends[edge.from].title));
    else put(hidden, edge.to, place);
    if (edge.cut === "outlet") put(chips, edge.from, ref(`→ ${ends[edge.to].title}`));
    else put(hidden, edge.from, place);
  });
  for (const [box, list] of chips) {
    if (list.length <= MOST_REFS) continue;
    list.sort((a, b) => all[b.edges[0]].bytes - all[a.edges[0]].bytes);
    for (const { edges } of list.splice(MOST_REFS - 1)) put(hidden, box, edges[0]);
  }
  for (const [box, edges] of hidden) {
    const values = [...new Set(edges.flatMap((place) => all[place].values))];
    put(chips, box, { text: `+${edges.length}`, kind: "edges", values, edges });
  }
  return chips;
}

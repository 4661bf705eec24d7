import type { ReportPayload } from "../generated/payload";
import { attributed } from "./attribution";
import { decodeGraph } from "./decode_graph";
import { decodeFinding, withFindings } from "./findings";
import type { Finding, Graph, Lineage, NodeId, Overlay, Report, Source } from "./graph";
import { makeLineage } from "./lineage";
import { LineIndex, type Spot } from "./lines";
import { decodeTab, decodeTable } from "./tabs";

/** A checked payload (see `checkPayload`) as what the viewer shows. Stages are read when they are
 * first looked into. */
export function decodeReport(payload: ReportPayload): Report {
  return new ReportView(payload);
}

class ReportView implements Report {
  readonly title: string;
  readonly headline: readonly string[];
  readonly notes: readonly string[];
  readonly findings: readonly Finding[];
  readonly sources: readonly Source[];
  readonly stages: readonly Graph[];
  readonly tables: Report["tables"];
  readonly tabs: Report["tabs"];
  readonly ladder: Report["ladder"];
  readonly first: number;
  readonly depth: number | null;
  readonly #lineages: readonly Lineage[];
  readonly #lines: LineIndex[] = [];
  readonly #heat = new Map<Overlay, readonly ReadonlyMap<number, number>[]>();

  constructor(payload: ReportPayload) {
    this.title = payload.title;
    this.headline = payload.headline;
    this.notes = payload.notes;
    this.sources = payload.sources.map((source) => ({
      file: source.file,
      text: source.text,
      title: source.title,
      cellId: source.cell_id,
      lineOffset: source.line_offset,
    }));
    this.findings = payload.findings.map((each) => decodeFinding(each, this.sources));
    this.stages = payload.stages.map(decodeGraph);
    this.tables = payload.tables.map(decodeTable);
    this.tabs = withFindings(payload.tabs.map(decodeTab), this.findings);
    this.ladder = payload.ladder;
    this.first = payload.first;
    this.depth = payload.depth;
    this.#lineages = payload.links.map((links) =>
      makeLineage(links, this.stages[links.before].nodeCount, this.stages[links.after].nodeCount),
    );
  }

  counterparts(from: number, nodes: readonly NodeId[], to: number): readonly NodeId[] {
    if (from === to) return nodes;
    let found = new Set(nodes);
    const way = this.#way(from, to);
    for (const [step, stage] of way.entries()) {
      if (step === 0) continue;
      found = this.#step(way[step - 1], found, stage);
    }
    return way.length ? [...found] : [];
  }

  lineage(before: number, after: number): Lineage | null {
    const found = this.#lineages.find((each) => each.before === before && each.after === after);
    return found ?? null;
  }

  nodesAt(stage: number, source: number, line: number): readonly NodeId[] {
    return this.stages[stage] ? this.#linesOfStage(stage).nodesAt(source, line) : [];
  }

  linesOf(stage: number, nodes: readonly NodeId[]): readonly Spot[] {
    if (nodes.length === 0) return [];
    const index = this.#linesOfStage(stage);
    const found = new Set<Spot>();
    for (const node of nodes) {
      for (const inner of index.graph.isGroup(node) ? inside(index.graph, node) : [node]) {
        for (const spot of index.spotsOf(inner)) found.add(spot);
      }
    }
    return [...found];
  }

  heatOf(stage: number, overlay: Overlay, source: number): ReadonlyMap<number, number> {
    let sums = this.#heat.get(overlay);
    if (sums === undefined) {
      const index = this.#linesOfStage(stage);
      sums = index.sumsByLine(attributed(index.graph, index.leaves, overlay));
      this.#heat.set(overlay, sums);
    }
    return sums[source] ?? new Map();
  }

  #linesOfStage(stage: number): LineIndex {
    this.#lines[stage] ??= new LineIndex(this.stages[stage], this.sources);
    return this.#lines[stage];
  }

  /** A shortest chain of stages, each with lineage to the next; empty if there is none. */
  #way(from: number, to: number): readonly number[] {
    const ways: number[][] = [[from]];
    const met = new Set([from]);
    for (const way of ways) {
      const last = way[way.length - 1];
      if (last === to) return way;
      for (const { before, after } of this.#lineages) {
        const next = before === last ? after : after === last ? before : last;
        if (met.has(next)) continue;
        met.add(next);
        ways.push([...way, next]);
      }
    }
    return [];
  }

  /** A group has its members' counterparts, and so has a call that has none of its own. */
  #step(from: number, nodes: ReadonlySet<NodeId>, to: number): Set<NodeId> {
    const direct = this.lineage(from, to);
    const turned = this.lineage(to, from);
    const others = (node: NodeId): readonly NodeId[] => [
      ...(direct?.forward(node) ?? []),
      ...(turned?.back(node) ?? []),
    ];
    const graph = this.stages[from];
    const found = new Set<NodeId>();
    for (const node of nodes) {
      const own = graph.isGroup(node) ? [] : others(node);
      for (const other of own) found.add(other);
      if (own.length) continue;
      for (const inner of inside(graph, node)) for (const other of others(inner)) found.add(other);
    }
    return found;
  }
}

/** The nodes in a group or call, at any depth, groups left out. */
function inside(graph: Graph, node: NodeId): readonly NodeId[] {
  const found: NodeId[] = [];
  const regions = new Set(graph.calls(node).map((call) => call.region));
  for (const region of regions) {
    for (let inner = graph.firstNode(region); inner < graph.lastNode(region); inner++) {
      for (const call of graph.calls(inner)) regions.add(call.region);
      if (!graph.isGroup(inner)) found.push(inner);
    }
  }
  return found;
}

import { grouped } from "./columns";
import type { Frame, Graph, NodeId, RegionId, Source } from "./graph";

/** A line of a source. */
export interface Spot {
  readonly source: number;
  readonly line: number;
}

const NONE: readonly NodeId[] = [];

/** These apply the region that they call to elements. One such region may serve many of them, so
 * its lines say nothing: the op speaks for it. */
const APPLIES =
  /^(reduce|reduce_window|reduce_scatter|all_reduce|all_reduce_start|arg(max|min)|map|sort|top_k|select_and_scatter.*|scatter.*|reduce_(sum|prod|max|min|and|or|xor)|reduce_window_.*)$/;

/** Which nodes of a stage come from which lines, indexed in one pass when first asked. */
export class LineIndex {
  readonly graph: Graph;
  /** 1 for a node that stands for its lines: a leaf, or a call whose inside has no lines. */
  readonly leaves: Uint8Array;
  readonly #sourceOf = new Map<string, number>();
  readonly #ofStack = new Map<readonly Frame[], readonly number[]>();
  readonly #spots: Spot[] = [];
  readonly #places = new Map<string, number>();
  #bySpot: ReturnType<typeof grouped> | undefined;
  #leavesBySpot: readonly NodeId[] = [];

  constructor(graph: Graph, sources: readonly Source[]) {
    this.graph = graph;
    for (const [at, source] of sources.entries()) {
      if (!this.#sourceOf.has(source.file)) this.#sourceOf.set(source.file, at);
    }
    this.leaves = this.#findLeaves();
  }

  /** The innermost line of each source in a node's frames. */
  spotsOf(node: NodeId): readonly Spot[] {
    return this.#placesOf(node).map((place) => this.#spots[place]);
  }

  /** Leaves from this line. */
  nodesAt(source: number, line: number): readonly NodeId[] {
    this.#bySpot ??= this.#index();
    const place = this.#places.get(`${source}:${line}`);
    if (place === undefined) return NONE;
    const { start, places } = this.#bySpot;
    const found: NodeId[] = [];
    for (let at = start[place]; at < start[place + 1]; at++) {
      found.push(this.#leavesBySpot[places[at]]);
    }
    return found;
  }

  /** Adds leaves' values up by line of each source. What has no line, such as a copy that the
   * compiler made in a loop, counts for the lines of the call around it. */
  sumsByLine(values: Float64Array): readonly ReadonlyMap<number, number>[] {
    const sums: (number | undefined)[] = [];
    for (let node = 0; node < values.length; node++) {
      if (Number.isNaN(values[node])) continue;
      for (const place of this.#placesAround(node)) {
        sums[place] = (sums[place] ?? 0) + values[node];
      }
    }
    const found: Map<number, number>[] = [];
    for (const [place, { source, line }] of this.#spots.entries()) {
      found[source] ??= new Map();
      const sum = sums[place];
      if (sum !== undefined) found[source].set(line, sum);
    }
    return found;
  }

  #placesAround(node: NodeId): readonly number[] {
    let places = this.#placesOf(node);
    while (!places.length) {
      const callers = this.graph.callers(this.graph.regionOf(node));
      if (callers.length !== 1) break;
      node = callers[0];
      places = this.#placesOf(node);
    }
    return places;
  }

  #placesOf(node: NodeId): readonly number[] {
    const frames = this.graph.frames(node);
    let places = this.#ofStack.get(frames);
    if (places === undefined) {
      places = this.#innermost(frames);
      this.#ofStack.set(frames, places);
    }
    return places;
  }

  #innermost(frames: readonly Frame[]): readonly number[] {
    const found = new Map<number, number>();
    for (const { file, line } of frames) {
      const source = this.#sourceOf.get(file);
      if (source === undefined || found.has(source) || line === 0) continue;
      const key = `${source}:${line}`;
      let place = this.#places.get(key);
      if (place === undefined) {
        place = this.#spots.push({ source, line }) - 1;
        this.#places.set(key, place);
      }
      found.set(source, place);
    }
    return [...found.values()];
  }

  #index(): ReturnType<typeof grouped> {
    const nodes: NodeId[] = [];
    const rows: number[] = [];
    for (let node = 0; node < this.graph.nodeCount; node++) {
      if (!this.leaves[node]) continue;
      for (const place of this.#placesOf(node)) {
        nodes.push(node);
        rows.push(place);
      }
    }
    this.#leavesBySpot = nodes;
    return grouped(rows, this.#spots.length);
  }

  #findLeaves(): Uint8Array {
    const { graph } = this;
    const leaves = new Uint8Array(graph.nodeCount).fill(1);
    const applied = new Set<RegionId>();
    const hasLines = new Map<RegionId, boolean>();
    const linesIn = (region: RegionId): boolean => {
      let found = hasLines.get(region);
      if (found === undefined) {
        found = false;
        for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
          const inside = graph.calls(node).some((call) => linesIn(call.region));
          found ||= inside || this.#placesOf(node).length > 0;
        }
        hasLines.set(region, found);
      }
      return found;
    };
    for (let node = 0; node < graph.nodeCount; node++) {
      const calls = graph.calls(node);
      if (!calls.length) continue;
      const applies = APPLIES.test(graph.op(node).replaceAll("-", "_"));
      const opened = graph.isGroup(node) || calls.some((call) => linesIn(call.region));
      if (opened && !applies) leaves[node] = 0;
      else for (const call of calls) applied.add(call.region);
    }
    for (const region of applied) {
      for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
        leaves[node] = 0;
        for (const call of graph.calls(node)) applied.add(call.region);
      }
    }
    return leaves;
  }
}

/** What stands in a level before anything is folded: its nodes one by one, less the plumbing, and
 * what each of them reads. */

import { type Graph, type NodeId, Plumbing, type RegionId, type ValueId } from "../graph";
import { Digraph, ordered } from "./digraph";
import { isEnd } from "./titles";

/** Makers of values that no unit makes. */
export const OUTSIDE = -1;
export const CONSTANT = -2;

/** One operand of a unit, or one of several that were bundled in a tuple. */
export interface Read {
  /** The unit that makes it, OUTSIDE or CONSTANT. */
  readonly maker: number;
  /** The value as it was made, behind conversions and ports. */
  readonly source: ValueId;
  /** The value as it is read. */
  readonly value: ValueId;
}

export interface Units {
  readonly nodes: readonly NodeId[];
  readonly reads: readonly (readonly Read[])[];
  /** What the region gives back: of each output, where it comes from. */
  readonly outputs: readonly (readonly Read[])[];
  /** Nodes that aren't drawn. */
  readonly hidden: ReadonlySet<NodeId>;
  /** The unit that a node is, or that a hidden one is folded into. */
  readonly unitOf: ReadonlyMap<NodeId, number>;
  /** Which unit must come before which, cycles broken. */
  readonly flow: Digraph;
  /** Units that must come before others without giving them a value. */
  readonly before: readonly Before[];
  /** Edges that close cycles, as `from * units + to`. */
  readonly closing: ReadonlySet<number>;
  /** Sources of any value of the region as the units see it. */
  sources(value: ValueId): readonly Read[];
}

export interface Before {
  readonly from: number;
  readonly to: number;
  readonly kind: "effect" | "control";
}

/** The nodes of a region in order, those of its groups too where scopes aren't shown. */
export function membersOf(graph: Graph, region: RegionId, scopes: boolean): NodeId[] {
  const found: NodeId[] = [];
  const walk = (at: RegionId) => {
    for (let node = graph.firstNode(at); node < graph.lastNode(at); node++) {
      if (!scopes && graph.isGroup(node)) walk(graph.calls(node)[0].region);
      else found.push(node);
    }
  };
  walk(region);
  return found;
}

/** Values that regions read of the regions around them; only StableHLO's do. */
export class Captures {
  private readonly known = new Map<RegionId, readonly ValueId[]>();
  constructor(private readonly graph: Graph) {}

  /** What a node reads: its operands, and what the regions that it calls capture. */
  reads(node: NodeId): ArrayLike<ValueId> {
    const { graph } = this;
    const inputs = graph.inputs(node);
    if (graph.stage !== "stablehlo" || graph.isGroup(node)) return inputs;
    const calls = graph.calls(node);
    if (calls.length === 0) return inputs;
    const captured = new Set<ValueId>(inputs);
    for (const { region } of calls) for (const value of this.of(region)) captured.add(value);
    return captured.size === inputs.length ? inputs : [...captured];
  }

  private of(region: RegionId): readonly ValueId[] {
    const known = this.known.get(region);
    if (known) return known;
    this.known.set(region, []); // a function that calls itself captures nothing
    const { graph } = this;
    const first = graph.firstNode(region);
    const last = graph.lastNode(region);
    const found = new Set<ValueId>();
    for (let node = first; node <= last; node++) {
      const values = node < last ? this.reads(node) : graph.outputs(region);
      for (let at = 0; at < values.length; at++) {
        const value = values[at];
        const maker = graph.maker(value);
        const here =
          maker >= 0
            ? maker >= first && maker < last
            : value >= graph.firstInput(region) && value < graph.lastInput(region);
        if (!here && graph.role(value) !== "literal") found.add(value);
      }
    }
    const captured = [...found];
    this.known.set(region, captured);
    return captured;
  }
}

/** Read `members` (nodes in program order) of a level; `outputs` are the values it gives back. */
export function unitsOf(
  graph: Graph,
  captures: Captures,
  members: readonly NodeId[],
  outputs: ArrayLike<ValueId>,
  filters: { readonly plumbing: boolean; readonly scopes: boolean },
): Units {
  const reader = new Reader(graph, captures, members, outputs, filters);
  return reader.units();
}

class Reader {
  private readonly unitOf = new Map<NodeId, number>();
  private readonly nodes: NodeId[] = [];
  private readonly hidden = new Map<NodeId, number>();

  constructor(
    private readonly graph: Graph,
    private readonly captures: Captures,
    members: readonly NodeId[],
    private readonly given: ArrayLike<ValueId>,
    private readonly filters: { readonly plumbing: boolean; readonly scopes: boolean },
  ) {
    const bundles = this.bundles(members);
    const marks = members.map((node) => {
      if (filters.plumbing) return Plumbing.none;
      if (bundles.has(node)) return Plumbing.end;
      const mark = graph.plumbing(node);
      return mark === Plumbing.wrapper ? Plumbing.none : mark;
    });
    // Where all is plumbing, it is what the reader came for: then only the ends are hidden.
    const drawsNothing = marks.every((mark) => mark !== Plumbing.none);
    const allEnds = members.every((node) => isEnd(graph, node));
    members.forEach((node, at) => {
      const drawn =
        marks[at] === Plumbing.none || (drawsNothing && (allEnds || !isEnd(graph, node)));
      if (drawn) {
        this.unitOf.set(node, this.nodes.length);
        this.nodes.push(node);
      } else {
        this.hidden.set(node, marks[at]);
      }
    });
  }

  /** HLO's tuples that only gather what a region gives back, or what a loop starts from. */
  private bundles(members: readonly NodeId[]): ReadonlySet<NodeId> {
    const found = new Set<NodeId>();
    if (this.graph.stage !== "hlo" || this.filters.plumbing) return found;
    for (const node of members) if (this.graph.op(node) === "tuple") found.add(node);
    return found;
  }

  units(): Units {
    const { nodes, unitOf } = this;
    const folded = new Map<NodeId, number>();
    const reads = nodes.map((node, unit) => {
      const operands = this.captures.reads(node);
      const found: Read[] = [];
      for (let at = 0; at < operands.length; at++) {
        this.trace(operands[at], found, (passed) => {
          if (!folded.has(passed)) folded.set(passed, unit);
        });
      }
      return found;
    });
    const outputs = Array.from(this.given, (value) => {
      const passed: NodeId[] = [];
      const found: Read[] = [];
      this.trace(value, found, (node) => passed.push(node));
      const maker = found.find((read) => read.maker >= 0);
      if (maker) for (const node of passed) if (!folded.has(node)) folded.set(node, maker.maker);
      return found;
    });
    for (const node of this.hidden.keys()) if (!folded.has(node)) this.foldLeft(node, folded);
    for (const [node, unit] of folded) unitOf.set(node, unit);
    const before = this.before();
    const from: number[] = [];
    const to: number[] = [];
    reads.forEach((list, unit) => {
      for (const { maker } of list) {
        if (maker >= 0) {
          from.push(maker);
          to.push(unit);
        }
      }
    });
    for (const edge of before) {
      from.push(edge.from);
      to.push(edge.to);
    }
    const open = withoutCycles(nodes.length, from, to);
    return {
      nodes,
      reads,
      outputs,
      hidden: new Set(this.hidden.keys()),
      unitOf,
      get flow() {
        return open.flow();
      },
      before,
      closing: open.closing,
      sources: (value) => {
        const found: Read[] = [];
        this.trace(value, found, () => {});
        return found;
      },
    };
  }

  /** Hidden nodes that no unit reads through stand with the maker of what they read. */
  private foldLeft(node: NodeId, folded: Map<NodeId, number>): void {
    const found: Read[] = [];
    for (const value of this.graph.inputs(node)) this.trace(value, found, () => {});
    const maker = found.find((read) => read.maker >= 0);
    if (maker) folded.set(node, maker.maker);
  }

  /** Where a value comes from: through plumbing, and out of tuples. */
  private trace(value: ValueId, found: Read[], passing: (node: NodeId) => void): void {
    const { graph, hidden } = this;
    let source = this.filters.scopes ? value : graph.behind(value);
    for (;;) {
      const node = graph.maker(source);
      if (node < 0) {
        const literal = graph.role(source) === "literal";
        found.push({ maker: literal ? CONSTANT : OUTSIDE, source, value });
        return;
      }
      const unit = this.unitOf.get(node);
      if (unit !== undefined && !hidden.has(node)) {
        found.push({ maker: unit, source, value });
        return;
      }
      const mark = hidden.get(node);
      if (mark === undefined) {
        found.push({ maker: OUTSIDE, source, value });
        return;
      }
      passing(node);
      const inputs = graph.inputs(node);
      if (inputs.length === 0) {
        found.push({ maker: CONSTANT, source, value });
        return;
      }
      if (graph.op(node) === "tuple") {
        for (const element of inputs) this.trace(element, found, passing);
        return;
      }
      const element = this.element(node, inputs[0]);
      source = this.filters.scopes ? element : graph.behind(element);
    }
  }

  /** What a get-tuple-element reads of a hidden tuple: only its own element. */
  private element(node: NodeId, whole: ValueId): ValueId {
    const { graph } = this;
    const maker = graph.maker(whole);
    if (graph.op(node) !== "get-tuple-element" || !this.hidden.has(maker)) return whole;
    const index = graph.param(node, "index");
    const elements = graph.inputs(maker);
    return typeof index === "number" && index < elements.length ? elements[index] : whole;
  }

  /** Order that no value tells: `after`, and nodes with side effects one after the other. */
  private before(): Before[] {
    const { graph, nodes, unitOf } = this;
    const found: Before[] = [];
    let last = -1;
    nodes.forEach((node, to) => {
      const effectful = graph.effects(node).length > 0;
      for (const other of graph.after(node)) {
        const from = unitOf.get(other);
        if (from !== undefined && from !== to) {
          const both = effectful && graph.effects(other).length > 0;
          found.push({ from, to, kind: both ? "effect" : "control" });
        }
      }
      if (effectful) {
        if (last >= 0) found.push({ from: last, to, kind: "effect" });
        last = to;
      }
    });
    return found;
  }
}

const NONE: ReadonlySet<number> = new Set();

function withoutCycles(
  n: number,
  from: readonly number[],
  to: readonly number[],
): { flow: () => Digraph; closing: ReadonlySet<number> } {
  // Most levels are small and never ask for their graph.
  let flow: Digraph | null = null;
  if (from.every((u, at) => u <= to[at])) {
    return { flow: () => (flow ??= new Digraph(n, from, to)), closing: NONE };
  }
  flow = new Digraph(n, from, to);
  const { closing } = ordered(
    flow,
    Int32Array.from({ length: n }, (_, u) => u),
  );
  if (closing.size > 0) {
    const kept = from.map((u, at) => !closing.has(u * n + to[at]));
    flow = new Digraph(
      n,
      from.filter((_, at) => kept[at]),
      to.filter((_, at) => kept[at]),
    );
  }
  const open = flow;
  return { flow: () => open, closing };
}

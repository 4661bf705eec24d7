/** Makes one level at a time: units, folded into boxes, with ports, edges and chips. */

import type { Graph, NodeId, RegionId, ValueId } from "../graph";
import {
  type Chip,
  type Filters,
  Form,
  type Inside,
  type Item,
  Lane,
  type LaneId,
  type Level,
} from "../level";
import { core, type Face, faceOf, rowsOf } from "./boxes";
import { carriesOf, chainOf, insideTitle, outward, resultOf } from "./calls";
import { foldChunks } from "./chunks";
import { foldComponents } from "./components";
import { Edges, type End } from "./edges";
import { type Draft, draftOf, Folding, laneOf, type Plan, planOf } from "./folding";
import { lanesOf } from "./lanes";
import {
  type Around,
  constantChips,
  donatedOf,
  inputChips,
  type Leaving,
  outletsOf,
  type Port,
  pillsOf,
  portsOf,
  type Reader,
  type Source,
} from "./ports";
import { foldStacks, scopeName } from "./stacks";
import { isConstant, isPartOfOp, valuesText } from "./titles";
import { Captures, CONSTANT, membersOf, OUTSIDE, type Units, unitsOf } from "./units";

/** More boxes than this are put into pieces. */
const MOST_BOXES = 120;
const MOST_AT_ROOT = 60;
/** Output pills at the root. */
const MOST_OUTPUTS = 8;

/** What a level is made of. */
interface Ask {
  readonly key: string;
  readonly region: RegionId;
  /** Set before keys of nodes where their region is drawn in more than one place. */
  readonly prefix: string;
  readonly members: readonly NodeId[];
  /** Values that leave, as they are inside. */
  readonly outputs: ArrayLike<ValueId>;
  /** Null at the root. */
  readonly around: Around | null;
  /** From outputs (places in `outputs`) to inputs of the next turn. */
  readonly again: readonly (readonly [output: number, input: ValueId])[];
  readonly direction: string;
  /** The function or scope that all of it stands in. */
  readonly name: string;
  /** Boxes that are known already; null: find them. */
  readonly plans: readonly Plan[] | null;
  readonly stacks: boolean;
  /** Levels of pieces around it. */
  readonly pieces: number;
  /** Regions that are open around it: none is opened in itself. */
  readonly open: readonly RegionId[];
}

export class LevelMaker {
  private readonly captures: Captures;
  /** Of an opened level, the port for a value of the level around. */
  readonly portOf = new WeakMap<Level, ReadonlyMap<ValueId, number>>();

  constructor(
    readonly graph: Graph,
    readonly filters: Filters,
  ) {
    this.captures = new Captures(graph);
  }

  root(only: readonly NodeId[] | undefined): Level {
    const { graph } = this;
    const region = only && only.length > 0 ? graph.regionOf(only[0]) : graph.entry;
    const all = membersOf(graph, region, this.filters.scopes);
    const part = only && only.length > 0 ? new Set(this.near(all, only)) : null;
    return this.level({
      key: part ? `${graph.regionKey(region)}~` : graph.regionKey(region),
      region,
      prefix: "",
      members: part ? all.filter((node) => part.has(node)) : all,
      outputs: graph.outputs(region),
      around: null,
      again: [],
      direction: "forward",
      name: graph.regionName(region),
      plans: null,
      stacks: true,
      pieces: 0,
      open: [region],
    });
  }

  /** Nodes of a level and their direct neighbours, plumbing not counted as a step. */
  private near(members: readonly NodeId[], only: readonly NodeId[]): NodeId[] {
    const units = unitsOf(this.graph, this.captures, members, [], this.filters);
    const wanted = new Set<number>();
    for (const node of only) {
      const unit = units.unitOf.get(node);
      if (unit !== undefined) wanted.add(unit);
    }
    const found = new Set(wanted);
    units.reads.forEach((reads, unit) => {
      for (const { maker } of reads) {
        if (maker < 0) continue;
        if (wanted.has(unit)) found.add(maker);
        if (wanted.has(maker)) found.add(unit);
      }
    });
    return members.filter((node) => found.has(units.unitOf.get(node) ?? -1));
  }

  private level(ask: Ask): Level {
    return new Building(this, ask, this.captures).level((inner) => this.level(inner));
  }
}

type Open = (ask: Ask) => Level;

interface Outgoing extends Port {
  /** Places in the list of what leaves. */
  readonly places: readonly number[];
  /** The only box whose results it stands for; -1: those of all. */
  readonly from: number;
}

/** One level while it is made. */
class Building {
  private readonly graph: Graph;
  private readonly units: Units;
  private readonly drafts: readonly Draft[];
  private readonly laneOf: readonly LaneId[];
  private readonly laned: boolean;
  /** The place of each unit's item. */
  private readonly placeOf: Int32Array;
  private readonly inPorts: readonly Port[];
  private readonly readers = new Map<ValueId, Reader[]>();
  private readonly constants = new Map<number, Set<ValueId>>();
  private readonly chipped: ReadonlySet<ValueId>;
  private readonly portPlace = new Map<ValueId, number>();
  private readonly edges: Edges;

  constructor(
    private readonly maker: LevelMaker,
    private readonly ask: Ask,
    captures: Captures,
  ) {
    const { graph, filters } = maker;
    this.graph = graph;
    this.units = unitsOf(graph, captures, ask.members, ask.outputs, filters);
    const { laned, laneOf: lanes } = lanesOf(graph, this.units, ask.direction);
    this.laned = laned;
    this.laneOf = lanes;
    const folding = new Folding(this.units, lanes);
    this.fold(folding);
    const order = folding.drafts
      .map((_, box) => box)
      .sort((a, b) => folding.drafts[a].units[0] - folding.drafts[b].units[0]);
    this.drafts = order.map((box) => folding.drafts[box]);
    const boxPlace = new Int32Array(order.length);
    order.forEach((box, place) => {
      boxPlace[box] = place;
    });
    this.placeOf = folding.boxOf.map((box) => boxPlace[box]);
    this.gather();
    const donated = ask.around?.donated ?? donatedOf(graph, ask.region);
    const inflow = ask.around
      ? portsOf(graph, this.readers, ask.around)
      : pillsOf(graph, this.readers, donated);
    this.inPorts = inflow.ports;
    this.chipped = inflow.chipped;
    // Ports on top come first: boxes move behind them.
    const shift = inflow.ports.length;
    for (let unit = 0; unit < this.placeOf.length; unit++) this.placeOf[unit] += shift;
    inflow.ports.forEach((port, place) => {
      for (const value of port.values) this.portPlace.set(value, place);
    });
    this.edges = new Edges(graph);
  }

  private fold(folding: Folding): void {
    const { ask, graph } = this;
    const most = ask.around ? MOST_BOXES : MOST_AT_ROOT;
    if (ask.plans) {
      const drafts = ask.plans.map((plan) => draftOf(plan, this.units));
      folding.contract(
        drafts
          .filter((draft) => draft.kind !== "unit")
          .map((draft) => ({ boxes: [...draft.units], draft })),
      );
    } else {
      if (ask.stacks) foldStacks(graph, folding);
      foldComponents(graph, folding, ask.name, most);
    }
    foldChunks(graph, folding, most, ask.plans !== null);
  }

  /** What boxes read from outside, and their constants; places are those of boxes alone. */
  private gather(): void {
    this.units.reads.forEach((reads, unit) => {
      const place = this.placeOf[unit];
      for (const read of reads) {
        if (read.maker === OUTSIDE) {
          // Nodes left out of the root ("only around this") leave no trace.
          if (this.ask.around === null && this.graph.maker(read.source) >= 0) continue;
          const readers = this.readers.get(read.source);
          if (readers === undefined) this.readers.set(read.source, [{ box: place, read }]);
          else if (readers[readers.length - 1].box !== place) readers.push({ box: place, read });
        } else if (read.maker === CONSTANT) {
          const values = this.constants.get(place);
          if (values) values.add(read.source);
          else this.constants.set(place, new Set([read.source]));
        }
      }
    });
    // A value that only passes through comes in and goes out.
    if (this.ask.around) {
      for (const reads of this.units.outputs) {
        for (const read of reads) {
          if (read.maker === OUTSIDE && !this.readers.has(read.source)) {
            this.readers.set(read.source, []);
          }
        }
      }
    }
  }

  level(open: Open): Level {
    const { graph, ask, units, inPorts } = this;
    const shift = inPorts.length;
    const outs = this.outPorts();
    this.connect(outs);
    const faces = this.faces();
    const rows = rowsOf(
      this.drafts.map((draft, at) => ({
        name: this.rowName(draft, faces[at]),
        lane: this.lane(draft),
      })),
    );
    const ends: End[] = [
      ...inPorts.map((port) => ({
        title: port.title,
        leaf: true,
        row: "",
        lane: 0,
        outlet: false,
      })),
      ...faces.map((face, at) => ({
        title: face.title,
        leaf: face.kind === "node" && graph.calls(face.lead).length === 0,
        row: rows[at],
        lane: this.lane(this.drafts[at]),
        outlet: false,
      })),
      ...outs.map((out) => ({
        title: out.title,
        leaf: true,
        row: "",
        lane: 0,
        outlet: ask.around !== null,
      })),
    ];
    const { edges, chips } = this.edges.settle(ends);
    const items: Item[] = [];
    const level: Level = {
      key: ask.key,
      region: ask.region,
      items,
      edges,
      lanes: this.laned,
      hidden: units.hidden.size,
      itemOf: (node) => {
        const unit = units.unitOf.get(node);
        return unit === undefined ? this.portOfHidden(node) : this.placeOf[unit];
      },
    };
    const inputs = this.inputChips();
    inPorts.forEach((port, place) => {
      items.push(this.portItem("in", place, port, this.laneNear(edges, place, "to"), chips));
    });
    this.drafts.forEach((draft, at) => {
      const place = shift + at;
      items.push({
        key: this.keyOf(draft),
        ...faces[at],
        values: [],
        lane: this.lane(draft),
        row: rows[at],
        chips: [...inputs[at], ...(chips.get(place) ?? [])],
        inside: this.insides(level, place, draft, open),
        port: null,
      });
    });
    outs.forEach((out, at) => {
      const place = shift + this.drafts.length + at;
      items.push(this.portItem("out", place, out, this.laneNear(edges, place, "from"), chips));
    });
    this.rememberPorts(level, outs, shift + this.drafts.length);
    return level;
  }

  /** Plumbing that no box reads through stands with the pill or port of what it hands on. */
  private portOfHidden(node: NodeId): number {
    if (!this.units.hidden.has(node)) return -1;
    for (const value of this.graph.inputs(node)) {
      for (const { source } of this.units.sources(value)) {
        const place = this.portPlace.get(source);
        if (place !== undefined) return place;
      }
    }
    return -1;
  }

  private lane(draft: Draft): LaneId {
    return laneOf(draft, this.laneOf);
  }

  /** Ports and pills stand in the first lane that they are joined to. */
  private laneNear(edges: Level["edges"], place: number, end: "from" | "to"): LaneId {
    if (!this.laned) return Lane.none;
    const other = end === "to" ? "from" : "to";
    let found: LaneId = Lane.none;
    for (const edge of edges) {
      if (edge[other] !== place) continue;
      const draft = this.drafts[edge[end] - this.inPorts.length];
      const lane = draft ? this.lane(draft) : Lane.none;
      if (found === Lane.none || lane < found) found = lane;
    }
    return found === Lane.none ? Lane.forward : found;
  }

  private outPorts(): Outgoing[] {
    const { graph, ask, units } = this;
    if (ask.around) {
      return outletsOf(graph, ask.around).map((outlet) => ({
        ...outlet,
        forms: Form.output,
        values: outlet.places.map((place) => ask.outputs[place]),
        from: -1,
      }));
    }
    // At the root: one pill for each box that makes results.
    const groups = new Map<number, { values: Set<ValueId>; places: Set<number> }>();
    units.outputs.forEach((reads, place) => {
      for (const read of reads) {
        if (read.maker < 0) continue;
        const box = this.placeOf[read.maker];
        const group = groups.get(box) ?? { values: new Set(), places: new Set() };
        group.values.add(read.value);
        group.places.add(place);
        groups.set(box, group);
      }
    });
    if (groups.size > MOST_OUTPUTS) return [];
    return [...groups].map(([box, group]) => {
      const values = [...group.values];
      const one = values.length === 1;
      return {
        title: one ? "output" : `${values.length} outputs`,
        subtitle: valuesText(graph, values),
        forms: Form.output,
        values,
        outer: [],
        places: [...group.places],
        from: box,
      };
    });
  }

  private connect(outs: readonly Outgoing[]): void {
    const { units, edges, placeOf, inPorts, ask } = this;
    const n = units.nodes.length;
    units.reads.forEach((reads, unit) => {
      for (const read of reads) {
        if (read.maker < 0) continue;
        const back = units.closing.has(read.maker * n + unit);
        edges.read(placeOf[read.maker], placeOf[unit], read, back ? "back" : undefined);
      }
    });
    for (const { from, to, kind } of units.before) edges.order(placeOf[from], placeOf[to], kind);
    for (const [value, boxes] of this.readers) {
      const port = this.portPlace.get(value);
      if (port === undefined) continue;
      for (const { box, read } of boxes) edges.read(port, box + inPorts.length, read);
    }
    const again = new Map(ask.again);
    const firstOut = inPorts.length + this.drafts.length;
    outs.forEach(({ places, from: only }, at) => {
      for (const place of places) {
        for (const read of units.outputs[place]) {
          const from = read.maker >= 0 ? placeOf[read.maker] : this.portPlace.get(read.source);
          if (from !== undefined && (only < 0 || from === only))
            edges.read(from, firstOut + at, read);
        }
        const carried = again.get(place);
        const port = carried === undefined ? undefined : this.portPlace.get(carried);
        if (carried !== undefined && port !== undefined) {
          const read = { maker: OUTSIDE, source: ask.outputs[place], value: carried };
          edges.read(firstOut + at, port, read, "again");
        }
      }
    });
  }

  private faces(): Face[] {
    const { graph, maker, laned, ask } = this;
    const setting = { graph, filters: maker.filters, direction: ask.direction, laned };
    const nodesOf = this.drafts.map((): NodeId[] => []);
    for (const [node, unit] of this.units.unitOf) {
      nodesOf[this.placeOf[unit] - this.inPorts.length].push(node);
    }
    return this.drafts.map((draft, at) => {
      const lead = this.units.nodes[draft.units[0]];
      return faceOf(
        setting,
        draft,
        nodesOf[at].sort((a, b) => a - b),
        lead,
      );
    });
  }

  private rowName(draft: Draft, face: Face): string {
    if (draft.kind === "component") return "";
    if (draft.kind !== "unit") return draft.name;
    return this.graph.isGroup(face.lead) ? scopeName(this.graph, face.lead) : "";
  }

  private keyOf(draft: Draft): string {
    const key = this.ask.prefix + this.graph.nodeKey(this.units.nodes[draft.units[0]]);
    if (draft.kind === "unit") return key;
    if (draft.kind === "more") return key + "…".repeat(this.ask.pieces + 1);
    return draft.count > 1 ? `${key}×` : `${key}+`;
  }

  /** Chips for what boxes read that isn't drawn: inputs, and the numbers that an op reads. */
  private inputChips(): Chip[][] {
    const { graph } = this;
    const inputs = this.drafts.map((): ValueId[] => []);
    const numbers = this.drafts.map((_, at) => [...(this.constants.get(at) ?? [])]);
    for (const value of this.chipped) {
      const behind = graph.behind(value);
      const constant = isConstant(graph, behind);
      for (const { box } of this.readers.get(value) ?? []) {
        const chips = constant ? numbers[box] : inputs[box];
        const chip = constant ? behind : value;
        if (chips[chips.length - 1] !== chip) chips.push(chip);
      }
    }
    return this.drafts.map((draft, at) => {
      const opens = draft.kind !== "unit" || graph.isGroup(this.units.nodes[draft.units[0]]);
      // The numbers that a group's members read are told on the members.
      const constants = opens ? [] : constantChips(graph, numbers[at]);
      return [...inputChips(graph, inputs[at]), ...constants];
    });
  }

  private portItem(
    port: "in" | "out",
    place: number,
    made: Port,
    lane: LaneId,
    chips: ReadonlyMap<number, Chip[]>,
  ): Item {
    const { graph, ask } = this;
    const mark = port === "in" ? "<" : ">";
    return {
      key: `${ask.key}${mark}${graph.valueKey(made.values[0])}`,
      kind: port === "in" ? "input" : "output",
      nodes: [],
      values: made.values,
      lead: -1,
      title: made.title,
      subtitle: made.subtitle,
      family: "data movement",
      forms: made.forms,
      count: 1,
      size: 0,
      lane,
      row: "",
      chips: chips.get(place) ?? [],
      inside: [],
      port: ask.around ? port : null,
    };
  }

  private rememberPorts(level: Level, outs: readonly Port[], firstOut: number): void {
    const found = new Map<ValueId, number>();
    this.inPorts.forEach((port, place) => {
      for (const value of port.outer) if (!found.has(value)) found.set(value, place);
    });
    outs.forEach((port, at) => {
      for (const value of port.outer) if (!found.has(value)) found.set(value, firstOut + at);
    });
    this.maker.portOf.set(level, found);
  }

  // What opens in a box.

  private insides(level: Level, place: number, draft: Draft, open: Open): Inside[] {
    if (draft.kind !== "unit") {
      return [lazily("", () => open(this.askMembers(level, place, draft)))];
    }
    const { graph, maker, ask } = this;
    const node = this.units.nodes[draft.units[0]];
    const speaker = core(graph, maker.filters, node);
    const found: Inside[] = [];
    graph.calls(speaker).forEach(({ role, region }, call) => {
      if (ask.open.includes(region)) return;
      if (!maker.filters.plumbing && isPartOfOp(graph, speaker, role, region)) return;
      const title = insideTitle(graph, speaker, call);
      found.push(lazily(title, () => open(this.askBody(level, place, node, speaker, call))));
    });
    return found;
  }

  private askMembers(level: Level, place: number, draft: Draft): Ask {
    const { ask, units } = this;
    const item = level.items[place];
    const leaves = [...this.targets(level, place)].map(
      ([value, targets]): Leaving => ({ value, outer: value, targets }),
    );
    return {
      ...ask,
      key: item.key,
      members: this.withPlumbing(item.nodes),
      outputs: leaves.map((leaving) => leaving.value),
      around: this.around(level, (value) => value, {
        leaves,
        names: [],
        body: false,
        purpose: "result",
        carried: new Set(),
        donated: ask.around?.donated ?? new Set(),
      }),
      again: [],
      direction: this.laned && this.lane(draft) === Lane.backward ? "backward" : ask.direction,
      plans: draft.parts?.map((part) => planOf(part, units)) ?? (draft.kind === "more" ? null : []),
      stacks: false,
      pieces: draft.kind === "more" ? ask.pieces + 1 : ask.pieces,
    };
  }

  /** Nodes of a part, with all plumbing that they read through: some is folded into boxes beside. */
  private withPlumbing(nodes: readonly NodeId[]): NodeId[] {
    const { graph, units } = this;
    const found = new Set(nodes);
    for (const node of found) {
      for (const value of graph.inputs(node)) {
        const maker = graph.maker(this.maker.filters.scopes ? value : graph.behind(value));
        if (units.hidden.has(maker)) found.add(maker);
      }
    }
    return this.ask.members.filter((node) => found.has(node));
  }

  private askBody(level: Level, place: number, node: NodeId, speaker: NodeId, call: number): Ask {
    const { graph, ask, maker } = this;
    const { role, region } = graph.calls(speaker)[call];
    const chain = chainOf(graph, node, speaker);
    const group = graph.isGroup(speaker);
    const targets = this.targets(level, place);
    const carries = group ? [] : carriesOf(graph, speaker, role, region);
    const carried = new Map(carries);
    const given = graph.outputs(region);
    const leaves: Leaving[] = [];
    const again: [number, ValueId][] = [];
    const names: string[] = [];
    given.forEach((value, output) => {
      const outer = resultOf(graph, chain, role, output);
      const read = outer < 0 ? [] : (targets.get(outer) ?? []);
      const input = carried.get(output);
      if (read.length === 0 && input === undefined && (group || given.length > MOST_OUTPUTS))
        return;
      if (input !== undefined) again.push([leaves.length, graph.firstInput(region) + input]);
      if (!group) names.push(this.outputName(speaker, role, region, input));
      leaves.push({ value, outer, targets: read });
    });
    const shared = ask.prefix !== "" || graph.callers(region).length > 1;
    const prefix = shared ? `${ask.prefix}${graph.nodeKey(node)}>` : "";
    return {
      key: prefix + graph.regionKey(region),
      region,
      prefix,
      members: membersOf(graph, region, maker.filters.scopes),
      outputs: leaves.map((leaving) => leaving.value),
      around: this.around(level, (value) => outward(graph, chain, call, value), {
        leaves,
        names,
        body: !group,
        purpose: "result",
        carried: new Set(again.map(([, value]) => value)),
        donated: this.donatedInside(speaker, region),
      }),
      again,
      direction: graph.direction(group ? speaker : node),
      name: group ? scopeName(graph, speaker) : graph.regionName(region),
      plans: null,
      stacks: true,
      pieces: 0,
      open: [...ask.open, region],
    };
  }

  /** What leaves a body: the variable that it is in the next turn, else what it is for. */
  private outputName(
    node: NodeId,
    role: string,
    region: RegionId,
    input: number | undefined,
  ): string {
    const { graph } = this;
    const op = graph.op(node);
    if (input !== undefined) return graph.valueName(graph.firstInput(region) + input) || "carry";
    if (op === "while" && role.startsWith("cond")) return "go on?";
    return op === "scan" ? "ys" : "result";
  }

  /** Whom the values of an item go to, by value. */
  private targets(level: Level, place: number): Map<ValueId, { place: number; title: string }[]> {
    const found = new Map<ValueId, { place: number; title: string }[]>();
    for (const edge of level.edges) {
      if (edge.from !== place || edge.kind === "again") continue;
      const { title, lane } = level.items[edge.to];
      const across = lane === Lane.backward && level.items[place].lane !== lane;
      const target = { place: edge.to, title: across ? `${title} backward` : title };
      for (const value of edge.values) {
        const list = found.get(value);
        if (list) list.push(target);
        else found.set(value, [target]);
      }
    }
    return found;
  }

  private around(
    level: Level,
    outside: (value: ValueId) => ValueId,
    rest: Omit<Around, "source">,
  ): Around {
    return {
      ...rest,
      source: (value): Source | null => {
        const seen = outside(value);
        if (seen < 0) return null;
        const reads = this.units.sources(seen);
        for (const read of reads) {
          const place =
            read.maker >= 0 ? this.placeOf[read.maker] : this.portPlace.get(read.source);
          if (place !== undefined) {
            const values = reads.map((other) => other.source);
            return { place, title: level.items[place].title, values };
          }
        }
        return null;
      },
    };
  }

  private donatedInside(node: NodeId, region: RegionId): ReadonlySet<ValueId> {
    const donated = this.graph.param(node, "donated_invars");
    const found = new Set<ValueId>();
    if (!Array.isArray(donated)) return found;
    donated.forEach((given, at) => {
      if (given === true) found.add(this.graph.firstInput(region) + at);
    });
    return found;
  }
}

/** An inside whose level is made when it is first asked for. */
function lazily(title: string, make: () => Level): Inside {
  let level: Level | null = null;
  return {
    title,
    get level() {
      level ??= make();
      return level;
    },
  };
}

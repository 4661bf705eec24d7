/** Makes one level at a time: units, folded into boxes, with ports, edges and chips. */

import type { Graph, NodeId, ValueId } from "../graph";
import { type Chip, type Filters, Form, type Item, Lane, type LaneId, type Level } from "../level";
import type { Ask } from "./ask";
import { type Face, faceOf, rowsOf } from "./boxes";
import { foldChunks } from "./chunks";
import { foldComponents } from "./components";
import { Edges, type End } from "./edges";
import { type Draft, draftOf, Folding, laneOf } from "./folding";
import { lanesOf } from "./lanes";
import { type Made, Opening } from "./opening";
import { partNames } from "./part_names";
import {
  constantChips,
  donatedOf,
  inputChips,
  type Outgoing,
  outletsOf,
  type Port,
  pillsOf,
  portsOf,
  type Reader,
  resultPills,
} from "./ports";
import { foldStacks } from "./stacks";
import { isConstant, resultText, scopeName } from "./titles";
import { type Captures, CONSTANT, OUTSIDE, type Units, unitsOf } from "./units";

/** More boxes than this are put into pieces; parts that are alike may stand in a larger grid. */
const MOST_BOXES = 120;
const MOST_PARTS = 150;
const MOST_AT_ROOT = 60;

/** One level while it is made. */
export class Building {
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
    private readonly graph: Graph,
    private readonly filters: Filters,
    private readonly ask: Ask,
    captures: Captures,
  ) {
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
    const most = ask.around ? (ask.plans ? MOST_PARTS : MOST_BOXES) : MOST_AT_ROOT;
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

  /** The level, and where values of the level around come into it. */
  level(open: (ask: Ask) => Level): { level: Level; portOf: ReadonlyMap<ValueId, number> } {
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
    const made = this.made();
    const level: Level = {
      key: ask.key,
      region: ask.region,
      items,
      edges,
      lanes: this.laned,
      hidden: units.hidden.size,
      itemOf: (node) => {
        const unit = units.unitOf.get(node);
        return unit === undefined ? placeOfHidden(made, node) : made.placeOf[unit];
      },
    };
    const inputs = this.inputChips();
    const opening = new Opening(made, level, open);
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
        inside: opening.insides(place, draft),
        port: null,
      });
    });
    outs.forEach((out, at) => {
      const place = shift + this.drafts.length + at;
      items.push(this.portItem("out", place, out, this.laneNear(edges, place, "from"), chips));
    });
    return { level, portOf: this.portOf(outs, shift + this.drafts.length) };
  }

  private made(): Made {
    const { graph, filters, ask, units, laned, laneOf: lanes, placeOf, portPlace } = this;
    return { graph, filters, ask, units, laned, laneOf: lanes, placeOf, portPlace };
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
    return resultPills(graph, units.outputs, this.placeOf);
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
    const { graph, filters, laned, ask } = this;
    const setting = { graph, filters, direction: ask.direction, laned };
    const nodesOf = this.drafts.map((): NodeId[] => []);
    for (const [node, unit] of this.units.unitOf) {
      nodesOf[this.placeOf[unit] - this.inPorts.length].push(node);
    }
    const names = ask.plans ? partNames(graph, this.outsideReads()) : null;
    return this.drafts.map((draft, at) => {
      const lead = this.units.nodes[draft.units[0]];
      nodesOf[at].sort((a, b) => a - b);
      const face = faceOf(setting, draft, nodesOf[at], lead);
      const named = names !== null && (draft.kind === "component" || face.kind === "node");
      return named ? { ...face, title: names[at], subtitle: resultText(graph, lead) } : face;
    });
  }

  /** What each box reads from outside, in the order of its ops. */
  private outsideReads(): ValueId[][] {
    const found = this.drafts.map((): ValueId[] => []);
    this.units.reads.forEach((reads, unit) => {
      const values = found[this.placeOf[unit] - this.inPorts.length];
      for (const read of reads) if (read.maker === OUTSIDE) values.push(read.source);
    });
    return found;
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

  /** Of each value of the level around, the port that it comes or goes by. */
  private portOf(outs: readonly Port[], firstOut: number): Map<ValueId, number> {
    const found = new Map<ValueId, number>();
    this.inPorts.forEach((port, place) => {
      for (const value of port.outer) if (!found.has(value)) found.set(value, place);
    });
    outs.forEach((port, at) => {
      for (const value of port.outer) if (!found.has(value)) found.set(value, firstOut + at);
    });
    return found;
  }
}

/** Plumbing that no box reads through stands with the pill or port of what it hands on. */
function placeOfHidden({ graph, units, portPlace }: Made, node: NodeId): number {
  if (!units.hidden.has(node)) return -1;
  for (const value of graph.inputs(node)) {
    for (const { source } of units.sources(value)) {
      const place = portPlace.get(source);
      if (place !== undefined) return place;
    }
  }
  return -1;
}

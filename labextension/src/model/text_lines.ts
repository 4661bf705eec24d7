/** Which line of a stage's text says what: one pass over the graph that writes nothing yet. */

import type { Call, Graph, NodeId, RegionId } from "./graph";

/** What a line is of. Up to `nodeClose` it is of a node, after that of a region or a value. */
export const Part = {
  node: 0,
  nodeOpen: 1,
  group: 2,
  nodeClose: 3,
  bodyOpen: 4,
  bodyHead: 5, // its inputs follow, one a line
  bodyInput: 6,
  bodyHeadEnd: 7,
  bodyClose: 8,
  blank: 9,
  moduleOpen: 10,
  moduleClose: 11,
} as const;

/** More inputs than these stand one a line. */
const FEW_INPUTS = 6;

export interface LineTable {
  readonly part: readonly number[];
  readonly of: readonly number[];
  /** The place of a body's region among its node's calls; -1 for one that stands by itself. */
  readonly call: readonly number[];
  readonly indent: readonly number[];
  readonly last: readonly number[];
  readonly lineOfNode: Int32Array;
  /** The number that a value is named by: in jaxprs counted through, else within its function. */
  readonly number: Int32Array;
  /** 1 for a region that stands by itself, and is referred to by its label. */
  readonly standalone: Uint8Array;
  readonly labels: readonly string[];
}

export function tableOf(graph: Graph): LineTable {
  return new Builder(graph).build();
}

class Builder {
  readonly #graph: Graph;
  readonly part: number[] = [];
  readonly of: number[] = [];
  readonly call: number[] = [];
  readonly indent: number[] = [];
  readonly last: number[] = [];
  readonly lineOfNode: Int32Array;
  readonly number: Int32Array;
  readonly standalone: Uint8Array;
  readonly labels: string[] = [];
  #values = 0;
  #arguments = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.lineOfNode = new Int32Array(graph.nodeCount).fill(-1);
    this.number = new Int32Array(graph.valueCount).fill(-1);
    this.standalone = new Uint8Array(graph.regionCount);
    this.#label();
  }

  build(): LineTable {
    const { stage, entry, regionCount } = this.#graph;
    const inModule = stage === "stablehlo" ? 1 : 0;
    if (stage !== "jaxpr") this.#add(Part.moduleOpen, 0, 0);
    if (stage === "hlo") this.#add(Part.blank, 0, 0);
    this.#standing(entry, inModule);
    for (let region = 0; region < regionCount; region++) {
      if (!this.standalone[region] || region === entry) continue;
      this.#add(Part.blank, 0, 0);
      this.#standing(region, inModule);
    }
    if (stage === "stablehlo") {
      this.#add(Part.moduleClose, 0, 0);
      this.last[0] = this.part.length - 1;
    }
    return this;
  }

  #label(): void {
    const { stage, entry, regionCount } = this.#graph;
    const taken = new Map<string, number>();
    for (let region = 0; region < regionCount; region++) {
      const callers = this.#graph.callers(region);
      const isGroup = callers.length === 1 && this.#graph.isGroup(callers[0]);
      const named = stage === "hlo" || /^(func\.)?call$/.test(this.#graph.op(callers[0] ?? 0));
      const alone = callers.length !== 1 || (stage !== "jaxpr" && named);
      this.standalone[region] = region === entry || (alone && !isGroup) ? 1 : 0;
      if (!this.standalone[region]) continue;
      const name = this.#graph.regionName(region) || this.#graph.regionKey(region);
      const times = taken.get(name) ?? 0;
      taken.set(name, times + 1);
      this.labels[region] = times ? `${name}_${times}` : name;
    }
  }

  #standing(region: RegionId, indent: number): void {
    if (this.#graph.stage !== "jaxpr") this.#values = this.#arguments = 0;
    this.#body(region, -1, indent);
  }

  /** A region with its inputs, its nodes and what it gives back. */
  #body(region: RegionId, call: number, indent: number): void {
    const first = this.#graph.firstInput(region);
    const last = this.#graph.lastInput(region);
    const isJaxpr = this.#graph.stage === "jaxpr";
    for (let value = first; value < last; value++) {
      this.number[value] = isJaxpr ? this.#values++ : this.#arguments++;
    }
    const inner = isJaxpr ? indent + 2 : indent + 1;
    const opened = this.part.length;
    if (last - first <= FEW_INPUTS) this.#add(Part.bodyOpen, region, indent, call);
    else {
      this.#add(Part.bodyHead, region, indent, call);
      for (let value = first; value < last; value++) {
        this.#add(Part.bodyInput, value, indent + 2, call);
      }
      this.#add(Part.bodyHeadEnd, region, isJaxpr ? indent + 1 : indent, call);
    }
    this.#nodes(region, inner);
    this.#add(Part.bodyClose, region, isJaxpr ? indent + 1 : indent, call);
    this.last[opened] = this.part.length - 1;
  }

  #nodes(region: RegionId, indent: number): void {
    const graph = this.#graph;
    for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
      const calls = graph.calls(node);
      this.lineOfNode[node] = this.part.length;
      if (graph.isGroup(node)) {
        this.#add(Part.group, node, indent);
        this.#nodes(calls[0].region, indent + 1);
        this.last[this.lineOfNode[node]] = this.part.length - 1;
      } else if (calls.some((call) => !this.standalone[call.region])) {
        this.#results(node);
        this.#opened(node, calls, indent);
      } else {
        this.#results(node);
        this.#add(Part.node, node, indent);
      }
    }
  }

  #opened(node: NodeId, calls: readonly Call[], indent: number): void {
    const opened = this.part.length;
    this.#add(Part.nodeOpen, node, indent);
    for (const [at, call] of calls.entries()) {
      if (!this.standalone[call.region]) this.#body(call.region, at, indent + 1);
    }
    if (this.#graph.stage === "jaxpr") this.#add(Part.nodeClose, node, indent);
    this.last[opened] = this.part.length - 1;
  }

  #results(node: NodeId): void {
    const last = this.#graph.lastOutput(node);
    const isJaxpr = this.#graph.stage === "jaxpr";
    for (let value = this.#graph.firstOutput(node); value < last; value++) {
      this.number[value] = isJaxpr ? this.#values++ : this.#values;
    }
    if (!isJaxpr && last > this.#graph.firstOutput(node)) this.#values++;
  }

  #add(part: number, of: number, indent: number, call = -1): void {
    this.last.push(this.part.length);
    this.part.push(part);
    this.of.push(of);
    this.call.push(call);
    this.indent.push(indent);
  }
}

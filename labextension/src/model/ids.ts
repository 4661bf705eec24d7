/** What nodes, regions and values are called, as in Python: where they stand tells most of it. */

import type { StageGraph } from "../generated/payload";
import { type Columns, regionOfInput } from "./columns";
import type { NodeId, RegionId, ValueId } from "./graph";

export class Ids {
  readonly #columns: Columns;
  /** Behind the id of the region that a node stands in. */
  readonly #titles: ReadonlyMap<NodeId, string>;
  readonly #nodes: ReadonlyMap<NodeId, string>;
  readonly #values: ReadonlyMap<ValueId, string>;
  readonly #regions: string[];
  /** The region whose id those of a region's nodes begin with. */
  readonly #homes: Int32Array;
  /** The number behind a node's last slash; -1 where it has none. */
  readonly #numbers: Float64Array;

  constructor({ nodes, regions, values, strings }: StageGraph, columns: Columns) {
    const { firstNode, callStart, callRole, callRegion } = columns;
    this.#columns = columns;
    this.#titles = textsOf(nodes.titles, strings);
    this.#nodes = textsOf(nodes.ids, strings);
    this.#values = textsOf(values.ids, strings);
    this.#numbers = new Float64Array(nodes.number);
    const told = textsOf(regions.ids, strings);
    this.#regions = regions.inputs.map((_, region) => told.get(region) ?? "");
    this.#homes = Int32Array.from(this.#regions.keys());
    const following = new Float64Array(this.#homes.length);
    const met = new Set<RegionId>();
    for (const region of this.#homes.keys()) {
      const home = this.#homes[region];
      for (let node = firstNode[region]; node < firstNode[region + 1]; node++) {
        if (this.#titles.has(node) || this.#nodes.has(node)) this.#numbers[node] = -1;
        else {
          this.#numbers[node] += following[home];
          following[home] = this.#numbers[node] + 1;
        }
        // The first node that calls a later region names it.
        for (let at = callStart[node]; at < callStart[node + 1]; at++) {
          const called = callRegion[at];
          if (called <= region || met.has(called)) continue;
          met.add(called);
          const isGroup = strings[callRole[at]] === "scope";
          if (isGroup) this.#homes[called] = home;
          if (told.has(called)) continue;
          this.#regions[called] = this.node(node) + (isGroup ? "" : `.${strings[callRole[at]]}`);
        }
      }
    }
  }

  region(region: RegionId): string {
    return this.#regions[region];
  }

  node(node: NodeId): string {
    const region = this.#columns.regionOf[node];
    const title = this.#titles.get(node);
    if (title !== undefined) return `${this.#regions[region]}/${title}`;
    const told = this.#nodes.get(node);
    return told ?? `${this.#regions[this.#homes[region]]}/${this.#numbers[node]}`;
  }

  /** The node with this id; -1 if there is none. */
  find(id: string): NodeId {
    const number = Number(/\/(\d+)$/.exec(id)?.[1] ?? -1);
    return this.#numbers.findIndex(
      (other, node) => (other === number || other < 0) && this.node(node) === id,
    );
  }

  value(value: ValueId): string {
    const { maker, firstOutput, firstValue, regionInputs, reader, readAs } = this.#columns;
    const told = this.#values.get(value);
    if (told !== undefined) return told;
    if (maker[value] >= 0) return `${this.node(maker[value])}:${value - firstOutput[maker[value]]}`;
    const literal = value - firstValue[regionInputs.length];
    if (literal < 0) {
      const region = regionOfInput(this.#columns, value);
      return `${this.#regions[region]}<${value - firstValue[region]}`;
    }
    const by = reader[literal];
    const stem = by < 0 ? this.#regions[-1 - by] : this.node(by);
    return `${stem}=${readAs[literal]}`;
  }
}

function textsOf(pairs: readonly number[], strings: readonly string[]): Map<number, string> {
  const found = new Map<number, string>();
  for (let at = 0; at < pairs.length; at += 2) found.set(pairs[at], strings[pairs[at + 1]]);
  return found;
}

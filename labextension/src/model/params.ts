import type { StageGraph } from "../generated/payload";
import { sums } from "./columns";
import type { Call, Constant, NodeId, RegionId } from "./graph";

export type Pairs = readonly (readonly [string, Constant])[];

interface Counter {
  readonly key: string;
  readonly values: ReadonlyMap<NodeId, number>;
}

/** What nodes are parametrised with: sets that many share, and numbers of their own. */
export class Params {
  readonly #data: StageGraph;
  readonly #regionKey: (region: RegionId) => string;
  readonly #sets: Pairs[] = [];
  #counters: readonly Counter[] | undefined;

  constructor(data: StageGraph, regionKey: (region: RegionId) => string) {
    this.#data = data;
    this.#regionKey = regionKey;
  }

  /** A set as it is written, with its marks. */
  set(place: number): Pairs {
    if (this.#sets[place] === undefined) {
      const flat = this.#data.params[place];
      const pairs: [string, Constant][] = [];
      for (let at = 0; at < flat.length; at += 2) {
        pairs.push([this.#data.strings[flat[at]], this.#data.constants[flat[at + 1]]]);
      }
      this.#sets[place] = pairs;
    }
    return this.#sets[place];
  }

  /** A node's: `{"called": role}` becomes the region that this node calls in this role. */
  of(node: NodeId, place: number, calls: readonly Call[]): Pairs {
    const shared = this.set(place);
    const own = this.#counted.flatMap(({ key, values }) => {
      const value = values.get(node);
      return value === undefined ? [] : [[key, value] as const];
    });
    if (!calls.length && !own.length) return shared;
    return [...shared.map(([key, value]) => [key, this.#resolved(value, calls)] as const), ...own];
  }

  one(node: NodeId, place: number, key: string, calls: readonly Call[]): Constant | undefined {
    const found = this.set(place).find(([name]) => name === key);
    if (found !== undefined) return this.#resolved(found[1], calls);
    return this.#counted.find((counter) => counter.key === key)?.values.get(node);
  }

  #resolved(value: Constant, calls: readonly Call[]): Constant {
    if (typeof value !== "object" || value === null || !("called" in value)) return value;
    const call = calls.find(({ role }) => role === value.called);
    return call === undefined ? value : { region: this.#regionKey(call.region) };
  }

  get #counted(): readonly Counter[] {
    this.#counters ??= this.#data.counters.map(({ key, nodes, values }) => {
      const told = sums(values);
      const ofNode = new Map<NodeId, number>();
      for (const [at, node] of sums(nodes).entries()) ofNode.set(node, told[at]);
      return { key, values: ofNode };
    });
    return this.#counters;
  }
}

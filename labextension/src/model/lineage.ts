import type { Links } from "../generated/payload";
import { grouped, sums } from "./columns";
import type { Lineage, NodeId } from "./graph";

const NONE: readonly NodeId[] = [];

/** Links between two stages with this many nodes. */
export function makeLineage(links: Links, beforeCount: number, afterCount: number): Lineage {
  return new LineageView(links, beforeCount, afterCount);
}

interface Ways {
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  readonly forward: ReturnType<typeof grouped>;
  readonly back: ReturnType<typeof grouped>;
  readonly fates: ReadonlyMap<NodeId, string>;
}

class LineageView implements Lineage {
  readonly before: number;
  readonly after: number;
  readonly note: string;
  readonly #links: Links;
  readonly #counts: readonly [number, number];
  #indexed: Ways | undefined;

  constructor(links: Links, beforeCount: number, afterCount: number) {
    this.before = links.before;
    this.after = links.after;
    this.note = links.note;
    this.#links = links;
    this.#counts = [beforeCount, afterCount];
  }

  forward(node: NodeId): readonly NodeId[] {
    return others(this.#ways.forward, node, this.#ways.to);
  }

  back(node: NodeId): readonly NodeId[] {
    return others(this.#ways.back, node, this.#ways.from);
  }

  kind(before: NodeId, after: NodeId): string {
    const { forward, to } = this.#ways;
    for (let at = forward.start[before]; at < forward.start[before + 1]; at++) {
      const link = forward.places[at];
      if (to[link] === after) return this.#links.kinds[this.#links.kind[link]];
    }
    return "";
  }

  fate(node: NodeId): string {
    return this.#ways.fates.get(node) ?? "";
  }

  get #ways(): Ways {
    this.#indexed ??= waysOf(this.#links, ...this.#counts);
    return this.#indexed;
  }
}

function waysOf(links: Links, beforeCount: number, afterCount: number): Ways {
  const from = sums(links.from);
  const to = targets(links);
  const fates = new Map<NodeId, string>();
  let node = 0;
  for (let at = 0; at < links.gone.length; at += 2) {
    node += links.gone[at];
    fates.set(node, links.fates[links.gone[at + 1]]);
  }
  return { from, to, forward: grouped(from, beforeCount), back: grouped(to, afterCount), fates };
}

/** Where links lead: differences, but from the first of the node before where `from` changes. */
export function targets({ from, to }: Pick<Links, "from" | "to">): Float64Array {
  const found = new Float64Array(to.length);
  let first = 0;
  for (let at = 0; at < to.length; at++) {
    const begins = at === 0 || from[at] !== 0;
    found[at] = (begins ? first : found[at - 1]) + to[at];
    if (begins) first = found[at];
  }
  return found;
}

function others(
  ways: ReturnType<typeof grouped>,
  node: NodeId,
  other: ArrayLike<number>,
): readonly NodeId[] {
  const first = ways.start[node];
  const last = ways.start[node + 1];
  if (first === last) return NONE;
  const found = new Set<NodeId>();
  for (let at = first; at < last; at++) found.add(other[ways.places[at]]);
  return [...found];
}

import type { Links } from "../generated/payload";
import { grouped, sums } from "./columns";
import type { Lineage, NodeId } from "./graph";

const NONE: readonly NodeId[] = [];

/** Links between two stages with this many nodes. */
export function makeLineage(links: Links, beforeCount: number, afterCount: number): Lineage {
  return new LineageView(links, beforeCount, afterCount);
}

interface Ways {
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Places in `kinds`. */
  readonly kind: Uint8Array;
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
    const { forward, to, kind } = this.#ways;
    for (let at = forward.start[before]; at < forward.start[before + 1]; at++) {
      const link = forward.places[at];
      if (to[link] === after) return this.#links.kinds[kind[link]].kind;
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
  const fates = new Map<NodeId, string>();
  let node = 0;
  for (let at = 0; at < links.gone.length; at += 2) {
    node += links.gone[at];
    fates.set(node, links.fates[links.gone[at + 1]]);
  }
  const count = links.kinds.reduce((all, { to }) => all + to.length, 0);
  const [from, to, kind] = [new Int32Array(count), new Int32Array(count), new Uint8Array(count)];
  let first = 0;
  for (const [place, rows] of links.kinds.entries()) {
    const nodes = sums(rows.from);
    to.set(targets(rows.counts, rows.to), first);
    kind.fill(place, first, first + rows.to.length);
    for (const [at, length] of rows.counts.entries()) {
      from.fill(nodes[at], first, first + length);
      first += length;
    }
  }
  const forward = grouped(from, beforeCount);
  return { from, to, kind, forward, back: grouped(to, afterCount), fates };
}

/** Where links lead: differences in a row; the first of a row from the first of the one before. */
export function targets(counts: readonly number[], to: readonly number[]): Float64Array {
  const found = new Float64Array(to.length);
  let at = 0;
  let first = 0;
  for (const count of counts) {
    let last = first;
    for (const end = at + count; at < end; at++) {
      found[at] = last += to[at];
      if (at === end - count) first = last;
    }
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
  return [...found].sort((one, two) => one - two);
}

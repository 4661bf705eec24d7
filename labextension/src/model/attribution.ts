import type { Graph, NodeId, Overlay, RegionId } from "./graph";

/** What each leaf adds to the program's total; NaN where that isn't known or it is no leaf.
 *
 * A caller in whose regions nothing is known counts as a leaf. The sum is the overlay's total as
 * far as values are known. */
export function attributed(graph: Graph, leaves: Uint8Array, overlay: Overlay): Float64Array {
  const opens = (node: NodeId) => !leaves[node];
  const weights = weightsOf(graph, overlay, { opens, branches: "dearest" });
  const found = new Float64Array(graph.nodeCount).fill(Number.NaN);
  for (let node = 0; node < graph.nodeCount; node++) {
    const weight = weights[graph.regionOf(node)];
    const value = numberAt(overlay, node);
    if (weight === 0 || value === undefined) continue;
    if (leaves[node]) found[node] = weight * value;
    else if (value && graph.calls(node).every((call) => totalOf(graph, overlay, call.region) === 0))
      found[node] = weight * value;
  }
  return found;
}

interface Ways {
  /** False for calls whose regions don't count, since the call itself does. */
  readonly opens: (node: NodeId) => boolean;
  /** What counts of a call that runs one of its regions. */
  readonly branches: "dearest" | "all";
}

/** How often the nodes of each region count in one run of the program, all callers together.
 *
 * In an overlay the value of a node in a body is for one run of the body, and that of a caller
 * has all runs in it: a `scan` of 12 steps says 12 times what its body says, a `cond` what its
 * dearest branch says. So one walks down from the entry with a weight per region. A caller
 * hands its own value down to the regions that it calls:
 *
 * - to the one that has exactly that value: the dearest branch, the rule that really runs;
 * - else to all of them in proportion, which for a loop is the trip count, and for a fusion, whose
 *   bytes are those at its border, shares them out by what its members would have moved.
 *
 * Where a caller's value isn't known, its regions count once. */
export function weightsOf(graph: Graph, overlay: Overlay, ways: Ways): Float64Array {
  const weights = new Float64Array(graph.regionCount);
  weights[graph.entry] = 1;
  for (const region of callersFirst(graph)) {
    const weight = weights[region];
    if (weight === 0) continue;
    for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
      if (!ways.opens(node)) continue;
      const called = [...new Set(graph.calls(node).map((call) => call.region))];
      if (called.length === 0) continue;
      const totals = graph.isGroup(node) ? [] : called.map((r) => totalOf(graph, overlay, r));
      const shares = sharesOf(numberAt(overlay, node), totals, ways.branches);
      for (const [at, inner] of called.entries()) weights[inner] += weight * (shares[at] ?? 1);
    }
  }
  return weights;
}

/** How much of each region's total a caller's value is. */
function sharesOf(
  value: number | undefined,
  totals: readonly number[],
  branches: Ways["branches"],
): readonly number[] {
  if (value === undefined) return totals.map(() => 1);
  const one = totals.findIndex((total) => Math.abs(total - value) <= 1e-9 * Math.abs(value));
  if (one >= 0) return totals.map((_, at) => (at === one || branches === "all" ? 1 : 0));
  const all = totals.reduce((sum, total) => sum + total, 0);
  return totals.map(() => (all > 0 ? value / all : 0));
}

const totals = new WeakMap<Overlay, Map<RegionId, number>>();

/** What one run of a region comes to. */
function totalOf(graph: Graph, overlay: Overlay, region: RegionId): number {
  const known = totals.get(overlay) ?? new Map<RegionId, number>();
  totals.set(overlay, known);
  let total = known.get(region);
  if (total === undefined) {
    total = 0;
    for (let at = graph.firstNode(region); at < graph.lastNode(region); at++) {
      total += numberAt(overlay, at) ?? 0;
    }
    known.set(region, total);
  }
  return total;
}

function numberAt(overlay: Overlay, node: NodeId): number | undefined {
  const value = overlay.value(node);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The regions that run, each after all that call it. */
function callersFirst(graph: Graph): readonly RegionId[] {
  const done: RegionId[] = [];
  const met = new Uint8Array(graph.regionCount);
  const visit = (region: RegionId): void => {
    met[region] = 1;
    for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
      for (const call of graph.calls(node)) if (!met[call.region]) visit(call.region);
    }
    done.push(region);
  };
  visit(graph.entry);
  return done.reverse();
}

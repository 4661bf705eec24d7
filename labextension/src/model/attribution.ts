import type { Graph, NodeId, Overlay, RegionId } from "./graph";

/** What each leaf adds to the program's total; NaN where that isn't known or it is no leaf.
 *
 * In an overlay the value of a node in a body is for one run of the body, and that of a caller
 * has all runs in it: a `scan` of 12 steps says 12 times what its body says, a `cond` what its
 * dearest branch says. So one walks down from the entry with a factor per region. A caller
 * hands its own value down to the regions that it calls:
 *
 * - to the one that has exactly that value: the dearest branch, the rule that really runs;
 * - else to all of them in proportion, which for a loop is the trip count, and for a fusion, whose
 *   bytes are those at its border, shares them out by what its members would have moved;
 * - else, where nothing is known inside, it keeps it, and counts as a leaf.
 *
 * Where a caller's value isn't known, its regions count once. The sum is the overlay's total
 * as far as values are known. */
export function attributed(graph: Graph, leaves: Uint8Array, overlay: Overlay): Float64Array {
  const found = new Float64Array(graph.nodeCount).fill(Number.NaN);
  const factors = new Float64Array(graph.regionCount);
  factors[graph.entry] = 1;
  const totals = new Map<RegionId, number>();
  const totalOf = (region: RegionId): number => {
    let total = totals.get(region);
    if (total === undefined) {
      total = 0;
      for (let at = graph.firstNode(region); at < graph.lastNode(region); at++) {
        total += numberAt(overlay, at) ?? 0;
      }
      totals.set(region, total);
    }
    return total;
  };
  for (const region of callersFirst(graph)) {
    const factor = factors[region];
    if (factor === 0) continue;
    for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
      const value = numberAt(overlay, node);
      if (leaves[node]) {
        if (value !== undefined) found[node] = factor * value;
        continue;
      }
      const called = [...new Set(graph.calls(node).map((call) => call.region))];
      const shares = graph.isGroup(node) ? [1] : sharesOf(value, called.map(totalOf));
      for (const [at, inner] of called.entries()) factors[inner] += factor * shares[at];
      if (value && shares.every((share) => share === 0)) found[node] = factor * value;
    }
  }
  return found;
}

/** How much of each region's total a caller's value is. */
function sharesOf(value: number | undefined, totals: readonly number[]): readonly number[] {
  if (value === undefined) return totals.map(() => 1);
  const one = totals.findIndex((total) => Math.abs(total - value) <= 1e-9 * Math.abs(value));
  if (one >= 0) return totals.map((_, at) => (at === one ? 1 : 0));
  const all = totals.reduce((sum, total) => sum + total, 0);
  return totals.map(() => (all > 0 ? value / all : 0));
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

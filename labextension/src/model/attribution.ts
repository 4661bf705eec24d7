import type { Graph, NodeId, Overlay, RegionId } from "./graph";

/** What each leaf adds to the program's total; NaN where that isn't known or it is no leaf.
 *
 * A caller in whose regions nothing is known counts as a leaf. The sum is the overlay's total as
 * far as values are known. */
export function attributed(graph: Graph, leaves: Uint8Array, overlay: Overlay): Float64Array {
  const opens = (node: NodeId) => !leaves[node];
  const weightOf = weigher(graph, overlay, { opens, branches: "dearest" });
  const found = new Float64Array(graph.nodeCount).fill(Number.NaN);
  for (let region = 0; region < graph.regionCount; region++) {
    const weight = weightOf(region);
    if (weight === 0) continue;
    for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
      const value = numberAt(overlay, node);
      if (value === undefined) continue;
      const counts =
        leaves[node] ||
        (value && graph.calls(node).every((call) => totalOf(graph, overlay, call.region) === 0));
      if (counts) found[node] = weight * value;
    }
  }
  return found;
}

interface Ways {
  /** False for calls whose regions don't count, since the call itself does. */
  readonly opens: (node: NodeId) => boolean;
  /** What counts of a call that runs one of its regions. */
  readonly branches: "dearest" | "all";
}

/** How often the nodes of a region count in one run of the program, all callers together.
 *
 * In an overlay the value of a node in a body is for one run of the body, and that of a caller
 * has all runs in it: a `scan` of 12 steps says 12 times what its body says, a `cond` what its
 * dearest branch says. So the entry counts once, and a caller hands its own value down to the
 * regions that it calls:
 *
 * - to the one that has exactly that value: the dearest branch, the rule that really runs;
 * - else to all of them in proportion, which for a loop is the trip count, and for a fusion, whose
 *   bytes are those at its border, shares them out by what its members would have moved.
 *
 * Where a caller's value isn't known, its regions count once. Each region is worked out when it is
 * first asked for: a picture asks for the few that are in sight. */
export function weigher(
  graph: Graph,
  overlay: Overlay,
  { opens, branches }: Ways,
): (region: RegionId) => number {
  const weights = new Map<RegionId, number>();
  const weightOf = (region: RegionId): number => {
    let weight = weights.get(region);
    if (weight === undefined) {
      weight = region === graph.entry ? 1 : 0;
      for (const caller of new Set(graph.callers(region))) {
        const around = opens(caller) ? weightOf(graph.regionOf(caller)) : 0;
        if (around !== 0) weight += around * share(caller, region);
      }
      weights.set(region, weight);
    }
    return weight;
  };
  const share = (caller: NodeId, region: RegionId): number => {
    if (graph.isGroup(caller)) return 1;
    const called = [...new Set(graph.calls(caller).map((call) => call.region))];
    const totals = called.map((inner) => totalOf(graph, overlay, inner));
    return sharesOf(numberAt(overlay, caller), totals, branches)[called.indexOf(region)];
  };
  return weightOf;
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

/** What each operation costs in a whole run of the program, every cost told once. No DOM. */

import { attributed } from "../../model/attribution";
import type { Graph, NodeId, RegionId } from "../../model/graph";

export type Cell = number | string | undefined;

export interface LeafCosts {
  /** Operations in the order of the program; no scopes, no calls that are opened. */
  readonly nodes: readonly NodeId[];
  /** Of a node under each overlay, all its runs together; undefined: not known. */
  cells(node: NodeId): readonly Cell[];
}

export function leafCosts(graph: Graph): LeafCosts {
  const { nodes, marks } = findLeaves(graph);
  const sums = graph.overlays.map((overlay) => attributed(graph, marks, overlay));

  const cells = (node: NodeId): readonly Cell[] =>
    graph.overlays.map((overlay, at) => {
      const own = overlay.value(node);
      if (typeof own === "string") return own;
      return Number.isNaN(sums[at][node]) ? undefined : sums[at][node];
    });

  /** False in a branch that is not the dearest, and in rules that a transform would use. */
  const counts = (node: NodeId): boolean =>
    cells(node).some((cell) => cell !== undefined) ||
    graph.overlays.every((overlay) => overlay.value(node) === undefined);

  return { nodes: nodes.filter(counts), cells };
}

/** Scopes, calls, loops and branches are opened. A fusion is one kernel, and so one operation. */
function findLeaves(graph: Graph): { nodes: readonly NodeId[]; marks: Uint8Array } {
  const nodes: NodeId[] = [];
  const marks = new Uint8Array(graph.nodeCount);
  const met = new Set<RegionId>();

  function walk(region: RegionId): void {
    if (met.has(region)) return;
    met.add(region);
    for (let node = graph.firstNode(region); node < graph.lastNode(region); node += 1) {
      const calls = graph.calls(node);
      if (calls.length > 0 && isOpened(graph, node)) {
        for (const call of calls) walk(call.region);
      } else {
        marks[node] = 1;
        nodes.push(node);
      }
    }
  }

  walk(graph.entry);
  return { nodes, marks };
}

function isOpened(graph: Graph, node: NodeId): boolean {
  if (graph.isGroup(node)) return true;
  return graph.family(node) === "control flow" && graph.op(node) !== "pallas_call";
}

/** Who reads a value, through the borders of scopes. No DOM. */

import type { Graph, NodeId, RegionId, ValueId } from "../../model/graph";

export interface Readers {
  readonly nodes: readonly NodeId[];
  /** Bodies and programs of which it is a result. */
  readonly results: readonly RegionId[];
}

/** The nodes that read what a node of `region` gives. Groups only pass values on. */
export function readersOf(graph: Graph, value: ValueId, region: RegionId): Readers {
  const nodes = new Set<NodeId>();
  const results = new Set<RegionId>();

  function walk(at: ValueId, within: RegionId): void {
    for (const user of graph.users(at)) {
      if (!graph.isGroup(user)) nodes.add(user);
      else {
        const inner = graph.calls(user)[0].region;
        graph.inputs(user).forEach((operand, place) => {
          if (operand === at) walk(graph.firstInput(inner) + place, inner);
        });
      }
    }
    graph.outputs(within).forEach((output, place) => {
      if (output !== at) return;
      const [caller] = graph.callers(within);
      if (caller !== undefined && graph.isGroup(caller)) {
        walk(graph.firstOutput(caller) + place, graph.regionOf(caller));
      } else results.add(within);
    });
  }

  walk(value, region);
  return { nodes: [...nodes].sort((a, b) => a - b), results: [...results] };
}

/** Forward down, backward up, update beside: which lane each unit stands in. */

import type { Graph } from "../graph";
import { Lane, type LaneId } from "../level";
import { reached } from "./digraph";
import type { Units } from "./units";

export interface Lanes {
  readonly laned: boolean;
  readonly laneOf: readonly LaneId[];
}

/** A level is laned where some of it runs forward and some backward. What runs forward but needs
 * gradients, and leads to no more of them, is the update. */
export function lanesOf(graph: Graph, units: Units, around: string): Lanes {
  const { nodes, flow } = units;
  const none: Lanes = { laned: false, laneOf: nodes.map(() => Lane.none) };
  if (around !== "forward") return none;
  const backward: number[] = [];
  nodes.forEach((node, unit) => {
    if (graph.direction(node) !== "forward") backward.push(unit);
  });
  if (backward.length === 0 || backward.length === nodes.length) return none;
  const needs = reached(flow.n, flow.next, backward);
  const leads = reached(flow.n, flow.back, backward);
  const laneOf = nodes.map((_, unit): LaneId => (needs[unit] && !leads[unit] ? 3 : 1));
  for (const unit of backward) laneOf[unit] = Lane.backward;
  // Where nothing runs forward into the backward part, there is nothing to set beside it.
  return laneOf.includes(Lane.forward) ? { laned: true, laneOf } : none;
}

/** What a node or a group is, in words. No DOM. */

import type { Family, Graph, NodeId } from "../../model/graph";
import { isBranch, isLoop, nodeTitle } from "../../model/levels/titles";
import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";

const WORK: Readonly<Record<Family, string>> = {
  contraction: "Multiplies and sums along shared dimensions",
  elementwise: "Computes with each element, or reduces them",
  "data movement": "Moves, reshapes or converts data",
  "control flow": "Runs other code",
  random: "Makes or splits random keys and bits",
  effect: "Reaches outside the program",
  collective: "Exchanges data between devices",
  group: "A scope",
  unknown: "An operation that jaxlab doesn't know",
};

/** What a reader calls a node: its scope, its name if that tells the op too, or op and name. */
export function titleOf(graph: Graph, node: NodeId): string {
  if (graph.isGroup(node)) return visible(nodeTitle(graph, node));
  const op = graph.op(node);
  if (isLoop(op) || isBranch(op)) return visible(nodeTitle(graph, node));
  const name = graph.nodeName(node);
  return visible(!name ? op : name.includes(op) ? name : `${op} ${name}`);
}

/** One or two sentences: what it does, in which pass, how often. */
export function sentenceOf(graph: Graph, node: NodeId): string {
  const pass = passOf(graph.direction(node));
  if (graph.isGroup(node)) {
    return `A scope of ${count(graph.size(node), "operation")}${pass}.`;
  }
  const inside = graph.calls(node).length > 0 ? graph.size(node) : 0;
  if (graph.op(node) === "fusion") return `One kernel of ${count(inside, "operation")}${pass}.`;
  const times = graph.trips(node);
  const runs = [
    inside > 0 ? ` of ${count(inside, "operation")}` : "",
    times !== null && inside > 0 ? `, ${quantity(times)} times` : "",
  ].join("");
  const body = graph.family(node) === "control flow" && inside > 0;
  return `${body ? `Runs a body${runs}` : WORK[graph.family(node)]}${pass}.`;
}

function passOf(direction: string): string {
  if (direction === "recomputed") return ", computed again for the backward pass";
  return direction === "backward" ? ", in the backward pass" : "";
}

/** "1 operation", "6,129 operations". */
export function count(number: number, noun: string): string {
  return `${quantity(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** How many leaves of each op are in some nodes, most frequent first. Shared bodies count once. */
export function countOps(graph: Graph, nodes: readonly NodeId[]): readonly [string, number][] {
  const counts = new Map<string, number>();
  const seen = new Set<NodeId>();
  const waiting = [...nodes];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (!graph.isGroup(node)) counts.set(graph.op(node), (counts.get(graph.op(node)) ?? 0) + 1);
    for (const { region } of graph.calls(node)) {
      for (let n = graph.firstNode(region); n < graph.lastNode(region); n += 1) waiting.push(n);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** Of a picked box the nodes that do its work: plumbing that was folded into it is left out. */
export function workers(graph: Graph, nodes: readonly NodeId[]): readonly NodeId[] {
  const working = nodes.filter((node) => graph.plumbing(node) === 0);
  return working.length > 0 ? working : nodes.slice(0, 1);
}

/** What a pick of several nodes is called: "block ×12", "3 operations". */
export function titleOfMany(graph: Graph, nodes: readonly NodeId[]): string {
  const [first] = nodes;
  const alike = nodes.every((node) => graph.op(node) === graph.op(first));
  const kin = graph.kin(first) > 0 && nodes.every((node) => graph.kin(node) === graph.kin(first));
  if (alike && kin) return `${stem(titleOf(graph, first))} ×${nodes.length}`;
  return alike && !graph.isGroup(first)
    ? `${visible(graph.op(first))} ×${nodes.length}`
    : count(nodes.length, "operation");
}

/** `block_3` is one of `block`. */
function stem(name: string): string {
  return name.replace(/[._]\d+$/, "");
}

/** What a re-run changed: nodes of the new graph that the old one did not have. */

import type { Graph, NodeId, RegionId, Report } from "../../model/graph";

/** Two middles longer than this together are not compared node by node. */
const LONGEST = 1_000;

/** Of each stage of `now`, the nodes that are new or do something else. A stage that was not there
 * before has none: it is all new, and marks on everything tell nothing. */
export function changes(before: Report, now: Report): NodeId[][] {
  return now.stages.map((graph, place) => {
    const old = sameStage(before, graph, place);
    return old ? changedNodes(old, graph) : [];
  });
}

function sameStage(report: Report, graph: Graph, place: number): Graph | undefined {
  const alike = report.stages.filter((g) => g.stage === graph.stage && g.label === graph.label);
  return alike.length > 1 ? report.stages[place] : alike[0];
}

/** Groups, bodies and the entry are matched by their keys; within one, nodes by what they do, in
 * order: the numbers in their ids shift with each equation that comes before. */
function changedNodes(old: Graph, now: Graph): NodeId[] {
  const regions = new Map<string, RegionId>();
  for (let r = 0; r < old.regionCount; r++) regions.set(old.regionKey(r), r);
  const changed: NodeId[] = [];
  for (let r = 0; r < now.regionCount; r++) {
    const was = regions.get(now.regionKey(r));
    const nodes = signatures(now, r);
    const kept = was === undefined ? [] : common(signatures(old, was), nodes);
    const known = new Set(kept);
    for (let place = 0; place < nodes.length; place++) {
      if (!known.has(place)) changed.push(now.firstNode(r) + place);
    }
  }
  return changed;
}

function signatures(graph: Graph, region: RegionId): string[] {
  const texts: string[] = [];
  for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
    const parts = [graph.isGroup(node) ? graph.nodeKey(node) : graph.op(node)];
    for (const value of graph.inputs(node)) parts.push(graph.typeText(value));
    parts.push(">");
    for (let v = graph.firstOutput(node); v < graph.lastOutput(node); v++) {
      parts.push(graph.typeText(v));
    }
    texts.push(parts.join(" "));
  }
  return texts;
}

/** Places in `now` of a longest common subsequence; of long middles, only what begins and ends
 * both. */
function common(old: readonly string[], now: readonly string[]): number[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let tail = 0;
  const most = Math.min(old.length, now.length) - start;
  while (tail < most && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const kept = Array.from({ length: start }, (_, place) => place);
  for (let place = now.length - tail; place < now.length; place++) kept.push(place);
  const rows = old.slice(start, old.length - tail);
  const columns = now.slice(start, now.length - tail);
  if (rows.length + columns.length > LONGEST) return kept;

  const width = columns.length + 1;
  const longest = new Uint16Array((rows.length + 1) * width);
  for (let i = rows.length - 1; i >= 0; i--) {
    for (let j = columns.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        rows[i] === columns[j]
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  for (let i = 0, j = 0; i < rows.length && j < columns.length; ) {
    if (rows[i] === columns[j]) {
      kept.push(start + j);
      i++;
      j++;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i++;
    else j++;
  }
  return kept;
}

/** Levels of thousands of boxes are cut into pieces that follow the program: by the lines that it
 * was written in, else by position. */

import type { Graph, NodeId } from "../graph";
import { ordered } from "./digraph";
import type { Draft, Folding } from "./folding";
import { nodeTitle, sizeText } from "./titles";

/** Pieces of one level. */
const PIECES = 32;

/** Put the boxes of a level into at most a few dozen "more" boxes, in an order that the program
 * could run in: pieces of such an order make no cycle. `known`: what the boxes are is settled. */
export function foldChunks(graph: Graph, folding: Folding, most: number, known: boolean): void {
  const count = folding.drafts.length;
  if (count <= most) return;
  const firstUnit = Int32Array.from(folding.drafts, (draft, box) => rankOf(folding, draft, box));
  const { order } = ordered(folding.flow, firstUnit);
  const runs = runsOf(graph, folding, Array.from(order));
  const sets = merged(folding, runs)
    .filter((boxes) => boxes.length > 1)
    .map((boxes) => ({ boxes, draft: chunkDraft(graph, folding, boxes, known) }));
  folding.contract(sets);
}

/** Boxes of one lane go before those of the next where the program lets them. */
const rankOf = (folding: Folding, draft: Draft, box: number): number =>
  folding.lane(box) * folding.units.nodes.length + draft.units[0];

/** A position in the source: how deep the frame is, and where. */
interface Site {
  readonly text: string;
  readonly function: string;
  readonly line: number;
  /** The function that is called there, "" at the innermost frame. */
  readonly called: string;
}

/** Cut an order where the source line changes, at the first depth at which it does. */
function runsOf(graph: Graph, folding: Folding, order: readonly number[]): number[][] {
  const frames = order.map((box) => graph.frames(folding.nodeOf(box)));
  const deepest = Math.max(0, ...frames.map((stack) => stack.length));
  let best: number[][] = [order as number[]];
  for (let depth = 0; depth < deepest && depth < 12; depth++) {
    const runs: number[][] = [];
    let last = "";
    order.forEach((box, at) => {
      const key = `${folding.lane(box)}|${siteAt(frames[at], depth)?.text ?? last}`;
      if (at === 0 || key !== last) runs.push([box]);
      else runs[runs.length - 1].push(box);
      last = key;
    });
    // Deeper lines are finer, and too fine once pieces are few boxes each.
    if (runs.length > order.length / 4 && best.length > 1) break;
    best = runs;
    if (best.length >= PIECES / 2) break;
  }
  return best;
}

function siteAt(stack: ReturnType<Graph["frames"]>, depth: number): Site | null {
  const at = stack.length - 1 - depth;
  if (at < 0) return null;
  const frame = stack[at];
  return {
    text: `${frame.file}:${frame.function}:${frame.line}`,
    function: frame.function,
    line: frame.line,
    called: at > 0 ? stack[at - 1].function : "",
  };
}

/** Join small runs with the smaller of their neighbours, and cut large ones by position. */
function merged(folding: Folding, runs: readonly number[][]): number[][] {
  const total = runs.reduce((sum, run) => sum + run.length, 0);
  const usual = Math.ceil(total / PIECES);
  const cut: number[][] = [];
  for (const run of runs) {
    const pieces = Math.ceil(run.length / (4 * usual));
    const size = Math.ceil(run.length / pieces);
    for (let at = 0; at < run.length; at += size) cut.push(run.slice(at, at + size));
  }
  const joined = joinSmall(folding, cut, usual, false);
  // Where lanes alternate box by box (HLO, rematerialisation), a piece holds some of both.
  return joined.length <= 2 * PIECES ? joined : joinSmall(folding, joined, usual, true);
}

function joinSmall(
  folding: Folding,
  runs: readonly (readonly number[])[],
  usual: number,
  acrossLanes: boolean,
): number[][] {
  const joined: number[][] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    const small = last && (last.length < usual / 2 || run.length < usual / 2);
    const mates = last && (acrossLanes || folding.lane(last[0]) === folding.lane(run[0]));
    if (small && mates && last.length + run.length <= 2 * usual) last.push(...run);
    else joined.push([...run]);
  }
  return joined;
}

function chunkDraft(
  graph: Graph,
  folding: Folding,
  boxes: readonly number[],
  known: boolean,
): Draft {
  const units = folding.unitsIn(boxes);
  const nodes = units.map((unit) => folding.units.nodes[unit]);
  const size = nodes.reduce((sum, node) => sum + graph.size(node), 0);
  const { title, place } = named(graph, nodes, units);
  return {
    kind: "more",
    units,
    name: title,
    subtitle: [place, sizeText(size)].filter((text) => text !== "").join(" · "),
    count: 1,
    // A piece of ops alone is looked through again when it is opened.
    parts:
      !known && boxes.every((box) => folding.isSingle(box))
        ? null
        : boxes.map((box) => folding.drafts[box]),
  };
}

/** "attn" of "line 15", "lines 15–22", or "ops 1–250". */
function named(
  graph: Graph,
  nodes: readonly NodeId[],
  units: readonly number[],
): { title: string; place: string } {
  const stacks = nodes.map((node) => graph.frames(node)).filter((stack) => stack.length > 0);
  if (stacks.length * 2 > nodes.length) {
    let depth = 0;
    for (; ; depth++) {
      const texts = new Set(stacks.map((stack) => siteAt(stack, depth)?.text ?? ""));
      if (texts.size > 1 || texts.has("")) break;
    }
    const sites = stacks.map((stack) => siteAt(stack, depth)).filter((site) => site !== null);
    const shared = depth > 0 ? siteAt(stacks[0], depth - 1) : null;
    if (shared && shared.called !== "" && !shared.called.includes("<")) {
      return { title: shared.called, place: `line ${shared.line}` };
    }
    const lines = sites.length > 0 ? sites.map((site) => site.line) : [shared?.line ?? 0];
    const least = Math.min(...lines);
    const most = Math.max(...lines);
    if (most > 0) {
      const place = least === most ? `line ${least}` : `lines ${least}–${most}`;
      const functions = new Set(sites.map((site) => site.function));
      const [name] = functions;
      const plain = functions.size === 1 && !name.includes("<");
      return { title: plain ? name : opsText(graph, nodes), place };
    }
  }
  return { title: opsText(graph, nodes), place: `ops ${units[0] + 1}–${(units.at(-1) ?? 0) + 1}` };
}

/** The most frequent ops. */
function opsText(graph: Graph, nodes: readonly NodeId[]): string {
  const times = new Map<string, number>();
  for (const node of nodes) {
    const title = nodeTitle(graph, node);
    times.set(title, (times.get(title) ?? 0) + 1);
  }
  const ops = [...times].sort((a, b) => b[1] - a[1]).map(([op]) => op);
  return ops.length <= 2 ? ops.join(", ") : `${ops[0]}, ${ops[1]}, …`;
}

/** Siblings that are alike, in parallel or in a row, as one stack: `block_0` .. `block_11` are
 * "block ×12". */

import { type Graph, type NodeId, Plumbing } from "../graph";
import { quantity } from "../quantity";
import type { Draft, Folding } from "./folding";
import { byKey } from "./lists";
import { callName, scopeName, sizeText } from "./titles";

const FEWEST = 3;
/** Calls of fewer nodes than this are ops to the reader, not parts of a model. */
const SMALL_CALL = 8;

interface Family {
  readonly name: string;
  /** Told apart by numbers; parts of a scope with one number count once. */
  readonly numbered: boolean;
  readonly boxes: number[];
}

export function foldStacks(graph: Graph, folding: Folding): void {
  const families = familiesOf(graph, folding);
  const stemOf = new Map<NodeId, string>();
  for (const family of families) {
    for (const box of family.boxes) stemOf.set(folding.nodeOf(box), family.name);
  }
  const sets = families.map((family) => ({
    family,
    nodes: family.boxes.map((box) => folding.nodeOf(box)),
  }));
  for (const { family, nodes } of sets) {
    for (const alike of alikes(graph, nodes)) {
      // Boxes are numbered anew with each stack that is made.
      const boxes = alike
        .map((node) => folding.boxOf[folding.units.unitOf.get(node) as number])
        .filter((box) => folding.isSingle(box));
      if (boxes.length >= FEWEST) stack(graph, folding, family, boxes, stemOf);
    }
  }
}

/** Boxes that may be alike: groups by their name less its number, calls by what they do. */
function familiesOf(graph: Graph, folding: Folding): Family[] {
  const found = new Map<string, Family>();
  folding.drafts.forEach((_, box) => {
    const node = folding.nodeOf(box);
    const group = graph.isGroup(node);
    if (!group && (graph.calls(node).length === 0 || isSmall(graph, node))) return;
    const stem = group ? lessNumber(scopeName(graph, node)) : null;
    const kin = graph.kin(node);
    if (stem === null && kin === 0) return;
    const key = `${folding.lane(box)}|${graph.direction(node)}|${stem ?? `#${kin}`}`;
    const name = stem ?? (group ? scopeName(graph, node) : callName(graph, node));
    const family = found.get(key);
    if (family) family.boxes.push(box);
    else found.set(key, { name, numbered: stem !== null, boxes: [box] });
  });
  return [...found.values()]
    .filter(({ boxes }) => boxes.length >= FEWEST)
    .sort((a, b) => Number(b.numbered) - Number(a.numbered) || b.boxes.length - a.boxes.length);
}

function isSmall(graph: Graph, node: NodeId): boolean {
  if (graph.op(node) === "fusion" || graph.plumbing(node) === Plumbing.wrapper) return true;
  return graph.size(node) < SMALL_CALL;
}

/** `block` of `block_12`; null without a number at the end. */
export function lessNumber(name: string): string | null {
  const match = /^(.*?[^\d_.\-\s])[_.\-\s]*\d+$/.exec(name);
  return match && match[1] !== "" ? match[1] : null;
}

/** Members of a family that the reader takes for the same thing. Where there are several kinds of
 * them (the stages of a ResNet), each kind is on its own; else small differences don't count. */
function alikes(graph: Graph, nodes: readonly NodeId[]): NodeId[][] {
  const kinds = byKey(nodes, (node) => graph.kin(node));
  const large = [...kinds].filter(([kin, mates]) => kin !== 0 && mates.length >= FEWEST);
  if (large.length > 1) return large.map(([, mates]) => mates);
  const sizes = nodes.map((node) => graph.size(node)).sort((a, b) => a - b);
  const usual = sizes[sizes.length >> 1];
  const alike = nodes.filter((node) => {
    const size = graph.size(node);
    return size >= usual / 2 && size <= usual * 2;
  });
  return alike.length >= FEWEST ? [alike] : [];
}

/** Make one stack of boxes, with the little things that stand between them, or several where
 * something else does. */
function stack(
  graph: Graph,
  folding: Folding,
  family: Family,
  boxes: readonly number[],
  stemOf: ReadonlyMap<NodeId, string>,
): void {
  const lane = folding.lane(boxes[0]);
  const between = folding.between(boxes);
  const names = [family.name];
  const others = new Map<string, number>();
  const fits =
    between.length <= 2 * boxes.length &&
    between.every((box) => {
      if (!folding.isSingle(box) || folding.lane(box) !== lane) return false;
      const node = folding.nodeOf(box);
      const stem = stemOf.get(node);
      if (stem !== undefined) others.set(stem, (others.get(stem) ?? 0) + 1);
      return stem !== undefined || !graph.isGroup(node) || graph.size(node) <= SMALL_CALL;
    });
  if (fits) {
    for (const [stem, count] of others) {
      if (stem !== family.name && Math.abs(count - boxes.length) <= 1) names.push(stem);
    }
    const draft = stackDraft(
      graph,
      folding,
      { ...family, name: names.join(" + ") },
      boxes,
      between,
    );
    folding.contract([{ boxes: [...boxes, ...between], draft }]);
    return;
  }
  const sets = folding
    .convex(boxes)
    .filter((part) => part.length >= FEWEST)
    .map((part) => ({ boxes: part, draft: stackDraft(graph, folding, family, part, []) }));
  folding.contract(sets);
}

function stackDraft(
  graph: Graph,
  folding: Folding,
  { name, numbered }: Family,
  boxes: readonly number[],
  between: readonly number[],
): Draft {
  const nodes = boxes.map((box) => folding.nodeOf(box));
  const count = numbered ? new Set(nodes.map((node) => scopeName(graph, node))).size : nodes.length;
  return {
    kind: "stack",
    units: folding.unitsIn([...boxes, ...between]),
    name,
    subtitle: eachText(nodes.map((node) => graph.size(node))),
    count,
    parts: null,
  };
}

/** "508 ops each", or "500–520 ops each" where they differ. */
function eachText(sizes: readonly number[]): string {
  const least = Math.min(...sizes);
  const most = Math.max(...sizes);
  const from = least === most ? "" : `${quantity(least)}–`;
  return `${from}${sizeText(most)} each`;
}

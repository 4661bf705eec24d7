/** Items for drafts: titles, forms, what they hold. */

import type { Family, Graph, NodeId } from "../graph";
import { type Filters, Form, type Item, Lane, type LaneId } from "../level";
import type { Draft } from "./folding";
import {
  countText,
  isBranch,
  isLoop,
  isSpecialCall,
  nodeTitle,
  resultText,
  sizeText,
  working,
  wrapped,
} from "./titles";

/** The node that speaks for a wrapper: what is wrapped, however deep. */
export function core(graph: Graph, filters: Filters, node: NodeId): NodeId {
  if (filters.plumbing) return node;
  let at = node;
  for (let depth = 0; depth < 64; depth++) {
    const inner = wrapped(graph, at);
    if (inner === null) return at;
    at = inner;
  }
  return at;
}

/** Words and form of a box; places, chips and inside come from the level. */
export type Face = Pick<
  Item,
  "kind" | "lead" | "title" | "subtitle" | "family" | "forms" | "count" | "size" | "nodes"
>;

/** What the level says of its boxes. */
export interface Setting {
  readonly graph: Graph;
  readonly filters: Filters;
  /** The direction that needs no word: that of the group around. */
  readonly direction: string;
  readonly laned: boolean;
}

export function faceOf(
  setting: Setting,
  draft: Draft,
  nodes: readonly NodeId[],
  lead: NodeId,
): Face {
  const { graph } = setting;
  const size =
    draft.units.length === 1 && draft.kind === "unit" ? graph.size(lead) : sizeOf(graph, nodes);
  if (draft.kind === "unit") return { ...nodeFace(setting, lead), size, nodes };
  const title = draft.count > 1 ? countText(draft.name, draft.count) : draft.name;
  return {
    kind: draft.kind,
    lead,
    title: title + directionText(setting, lead),
    subtitle: withTransforms(setting, lead, draft.subtitle),
    family: draftFamily(setting, draft, lead),
    forms: draft.kind === "more" ? 0 : formsOf(graph, core(graph, setting.filters, lead), lead),
    count: draft.count,
    size,
    nodes,
  };
}

function sizeOf(graph: Graph, nodes: readonly NodeId[]): number {
  let size = 0;
  for (const node of nodes) size += graph.size(node);
  return size;
}

function draftFamily({ graph, filters }: Setting, draft: Draft, lead: NodeId): Family {
  if (draft.kind === "stack") return familyOf(graph, core(graph, filters, lead));
  const single = draft.parts?.[0]?.units.length === 1 && draft.kind === "component";
  return single ? familyOf(graph, core(graph, filters, lead)) : "group";
}

function nodeFace(setting: Setting, node: NodeId): Omit<Face, "size" | "nodes"> {
  const { graph, filters } = setting;
  const speaker = core(graph, filters, node);
  const group = graph.isGroup(node);
  return {
    kind: group ? "group" : "node",
    lead: node,
    title: nodeTitle(graph, speaker) + directionText(setting, node),
    subtitle: withTransforms(setting, node, nodeSubtitle(graph, node, speaker)),
    family: familyOf(graph, speaker),
    forms: formsOf(graph, speaker, node),
    count: 1,
  };
}

function nodeSubtitle(graph: Graph, node: NodeId, speaker: NodeId): string {
  if (graph.isGroup(node)) return sizeText(graph.size(node));
  const result = resultText(graph, node);
  const op = graph.op(speaker);
  if (graph.isGroup(speaker)) return sizeText(graph.size(speaker));
  if (graph.calls(speaker).length === 0 || isLoop(op) || op === "fusion") return result;
  const special = isSpecialCall(op) && nodeTitle(graph, speaker) !== op ? op : "";
  return [special, sizeText(graph.size(speaker)), result].filter((text) => text !== "").join(" · ");
}

/** "(backward)" where no lane says it. */
function directionText({ graph, direction, laned }: Setting, node: NodeId): string {
  const mine = graph.direction(node);
  if (mine === direction || !graph.isGroup(node)) return "";
  return laned && mine === "backward" ? "" : ` ${mine}`;
}

function withTransforms({ graph, filters }: Setting, node: NodeId, text: string): string {
  if (!filters.transforms) return text;
  const transforms = graph.transforms(node).join(" · ");
  return [text, transforms].filter((part) => part !== "").join(" · ");
}

/** A fusion is of the family of what it does. */
function familyOf(graph: Graph, node: NodeId): Family {
  const calls = graph.calls(node);
  if (graph.op(node) !== "fusion" || calls.length === 0) return graph.family(node);
  const inside = working(graph, calls[0].region);
  const contraction = inside.find((inner) => graph.family(inner) === "contraction");
  const root = inside.at(-1);
  return contraction !== undefined
    ? "contraction"
    : root !== undefined
      ? graph.family(root)
      : graph.family(node);
}

function formsOf(graph: Graph, speaker: NodeId, node: NodeId): number {
  const op = graph.op(speaker);
  let forms = 0;
  if (op === "fusion") forms |= Form.fusion;
  if (isLoop(op)) forms |= Form.loop;
  if (isBranch(op)) forms |= Form.branch;
  if (graph.effects(node).length > 0) forms |= Form.effect;
  const family = graph.family(speaker);
  if (family === "collective") forms |= Form.collective;
  if (family === "unknown") forms |= Form.unknown;
  if (op === "constant" || op === "iota") forms |= Form.constant;
  return forms;
}

/** What boxes of different lanes share to stand in one row: the scope's name, a stack's, a
 * piece's. Where a lane has several of a name they pair off, backward ones from the last. */
export function rowsOf(
  faces: readonly { readonly name: string; readonly lane: LaneId }[],
): string[] {
  const times = new Map<string, number>();
  const seen = new Map<string, number>();
  const key = (face: (typeof faces)[number]) => `${face.lane}|${face.name}`;
  for (const face of faces) times.set(key(face), (times.get(key(face)) ?? 0) + 1);
  return faces.map((face) => {
    if (face.name === "" || (face.lane !== Lane.forward && face.lane !== Lane.backward)) return "";
    const nth = (seen.get(key(face)) ?? 0) + 1;
    seen.set(key(face), nth);
    const place = face.lane === Lane.backward ? (times.get(key(face)) as number) + 1 - nth : nth;
    return place === 1 ? face.name : `${face.name} ${place}`;
  });
}

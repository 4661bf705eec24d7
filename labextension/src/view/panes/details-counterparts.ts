/** What a node became in later stages, and what it was in earlier ones. */

import type { Graph, NodeId } from "../../model/graph";
import { visible } from "../../model/visible";
import { h } from "../dom";
import { titleOf } from "./describe";
import { type Subject, section } from "./details";
import { link, longList } from "./details-links";

export function counterparts(subject: Subject, nodes: readonly NodeId[]): HTMLElement | null {
  const { store, stage } = subject;
  const parts = store.report.stages.flatMap((graph, other) => {
    const words = other === stage ? null : inStage(subject, nodes, graph, other);
    return words ? [h("h4", {}, graph.label), words] : [];
  });
  return section("In the other stages", ...parts);
}

function inStage(
  subject: Subject,
  nodes: readonly NodeId[],
  graph: Graph,
  other: number,
): HTMLElement | null {
  const { store, stage } = subject;
  const found = store.report.counterparts(stage, nodes, other);
  if (found.length === 0) {
    const fate = fateOf(subject, nodes, other);
    return fate ? h("p", { class: "jl-details-hint" }, fate) : null;
  }
  const rank = Object.keys(KINDS);
  const known = kindsOf(subject, nodes, other);
  const kinds = found.map((node) => ({ node, kind: visible(known.get(node) ?? "") }));
  kinds.sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind));
  return longList(kinds, ({ node, kind }) =>
    h(
      "span",
      {},
      link(subject, { stage: other, nodes: [node] }, titleOf(graph, node)),
      kind ? h("span", { class: "jl-kind", title: KINDS[kind] ?? "" }, kind) : null,
    ),
  );
}

// The strongest first.
const KINDS: Readonly<Record<string, string>> = {
  tagged: "The compiler carried the equation's tag along",
  fused: "Its work is done inside this fusion",
  merged: "Equal work was done once: an equal equation's tag is there",
  inferred: "It carries no tag: linked through what feeds, uses or calls it",
  within: "It is part of what the equation calls",
};

/** How the counterparts in another stage are linked to some nodes. */
function kindsOf(
  { store, stage }: Subject,
  nodes: readonly NodeId[],
  other: number,
): ReadonlyMap<NodeId, string> {
  const on = store.report.lineage(stage, other);
  const back = store.report.lineage(other, stage);
  const kinds = new Map<NodeId, string>();
  for (const own of nodes) {
    for (const node of on?.forward(own) ?? []) kinds.set(node, on?.kind(own, node) ?? "");
    for (const node of back?.back(own) ?? []) kinds.set(node, back?.kind(node, own) ?? "");
  }
  return kinds;
}

function fateOf({ store, stage }: Subject, nodes: readonly NodeId[], other: number): string {
  const lineage = store.report.lineage(stage, other);
  const [fate] = nodes.map((node) => lineage?.fate(node)).filter((word) => word);
  const words: Record<string, string> = {
    folded: "Folded: computed when the program was compiled, or into its neighbours.",
    dead: "Dead: nothing that the program gives depends on it.",
    merged: "Merged with equal work.",
    unknown: "Not found there; why isn't known.",
  };
  return fate ? (words[fate] ?? visible(fate)) : "";
}

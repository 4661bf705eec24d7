/** What of one stage is lit by the panel's state, wherever the reader pointed. */

import type { NodeId } from "../../model/graph";
import type { LinePick, Pick, Store } from "../contracts";

export interface Lit {
  readonly nodes: ReadonlySet<NodeId>;
  /** False where the nodes are counterparts of what was picked in another stage or in the source. */
  readonly own: boolean;
}

const nothing: Lit = { nodes: new Set(), own: true };

export function selectedIn(store: Store, stage: number): Lit {
  return litIn(store, stage, store.state.selection, store.state.line);
}

export function hoveredIn(store: Store, stage: number): Lit {
  return litIn(store, stage, store.state.hover, store.state.hoverLine);
}

/** Show on a row what of its nodes is lit. */
export function paintLit(
  row: Element,
  nodes: readonly NodeId[],
  selected: Lit,
  hovered: Lit = nothing,
): void {
  const isSelected = nodes.some((node) => selected.nodes.has(node));
  row.setAttribute("aria-selected", String(isSelected));
  row.classList.toggle("jl-counterpart", isSelected && !selected.own);
  row.classList.toggle(
    "jl-hover",
    nodes.some((node) => hovered.nodes.has(node)),
  );
}

function litIn(store: Store, stage: number, pick: Pick | null, line: LinePick | null): Lit {
  const { report } = store;
  if (pick?.stage === stage) return { nodes: new Set(pick.nodes), own: true };
  if (pick) {
    return { nodes: new Set(report.counterparts(pick.stage, pick.nodes, stage)), own: false };
  }
  if (line) return { nodes: new Set(report.nodesAt(stage, line.source, line.line)), own: false };
  return nothing;
}

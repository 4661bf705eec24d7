/** What an entry of a chart or a row of a table is about: nodes of a stage, a line of source. */

import type { NodeId } from "../../model/graph";
import type { LinePick, Store } from "../contracts";

export interface Target {
  readonly stage: number;
  readonly nodes: readonly NodeId[];
  readonly line: LinePick | null;
}

/** More nodes than these say nothing when they are lit. */
const MOST = 500;

export function targetOf(
  store: Store,
  stage: number,
  nodes: readonly NodeId[],
  frame: { readonly file: string; readonly line: number } | null = null,
): Target | null {
  const source = store.report.sources.findIndex(({ file }) => file === frame?.file);
  const line = frame && source >= 0 && frame.line > 0 ? { source, line: frame.line } : null;
  const found = stage >= 0 && nodes.length <= MOST ? nodes : [];
  return found.length > 0 || line ? { stage, nodes: found, line } : null;
}

/** Select it in all panes; a line alone selects what came from it. */
export function choose(store: Store, { stage, nodes, line }: Target): void {
  const { report, state } = store;
  if (nodes.length > 0) store.select({ stage, nodes });
  else if (line) {
    const made = report.stages[state.stage]
      ? report.nodesAt(state.stage, line.source, line.line)
      : [];
    store.select(made.length > 0 ? { stage: state.stage, nodes: made } : null);
    store.set({ line, source: line.source });
  }
}

/** Select it and go to its stage's graph; false where it has no node to go to. */
export function showInGraph(store: Store, target: Target): boolean {
  const { stage, split } = store.state;
  if (target.nodes.length === 0) return false;
  choose(store, target);
  store.set({ mode: "graph", stage: target.stage === split ? stage : target.stage });
  return true;
}

export function point(store: Store, target: Target | null): void {
  const { stage, nodes, line } = target ?? { stage: -1, nodes: [], line: null };
  const hover = nodes.length > 0 ? { stage, nodes } : null;
  store.set({ hover, hoverLine: line });
}

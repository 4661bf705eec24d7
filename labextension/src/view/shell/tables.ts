/** The table mode: the overlay's table of a stage, and under it what ran and how often. */

import type { Pane, Store } from "../contracts";
import { h } from "../dom";
import { makeReportTable } from "../panes/report_table";
import { makeTablePane } from "../panes/table";

/** The report's own tables alone where no stage was traced. */
export function makeTables(store: Store, stage: number): Pane {
  const { stages, tables } = store.report;
  const pane = stages[stage] && stages[stage].nodeCount > 0 ? makeTablePane(store, stage) : null;
  if (pane && tables.length === 0) return pane;
  const element = h("div", { class: "tables" });
  if (pane) element.append(pane.element);
  const lists = tables.map((table) => makeReportTable(store, table));
  element.append(...lists.map((list) => list.element));
  return {
    element,
    focus: () => (pane ?? lists[0])?.focus?.(),
    dispose() {
      for (const part of [pane, ...lists]) part?.dispose();
    },
  };
}

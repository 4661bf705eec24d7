/** The table mode: the overlay's table of a stage, and under it what ran and how often. */

import type { Table } from "../../model/tabs";
import { visible } from "../../model/visible";
import type { Pane, Store } from "../contracts";
import { h } from "../dom";
import { makeTablePane } from "../panes/table";

/** The report's own tables alone where no stage was traced. */
export function makeTables(store: Store, stage: number): Pane {
  const { stages, tables } = store.report;
  const pane = stages[stage] && stages[stage].nodeCount > 0 ? makeTablePane(store, stage) : null;
  if (pane && tables.length === 0) return pane;
  const element = h("div", { class: "tables" });
  if (pane) element.append(pane.element);
  element.append(...tables.map(tableElement));
  return {
    element,
    focus: () => (pane?.focus ? pane.focus() : element.querySelector("table")?.focus()),
    dispose: () => pane?.dispose(),
  };
}

function tableElement({ title, columns, rows }: Table): HTMLElement {
  const numbers = columns.map((_, place) =>
    rows.every((row) => typeof row[place] === "number") ? "number" : "",
  );
  const cells = (tag: "th" | "td", row: readonly (string | number)[]) =>
    row.map((cell, place) =>
      h(tag, { class: numbers[place] }, typeof cell === "number" ? cellText(cell) : visible(cell)),
    );
  return h(
    "table",
    { class: "report-table", tabIndex: -1 },
    h("caption", {}, visible(title)),
    h("thead", {}, h("tr", {}, ...cells("th", columns))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...cells("td", row)))),
  );
}

function cellText(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: Number.isInteger(value) ? 15 : 3 });
}

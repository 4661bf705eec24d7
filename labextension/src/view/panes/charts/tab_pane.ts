/** A tab of the report's own: figures, notes, charts and tables in one column, or in two. */

import { visible } from "../../../model/visible";
import type { Pane, Store, Theme } from "../../contracts";
import { h } from "../../dom";
import { type Figure, makeFigure } from "./figure";
import { makeReportTable } from "./report_table";

/** A table of more columns takes the whole width. */
const HALF = 4;
const LONG = 400;

export interface TabPane extends Pane {
  /** The chart that has the focus, else the first; null where there is none. */
  toSVG(theme: Theme): string | null;
}

export function makeTabPane(store: Store, place: number): TabPane {
  const { name, figures, notes, charts, tables } = store.report.tabs[place];
  const pictures: readonly Figure[] = charts.map((chart) => makeFigure(store, chart));
  const lists = tables.map((table) => makeReportTable(store, table));
  lists.forEach(({ element }, at) => {
    element.classList.toggle("jl-wide", tables[at].columns.length > HALF);
  });
  const said = figures.map((figure) => h("span", {}, visible(figure, LONG)));
  const element = h(
    "div",
    { class: "jl-tab", role: "region", tabIndex: 0, aria: { label: visible(name) } },
    said.length > 0 ? h("p", { class: "figures" }, ...said) : null,
    ...notes.map((note) => h("p", { class: "jl-note" }, visible(note, LONG))),
    h("div", { class: "jl-columns" }, ...[...pictures, ...lists].map((part) => part.element)),
  );
  return {
    element,
    focus: () => element.focus(),
    toSVG(theme) {
      const focused = pictures.find((each) => each.element.matches(":focus-within"));
      return (focused ?? pictures[0])?.toSVG(theme) ?? null;
    },
    dispose() {
      for (const part of [...pictures, ...lists]) part.dispose();
    },
  };
}

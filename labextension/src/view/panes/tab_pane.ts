/** A tab of the report's own: figures, notes, charts and tables in one column, or in two. */

import { SIDE_EFFECTS } from "../../model/findings";
import { visible } from "../../model/visible";
import type { Pane, Store, Theme } from "../contracts";
import { h } from "../dom";
import type { Figure } from "./charts/figure";
import { makeFindings } from "./findings";
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
  let pictures: readonly Figure[] = [];
  let disposed = false;
  const lists = tables.map((table) => makeReportTable(store, table));
  lists.forEach(({ element }, at) => {
    element.classList.toggle("jl-wide", tables[at].columns.length > HALF);
  });
  const said = figures.map((figure) => h("span", {}, visible(figure, LONG)));
  const cards = name === SIDE_EFFECTS ? makeFindings(store) : null;
  const columns = h("div", { class: "jl-columns" }, ...lists.map(({ element }) => element));
  const element = h(
    "div",
    { class: "jl-tab", role: "region", tabIndex: 0, aria: { label: visible(name) } },
    said.length > 0 ? h("p", { class: "figures" }, ...said) : null,
    ...notes.map((note) => h("p", { class: "jl-note" }, visible(note, LONG))),
    cards?.element,
    columns,
  );
  if (charts.length > 0) void draw();

  /** What draws charts is loaded with the first of them. The tables wait, lest they jump. */
  async function draw(): Promise<void> {
    columns.setAttribute("aria-busy", "true");
    const loaded = await import("./charts/figure").catch(() => null);
    if (disposed) return;
    if (loaded) {
      pictures = charts.map((chart) => loaded.makeFigure(store, chart));
      columns.prepend(...pictures.map((picture) => picture.element));
    } else {
      // Most likely jaxlab was updated under an open page.
      columns.before(h("p", { class: "jl-note" }, "The charts did not load: reload the page."));
    }
    columns.removeAttribute("aria-busy");
  }

  return {
    element,
    focus: () => (cards ?? element).focus?.(),
    toSVG(theme) {
      const focused = pictures.find((each) => each.element.matches(":focus-within"));
      return (focused ?? pictures[0])?.toSVG(theme) ?? null;
    },
    dispose() {
      disposed = true;
      for (const part of [...pictures, ...lists]) part.dispose();
      cards?.dispose();
    },
  };
}

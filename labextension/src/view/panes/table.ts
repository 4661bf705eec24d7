/** The overlays of a stage as a table: what costs most, by operation, by op or by line. */

import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import type { MakePane } from "../contracts";
import { h } from "../dom";
import { heatOfSum } from "../heat";
import { hoveredIn, paintLit, selectedIn } from "./lit";
import { freshId } from "./page";
import { makeRows } from "./rows";
import { shareText, swatch } from "./swatch";
import { type By, makeTableRows, type Sorting, sortRows, type TableRow } from "./table-rows";

const ROW = 28;
const TOP = 10;
const BY: readonly (readonly [By, string])[] = [
  ["operation", "operation"],
  ["op", "op"],
  ["line", "line"],
];

export const makeTablePane: MakePane = (store, stage) => {
  const graph = store.report.stages[stage];
  const { overlays } = graph;
  const id = freshId("table");
  const rowsBy = makeTableRows(store.report, stage);
  let by: By = "operation";
  let all = false;
  let sorting: Sorting = { column: firstColumn(), down: true };
  let rows: readonly TableRow[] = [];
  let active = 0;
  let selected = selectedIn(store, stage);
  let hovered = hoveredIn(store, stage);

  const head = h("div", { class: "jl-grid-row jl-grid-head", role: "row", aria: { rowindex: 1 } });
  const list = makeRows({
    rowHeight: ROW,
    props: { class: "jl-grid", role: "grid", aria: { label: `Costs in ${graph.label}` } },
    head: { element: head, height: ROW },
    make: rowElement,
    paint: (row, place) => paintLit(row, rows[place].nodes, selected, hovered),
    active: () => active,
    activate: (place) => {
      active = place;
    },
    keys: { Enter: () => choose(active), " ": () => choose(active) },
    click: choose,
    point: (place) => {
      store.set({ hover: place >= 0 ? { stage, nodes: rows[place].nodes } : null });
    },
  });
  const grid = list.element;
  grid.style.setProperty("--jl-overlays", String(Math.max(1, overlays.length)));
  const more = h("button", { class: "jl-button", on: { click: showMore } });
  const choice = h("div", { class: "jl-choice", role: "radiogroup", aria: { label: "Rows by" } });
  const said = h("span", { class: "jl-table-said" });
  const element = h(
    "div",
    { class: "jl-table" },
    h("div", { class: "jl-bar" }, h("span", { class: "jl-bar-label" }, "By"), choice, said, more),
    grid,
  );

  /** The painted overlay, else the first with numbers. */
  function firstColumn(): number {
    const painted = overlays.findIndex(({ name }) => name === store.state.overlay);
    return Math.max(0, painted >= 0 ? painted : overlays.findIndex(({ total }) => total > 0));
  }

  function rebuild(): void {
    const found = rowsBy(by);
    const sorted = sortRows(found, sorting);
    rows = all ? sorted : sorted.slice(0, TOP);
    active = Math.min(active, Math.max(0, rows.length - 1));
    grid.style.height = `${rows.length * ROW + ROW + 2}px`;
    grid.setAttribute("aria-rowcount", String(rows.length + 1));
    const noun = by === "op" ? "ops" : `${by}s`;
    said.textContent =
      all || found.length <= TOP ? `${found.length.toLocaleString("en")} ${noun}` : "";
    more.textContent = all ? `Top ${TOP}` : `Show all ${found.length.toLocaleString("en")}`;
    more.hidden = found.length <= TOP;
    paintHead();
    list.reset(rows.length);
  }

  function paintHead(): void {
    const columns: [number, string, string][] = [
      [-2, by === "line" ? "Line" : by === "op" ? "Op" : "Operation", ""],
      ...(by === "line" ? [] : [[-1, "Where", ""] as [number, string, string]]),
      ...overlays.map(({ name, source }, at): [number, string, string] => [
        at,
        visible(name),
        visible(source),
      ]),
    ];
    grid.classList.toggle("jl-grid-lines", by === "line");
    head.replaceChildren(
      ...columns.map(([column, name, source]) => headCell(column, name, source)),
    );
  }

  function headCell(column: number, name: string, source: string): HTMLElement {
    const mine = sorting.column === column;
    const sort = h(
      "button",
      { class: "jl-sort", on: { click: () => sortBy(column) }, data: { column: String(column) } },
      name,
      source ? h("span", { class: "jl-source" }, ` ${source}`) : null,
      h(
        "span",
        { class: "jl-sort-mark", aria: { hidden: true } },
        mine ? (sorting.down ? "▾" : "▴") : "",
      ),
    );
    const direction = sorting.down ? "descending" : "ascending";
    return h(
      "div",
      {
        class: `jl-cell ${column >= 0 ? "jl-number" : column === -1 ? "jl-where" : ""}`,
        role: "columnheader",
        aria: { sort: mine ? direction : "none" },
      },
      sort,
    );
  }

  function sortBy(column: number): void {
    const down = sorting.column === column ? !sorting.down : column >= 0;
    sorting = { column, down };
    active = 0;
    grid.scrollTop = 0;
    rebuild();
    head.querySelector<HTMLElement>(`[data-column="${column}"]`)?.focus();
  }

  function rowElement(place: number): HTMLElement {
    const row = rows[place];
    const [first] = row.nodes;
    const times = row.nodes.length > 1 ? ` ×${row.nodes.length.toLocaleString("en")}` : "";
    return h(
      "div",
      {
        class: "jl-grid-row",
        role: "row",
        id: `${id}-${place}`,
        aria: { rowindex: place + 2 },
        data: by === "line" ? {} : { family: graph.family(first) },
      },
      h(
        "div",
        { class: "jl-cell jl-cell-title", role: "gridcell", title: row.title },
        h("span", { class: "jl-cut" }, row.title),
        row.type ? h("span", { class: "jl-cell-type" }, row.type) : null,
        times ? h("span", { class: "jl-times" }, times) : null,
      ),
      by === "line" ? null : h("div", { class: "jl-cell jl-where", role: "gridcell" }, row.where),
      ...overlays.map((_, at) => valueCell(row, at)),
    );
  }

  function valueCell(row: TableRow, at: number): HTMLElement {
    const value = row.cells[at];
    const { unit } = overlays[at];
    const cell = h("div", { class: "jl-cell jl-number", role: "gridcell" });
    if (typeof value === "string") cell.append(visible(value));
    else {
      const heat = heatOfSum(value ?? Number.NaN, overlays[at]);
      const words =
        value === undefined ? "" : `${row.partial[at] ? "≥ " : ""}${quantity(value, unit)}`;
      cell.append(
        h("span", { class: "jl-amount" }, words),
        h("span", { class: "jl-share" }, shareText(heat)),
        swatch(heat),
      );
      if (row.partial[at] && value !== undefined) cell.title = "Some of it is not known";
    }
    return cell;
  }

  function showMore(): void {
    all = !all;
    grid.scrollTop = 0;
    rebuild();
  }

  function choose(place: number): void {
    list.goTo(place);
    store.select({ stage, nodes: rows[place].nodes });
  }

  for (const [value, text] of BY) {
    const radio = h("input", { type: "radio" });
    radio.name = id;
    radio.checked = value === by;
    radio.addEventListener("change", () => {
      by = value;
      rebuild();
    });
    choice.append(h("label", {}, radio, h("span", {}, text)));
  }

  const stop = [
    store.on(["selection", "line", "hover", "hoverLine"], () => {
      selected = selectedIn(store, stage);
      hovered = hoveredIn(store, stage);
      list.repaint();
    }),
    store.on(["overlay"], () => {
      sorting = { column: firstColumn(), down: true };
      rebuild();
    }),
  ];
  rebuild();
  return {
    element,
    focus: () => grid.focus(),
    dispose() {
      for (const end of stop) end();
      list.dispose();
    },
  };
};

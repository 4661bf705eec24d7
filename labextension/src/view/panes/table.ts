/** The overlays of a stage as a table: what costs most, by operation, by op or by line. */

import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import type { MakePane } from "../contracts";
import { h } from "../dom";
import { type Heat, stepOf } from "../heat";
import { hoveredIn, selectedIn } from "./lit";
import { freshId, isPlain } from "./page";
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
    make: rowElement,
    keep: () => [active],
    head: { element: head, height: ROW },
  });
  const grid = list.element;
  grid.classList.add("jl-grid");
  grid.tabIndex = 0;
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", `Costs in ${graph.label}`);
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
    repaint();
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
    const element = h(
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
    paint(element, place);
    return element;
  }

  function valueCell(row: TableRow, at: number): HTMLElement {
    const value = row.cells[at];
    const { unit, total } = overlays[at];
    const cell = h("div", { class: "jl-cell jl-number", role: "gridcell" });
    if (typeof value === "string") cell.append(visible(value));
    else {
      const heat = heatOfSum(value, total, overlays[at].source);
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

  function paint(element: HTMLElement, place: number): void {
    const { nodes } = rows[place];
    const isSelected = nodes.some((node) => selected.nodes.has(node));
    element.setAttribute("aria-selected", String(isSelected));
    element.classList.toggle("jl-counterpart", isSelected && !selected.own);
    element.classList.toggle(
      "jl-hover",
      nodes.some((node) => hovered.nodes.has(node)),
    );
    element.classList.toggle("jl-active", place === active);
  }

  function repaint(): void {
    for (const [place, element] of list.shown) paint(element, place);
    if (rows.length > 0) grid.setAttribute("aria-activedescendant", `${id}-${active}`);
  }

  function showMore(): void {
    all = !all;
    grid.scrollTop = 0;
    rebuild();
  }

  function goTo(place: number): void {
    active = Math.max(0, Math.min(rows.length - 1, place));
    list.show(active, "nearest");
    repaint();
  }

  function choose(place: number): void {
    goTo(place);
    store.select({ stage, nodes: rows[place].nodes });
  }

  const keys: Record<string, () => void> = {
    ArrowDown: () => goTo(active + 1),
    ArrowUp: () => goTo(active - 1),
    PageDown: () => goTo(active + list.pageSize),
    PageUp: () => goTo(active - list.pageSize),
    Home: () => goTo(0),
    End: () => goTo(rows.length - 1),
    Enter: () => choose(active),
    " ": () => choose(active),
  };
  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid || !isPlain(event) || !keys[event.key] || rows.length === 0) return;
    keys[event.key]();
    event.preventDefault();
  });
  grid.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (place >= 0) choose(place);
  });
  grid.addEventListener("pointerover", (event) => {
    const place = placeOf(event);
    store.set({ hover: place >= 0 ? { stage, nodes: rows[place].nodes } : null });
  });
  grid.addEventListener("pointerleave", () => store.set({ hover: null }));

  function placeOf(event: Event): number {
    const row = (event.target as Element).closest(".jl-grid-row");
    return row?.id ? Number(row.id.slice(id.length + 1)) : -1;
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
      repaint();
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

/** The heat of a sum that is worked out already. */
function heatOfSum(value: number | undefined, total: number, source: string): Heat {
  if (value === undefined) return { kind: "unknown", value: Number.NaN, share: 0, step: 0 };
  if (value === 0) return { kind: "zero", value, share: 0, step: 0 };
  const share = total > 0 ? Math.min(1, value / total) : 0;
  const kind = /\battributed\b/.test(source) ? "attributed" : "known";
  return { kind, value, share, step: stepOf(share) };
}

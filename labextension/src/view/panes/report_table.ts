/** A table of the report: sorted by a click, its rows lead to nodes and lines. */

import { quantity } from "../../model/quantity";
import type { Table } from "../../model/tabs";
import { visible } from "../../model/visible";
import type { Pane, Store } from "../contracts";
import { h } from "../dom";
import { type Heat, stepOf } from "../heat";
import { selectedIn } from "./lit";
import { isPlain } from "./page";
import { swatch } from "./swatch";
import { choose, point, showInGraph, type Target, targetOf } from "./target";

const TOP = 10;
const LONG = 200;

type Cell = string | number;

/** `label` names a table that has no title of its own. */
export function makeReportTable(store: Store, table: Table, label = table.title): Pane {
  const { columns, units, rows, stage } = table;
  const numeric = columns.map((_, at) => rows.some((row) => typeof row[at] === "number"));
  const targets = rows.map((_, row): Target | null => {
    const node = table.nodeOf(row);
    return targetOf(store, stage, node < 0 ? [] : [node], table.lineOf(row));
  });
  let sorted: { readonly column: number; readonly down: boolean } | null = null;
  let all = false;

  const body = h("tbody");
  const heads = columns.map((name, column) => {
    const sort = h("button", { class: "jl-sort" }, visible(name, LONG));
    sort.addEventListener("click", () => sortBy(column));
    return h("th", { class: numeric[column] ? "number" : "" }, sort);
  });
  const more = h("button", { class: "link", hidden: rows.length <= TOP });
  more.addEventListener("click", () => {
    all = !all;
    render();
  });
  const element = h(
    "div",
    { class: "jl-report-table" },
    h(
      "div",
      { class: "jl-scroll" },
      h(
        "table",
        { class: "report-table", tabIndex: -1, aria: { label: visible(label, LONG) } },
        table.title ? h("caption", {}, visible(table.title, LONG)) : null,
        h("thead", {}, h("tr", {}, ...heads)),
        body,
      ),
    ),
    more,
  );

  function sortBy(column: number): void {
    const down = sorted?.column === column ? !sorted.down : numeric[column];
    sorted = { column, down };
    render();
  }

  function order(): readonly number[] {
    const places = rows.map((_, row) => row);
    if (!sorted) return places;
    const { column, down } = sorted;
    return places.sort((a, b) => (down ? -1 : 1) * compare(rows[a][column], rows[b][column]));
  }

  function render(): void {
    const shown = all ? order() : order().slice(0, TOP);
    body.replaceChildren(...shown.map(rowOf));
    more.textContent = all ? `Top ${TOP}` : `Show all ${rows.length.toLocaleString("en")}`;
    heads.forEach((head, at) => {
      const own = sorted?.column === at ? (sorted.down ? "descending" : "ascending") : "none";
      head.setAttribute("aria-sort", own);
    });
    stand(buttons()[0]);
    light();
  }

  function rowOf(row: number): HTMLElement {
    const cells = columns.map((_, at) => cellOf(rows[row][at] ?? "", at));
    const made = h("tr", { data: { row: String(row) } }, ...cells);
    if (!targets[row]) return made;
    // What a row leads to is reached by its first cell: a row itself is no control.
    const go = h("button", { class: "jl-go", tabIndex: -1 }, ...cells[0].childNodes);
    cells[0].replaceChildren(go);
    made.classList.add("jl-leads");
    return made;
  }

  function cellOf(cell: Cell, at: number): HTMLElement {
    const known = typeof cell === "number";
    const text = known ? quantity(cell, units[at]) : visible(cell, LONG);
    const kind = numeric[at] ? (known ? "number" : "number jl-unknown") : "";
    const made = h("td", { class: kind, title: text }, text);
    if (known && units[at] === "%") made.append(swatch(heatOfShare(cell)));
    return made;
  }

  function buttons(): readonly HTMLElement[] {
    return [...body.querySelectorAll<HTMLElement>(".jl-go")];
  }

  /** One of the rows is in the order of Tab. */
  function stand(at: HTMLElement | undefined): void {
    for (const go of buttons()) go.tabIndex = go === at ? 0 : -1;
  }

  function light(): void {
    const { nodes, own } = selectedIn(store, stage);
    const { line } = store.state;
    for (const made of body.rows) {
      const target = targets[Number(made.dataset.row)];
      if (!target) continue;
      const isLine = line !== null && target.line?.source === line.source;
      const selected =
        target.nodes.some((node) => nodes.has(node)) ||
        (target.nodes.length === 0 && isLine && target.line?.line === line.line);
      made.classList.toggle("jl-selected", selected);
      made.classList.toggle("jl-counterpart", selected && !own);
      made.querySelector(".jl-go")?.setAttribute("aria-pressed", String(selected));
    }
  }

  function targetAt(event: Event): Target | null {
    const made = (event.target as Element).closest("tr");
    return made?.dataset.row ? targets[Number(made.dataset.row)] : null;
  }

  body.addEventListener("click", (event) => {
    const target = targetAt(event);
    if (target) choose(store, target);
  });
  body.addEventListener("dblclick", (event) => {
    const target = targetAt(event);
    if (target) showInGraph(store, target);
  });
  body.addEventListener("pointerover", (event) => point(store, targetAt(event)));
  body.addEventListener("pointerleave", () => point(store, null));
  body.addEventListener("focusin", (event) => {
    stand(event.target as HTMLElement);
    point(store, targetAt(event));
  });
  body.addEventListener("focusout", () => point(store, null));
  body.addEventListener("keydown", (event) => {
    if (!isPlain(event)) return;
    const gos = buttons();
    const at = gos.indexOf(event.target as HTMLElement);
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: gos.length - 1 }[event.key];
    if (step !== undefined) gos[Math.max(0, Math.min(gos.length - 1, step))]?.focus();
    else if (event.key === "Enter") {
      const target = targetAt(event);
      if (target && !showInGraph(store, target)) choose(store, target);
    } else return;
    event.preventDefault();
  });

  const stop = store.on(["selection", "line"], light);
  render();
  return {
    element,
    focus: () => (buttons()[0] ?? heads[0]?.querySelector("button"))?.focus(),
    dispose: stop,
  };
}

/** Texts among numbers, such as "not known", come last either way round. */
function compare(a: Cell, b: Cell): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === typeof b) return names.compare(String(a), String(b));
  return typeof a === "number" ? 1 : -1;
}

const names = new Intl.Collator("en", { numeric: true });

function heatOfShare(share: number): Heat {
  const kind = share > 0 ? "known" : "zero";
  return { kind, value: share, share, step: stepOf(share) };
}

/** The program's source with a gutter of heat: lines light what they became, and the other way. */

import type { Source } from "../../model/graph";
import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import type { Host, LinePick, Pane, Store } from "../contracts";
import { h } from "../dom";
import { harmClass, harmIcon, openFinding } from "../finding";
import { type Heat, heatOfSum } from "../heat";
import { freshId, overlayOf } from "../panes/page";
import { makeRows } from "../panes/rows";
import { shareText, swatch } from "../panes/swatch";
import { icon } from "./icons";
import { type Token, tokenize } from "./python";

const ROW = 20;
const LONGEST = 1_000;

/** The lines of one source at a time; `state.source` says which. */
export function makeSourcePane(store: Store, host: Host): Pane {
  const { report } = store;
  const id = freshId("source");
  let lines: readonly (readonly Token[])[] = [];
  let heat: ReadonlyMap<number, Heat> = new Map();
  let counterparts: ReadonlySet<number> = new Set();
  let changed: ReadonlySet<number> = new Set();
  let lit: ReadonlySet<number> = new Set();
  /** What transforms hide in a line. */
  let found: ReadonlyMap<number, readonly number[]> = new Map();
  let active = 1;

  const list = makeRows({
    rowHeight: ROW,
    props: { class: "source-lines", role: "listbox" },
    make: rowElement,
    paint,
    active: () => active - 1,
    activate: (row) => {
      active = row + 1;
      point(row);
    },
    keys: { Enter: chooseActive, " ": chooseActive },
    click: (row, _, twice) => {
      choose(row + 1);
      if (twice && host.openLine) openLine(row + 1);
    },
    point,
  });
  const box = list.element;
  const element = h("div", { class: "source" }, box);

  function rowElement(row: number): HTMLElement {
    const line = row + 1;
    const known = heat.get(line);
    const code = lines[row].map(({ kind, text }) =>
      kind ? h("span", { class: `py-${kind}` }, visible(text, LONGEST)) : visible(text, LONGEST),
    );
    return h(
      "div",
      {
        class: "source-line",
        role: "option",
        id: `${id}-${line}`,
        data: { line: String(line) },
      },
      h("span", { class: "source-number" }, String(line)),
      found.size > 0 ? markOf(line) : null,
      known ? swatch(known) : h("span", { class: "jl-swatch-none" }),
      known ? amount(known) : h("span", { class: "source-share" }),
      h("code", {}, ...code),
    );
  }

  /** A line's share; of seconds how many they are, for that is what one looks for. */
  function amount(known: Heat): HTMLElement {
    const { unit = "", source = "" } = overlayOf(store, store.state.stage) ?? {};
    const words = [quantity(known.value, unit), shareText(known)];
    const title = `${words.join(", ")} (${visible(source)})`;
    return h("span", { class: "source-share", title }, words[unit === "s" ? 0 : 1]);
  }

  function paint(row: HTMLElement, place: number): void {
    const { state } = store;
    const line = place + 1;
    const selected = isHere(state.line) && state.line?.line === line;
    row.setAttribute("aria-selected", String(selected));
    row.classList.toggle("counterpart", !selected && counterparts.has(line));
    row.classList.toggle("changed", changed.has(line));
    row.classList.toggle("lit", lit.has(line));
    const reached = row.querySelector(".source-go");
    if (!selected || !host.openLine) reached?.remove();
    else if (!reached) row.append(goButton(line));
  }

  /** A mark for the worst that was found of a line; it leads to that finding's card. */
  function markOf(line: number): HTMLElement {
    const [worst, ...more] = found.get(line) ?? [];
    if (worst === undefined) return h("span", { class: "source-mark" });
    const told = [worst, ...more].map((at) => report.findings[at]);
    const title = told.map(({ harm, headline }) => visible(`${harm}: ${headline}`, 200));
    const kind = `source-mark ${harmClass(told[0])}`;
    // In a line, which is an option, it can be no button of its own: cards are in reach by keys.
    const props = { class: kind, role: "img", title: title.slice(0, 8).join("\n") };
    const mark = h("span", { ...props, aria: { label: title[0] } }, harmIcon(told[0]));
    mark.addEventListener("click", (event) => {
      event.stopPropagation();
      openFinding(store, worst);
    });
    return mark;
  }

  /** By line of the source, the places of its findings, the worst first. */
  function findingsHere(): Map<number, number[]> {
    const places = new Map<number, number[]>();
    for (const [
      at,
      {
        lines: [first],
      },
    ] of report.findings.entries()) {
      if (first?.source !== store.state.source) continue;
      places.set(first.line, [...(places.get(first.line) ?? []), at]);
    }
    return places;
  }

  function goButton(line: number): HTMLElement {
    const go = h("button", { class: "source-go", title: "Show in the editor", tabIndex: -1 });
    go.append(icon("goto"));
    go.addEventListener("click", (event) => {
      event.stopPropagation();
      openLine(line);
    });
    return go;
  }

  /** The hottest line; without heat the one of the worst finding. */
  function firstLook(): number {
    const [first] = [...heat].sort(([, a], [, b]) => b.value - a.value);
    return first?.[0] ?? [...found.keys()][0] ?? 1;
  }

  function isHere(pick: LinePick | null): boolean {
    return pick?.source === store.state.source;
  }

  function read(): void {
    const source = report.sources[store.state.source] as Source | undefined;
    const text = source?.text.replace(/\n$/, "").replace(/\t/g, "    ");
    found = findingsHere();
    lines = tokenize(text?.split(/\r?\n/) ?? []);
    box.setAttribute("aria-label", `Source: ${visible(source?.title ?? "none")}`);
    active = Math.min(active, Math.max(1, lines.length));
    compare();
    warm();
  }

  function compare(): void {
    const { stage, changed: nodes } = store.state;
    changed = linesOf({ stage, nodes: nodes[stage] ?? [] });
    list.repaint();
  }

  function warm(): void {
    const { stage, source } = store.state;
    const overlay = overlayOf(store, stage);
    const sums = overlay ? [...report.heatOf(stage, overlay, source)] : [];
    heat = new Map(
      sums.flatMap(([line, sum]) => (overlay && sum > 0 ? [[line, heatOfSum(sum, overlay)]] : [])),
    );
    element.classList.toggle("has-heat", heat.size > 0);
    list.reset(lines.length);
    light();
  }

  /** The lines of what is selected and of what the pointer is on. */
  function light(): void {
    const { selection, hover, hoverLine } = store.state;
    counterparts = linesOf(selection);
    const over = new Set(linesOf(hover));
    if (hoverLine && isHere(hoverLine)) over.add(hoverLine.line);
    lit = over;
    list.repaint();
  }

  function linesOf(pick: { stage: number; nodes: readonly number[] } | null): Set<number> {
    if (!pick) return new Set();
    const found = report.linesOf(pick.stage, pick.nodes);
    return new Set(found.filter((f) => f.source === store.state.source).map((f) => f.line));
  }

  /** Bring the selection's first line into sight, in whichever source it is. */
  function follow(): void {
    const { line, selection, source } = store.state;
    if (line) {
      store.set({ source: line.source });
      active = line.line;
    } else if (selection) {
      const found = report.linesOf(selection.stage, selection.nodes);
      const target = found.find((f) => f.source === source) ?? found[0];
      if (!target) {
        light();
        return;
      }
      store.set({ source: target.source });
      active = Math.min(...found.filter((f) => f.source === target.source).map((f) => f.line));
    }
    list.show(active - 1, "center");
    light();
  }

  function choose(line: number): void {
    const pick = { source: store.state.source, line };
    active = line;
    const { stage } = store.state;
    const nodes = report.stages.length > 0 ? report.nodesAt(stage, pick.source, line) : [];
    store.select(nodes.length > 0 ? { stage, nodes } : null);
    store.set({ line: pick });
    const label = report.stages[stage]?.label ?? "the program";
    const found = nodes.length === 1 ? "1 operation" : `${nodes.length || "no"} operations`;
    store.announce(`Line ${line}: ${found} in ${label}`);
  }

  function openLine(line: number): void {
    const { file, cellId, text } = report.sources[store.state.source];
    if (!host.openLine?.(file, cellId, text, line)) {
      store.announce("The editor does not have this line any more.");
    }
  }

  function chooseActive({ key, shiftKey }: KeyboardEvent): void {
    choose(active);
    if (shiftKey && key === "Enter") openLine(active);
  }

  function point(row: number): void {
    const line = row + 1;
    store.set({ hoverLine: line > 0 ? { source: store.state.source, line } : null });
  }

  box.addEventListener("blur", () => point(-1));

  const stops = [
    store.on(["source"], read),
    store.on(["stage", "overlay"], warm),
    store.on(["stage", "changed"], compare),
    store.on(["selection", "line"], follow),
    store.on(["hover", "hoverLine"], light),
  ];
  read();
  if (store.state.line || store.state.selection) follow();
  else list.show(firstLook() - 1, "center");
  return {
    element,
    focus: () => box.focus(),
    dispose() {
      for (const stop of stops) stop();
      list.dispose();
    },
  };
}

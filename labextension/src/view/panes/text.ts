/** A stage as text: folded, coloured, and lit by the panel's selection. Only what is in sight is
 * in the DOM. */

import type { NodeId, ValueId } from "../../model/graph";
import type { TextDoc, TextLine } from "../../model/text";
import type { Host, Pane, Store } from "../contracts";
import { h } from "../dom";
import { heatOf } from "../heat";
import { copyText } from "./copy";
import { count } from "./describe";
import { type Folding, makeFolding } from "./folding";
import { hoveredIn, selectedIn } from "./lit";
import { freshId, isPlain, overlayOf } from "./page";
import { makeRows } from "./rows";
import { shareText, swatch } from "./swatch";
import { textOf } from "./text-of";
import { followSelection } from "./text-selection";

const ROW = 18;
const FEW = 8; // selected nodes up to which the uses of their results are lit

/** How a stage's text is looked at; kept while another mode or stage is shown. */
interface Place {
  readonly folding: Folding;
  active: number; // a line
  scrollTop: number;
}

const places = new WeakMap<Store, Place[]>();

function placeOf(store: Store, stage: number, text: TextDoc): Place {
  const kept = places.get(store) ?? [];
  places.set(store, kept);
  const folding = () => makeFolding(text.lineCount, (line) => text.lastOf(line));
  kept[stage] ??= { folding: folding(), active: 0, scrollTop: 0 };
  return kept[stage];
}

export type MakeTextPane = (store: Store, stage: number, host?: Host) => Pane;

export const makeTextPane: MakeTextPane = (store, stage, host = {}) => {
  const graph = store.report.stages[stage];
  const text = textOf(graph);
  const place = placeOf(store, stage, text);
  const { folding } = place;
  const id = freshId("text");
  let { active } = place;
  let selected = selectedIn(store, stage);
  let hovered = hoveredIn(store, stage);
  let hits = hitsNow();
  let pointed: ValueId | null = null; // the value under the pointer
  let litValues: ReadonlySet<ValueId> = new Set();

  const list = makeRows({ rowHeight: ROW, make: rowElement, drawn: repaint, keep: keptRows });
  const box = list.element;
  box.classList.add("jl-text-lines");
  box.tabIndex = 0;
  box.setAttribute("role", "treegrid");
  box.setAttribute("aria-label", `Text of ${graph.label}`);
  box.setAttribute("aria-rowcount", String(text.lineCount));
  const selecting = followSelection({
    element: box,
    lineCount: text.lineCount,
    text: plainText,
    lineOf: (row) => Number((row as HTMLElement).dataset.line),
    rowOf: folding.rowOf,
  });

  const element = h(
    "div",
    { class: "jl-text" },
    h(
      "div",
      { class: "jl-bar" },
      h("span", { class: "jl-bar-label" }, count(text.lineCount, "line")),
      tool("Fold all", () => foldAll(true)),
      tool("Unfold all", () => foldAll(false)),
      tool("Copy all", copyAll),
    ),
    box,
  );

  function tool(name: string, click: () => void): HTMLElement {
    return h("button", { class: "jl-button", on: { click } }, name);
  }

  function keptRows(): readonly number[] {
    return [folding.rowOf(active), ...selecting.rows()];
  }

  function plainText(line: number): string {
    const { indent, tokens } = text.line(line);
    return "  ".repeat(indent) + tokens.map((token) => token.text).join("");
  }

  function rowElement(row: number): HTMLElement {
    const number = folding.lineAt(row);
    const line = text.line(number);
    const element = h(
      "div",
      {
        class: "jl-line",
        role: "row",
        id: `${id}-${number}`,
        aria: { level: line.indent + 1, rowindex: number + 1 },
        data: { line: String(number) },
      },
      gutter(number, line.node),
      code(line),
    );
    if (folding.canFold(number)) {
      const folded = folding.isFolded(number);
      element.setAttribute("aria-expanded", String(!folded));
      if (folded) element.append(foldedMark(number));
    }
    return element;
  }

  /** The heat of a line where it is worth a look, and what folds the line's body. */
  function gutter(number: number, node: NodeId): HTMLElement {
    const overlay = overlayOf(store, stage);
    const heat =
      overlay && node >= 0 && text.lineOf(node) === number ? heatOf(overlay, [node]) : null;
    const element = h("span", { class: "jl-line-gutter", aria: { hidden: true } });
    if (overlay && heat && (heat.step > 0 || heat.kind === "unknown")) {
      const square = swatch(heat);
      square.title = `${shareText(heat)} of ${overlay.name}`;
      element.append(square);
    }
    if (folding.canFold(number)) element.append(h("span", { class: "jl-fold" }));
    return element;
  }

  function code({ indent, tokens }: TextLine): HTMLElement {
    const pieces = tokens.map(({ text: words, kind, value, node }) => {
      const piece = h("span", { class: `jl-t-${kind}` }, words);
      if (kind === "op" && node !== undefined) piece.dataset.family = graph.family(node);
      if (value !== undefined) piece.dataset.value = String(value);
      return piece;
    });
    return h("span", { class: "jl-line-code", role: "gridcell" }, "  ".repeat(indent), ...pieces);
  }

  function foldedMark(number: number): HTMLElement {
    const hidden = text.lastOf(number) - number;
    return h("span", { class: "jl-folded", aria: { hidden: true } }, `… ${count(hidden, "line")}`);
  }

  function repaint(): void {
    for (const [row, element] of list.shown) {
      const number = folding.lineAt(row);
      const { node } = text.line(number);
      const isSelected = selected.nodes.has(node);
      element.setAttribute("aria-selected", String(isSelected));
      element.classList.toggle("jl-counterpart", isSelected && !selected.own);
      element.classList.toggle("jl-hover", hovered.nodes.has(node));
      element.classList.toggle("jl-hit", hits.all.has(node));
      element.classList.toggle("jl-hit-at", node >= 0 && hits.at === node);
      element.classList.toggle("jl-active", number === active);
      for (const piece of element.querySelectorAll<HTMLElement>("[data-value]")) {
        piece.classList.toggle("jl-value-lit", litValues.has(Number(piece.dataset.value)));
      }
    }
    box.setAttribute("aria-activedescendant", `${id}-${active}`);
  }

  /** The value under the pointer, else what a few selected nodes give: lit wherever it is read. */
  function lightValues(): void {
    const found = new Set<ValueId>();
    if (pointed !== null) found.add(pointed);
    else if (selected.own && selected.nodes.size <= FEW) {
      for (const node of selected.nodes) {
        for (let v = graph.firstOutput(node); v < graph.lastOutput(node); v += 1) found.add(v);
      }
    }
    litValues = found;
  }

  function hitsNow(): { all: ReadonlySet<NodeId>; at: NodeId } {
    const found = store.state.hits[stage] ?? [];
    const at = stage === store.state.stage ? (found[store.state.search.at] ?? -1) : -1;
    return { all: new Set(found), at };
  }

  function refold(): void {
    list.reset(folding.count);
    repaint();
  }

  function foldAll(folded: boolean): void {
    folding.foldAll(folded);
    active = folding.lineAt(folding.rowOf(active));
    refold();
    list.show(folding.rowOf(active), "center");
  }

  function setFold(line: number, folded: boolean): void {
    folding.fold(line, folded);
    active = folding.lineAt(folding.rowOf(active));
    refold();
  }

  async function copyAll(): Promise<void> {
    const whole = Array.from({ length: text.lineCount }, (_, line) => plainText(line)).join("\n");
    const copied = await copyText(whole, host);
    store.announce(copied ? `Copied ${count(text.lineCount, "line")}` : "Could not copy.");
  }

  function goTo(row: number): void {
    active = folding.lineAt(Math.max(0, Math.min(folding.count - 1, row)));
    list.show(folding.rowOf(active), "nearest");
    repaint();
  }

  function choose(line: number): void {
    active = line;
    const { node } = text.line(line);
    if (node >= 0) store.select({ stage, nodes: [node] });
    else repaint();
  }

  /** Right: unfold, or into it. Left: fold, or out of it. */
  function step(inwards: boolean): void {
    const foldable = folding.canFold(active);
    const folded = folding.isFolded(active);
    if (foldable && folded === inwards) setFold(active, !inwards);
    else if (inwards && foldable) goTo(folding.rowOf(active) + 1);
    else if (!inwards) {
      const parent = folding.parentOf(active);
      if (parent >= 0) goTo(folding.rowOf(parent));
    }
  }

  const row = () => folding.rowOf(active);
  const keys: Record<string, () => void> = {
    ArrowDown: () => goTo(row() + 1),
    ArrowUp: () => goTo(row() - 1),
    PageDown: () => goTo(row() + list.pageSize),
    PageUp: () => goTo(row() - list.pageSize),
    Home: () => goTo(0),
    End: () => goTo(folding.count - 1),
    ArrowRight: () => step(true),
    ArrowLeft: () => step(false),
    Enter: () => choose(active),
    " ": () => setFold(active, !folding.isFolded(active)),
  };
  box.addEventListener("keydown", (event) => {
    const all = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a";
    if (all) selecting.selectAll();
    else if (isPlain(event) && !event.shiftKey && keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  box.addEventListener("click", (event) => {
    const target = event.target as Element;
    const line = lineOf(target);
    if (line < 0 || !getSelectionIsEmpty()) return;
    if (target.closest(".jl-line-gutter, .jl-folded") && folding.canFold(line)) {
      setFold(line, !folding.isFolded(line));
    } else choose(line);
  });
  box.addEventListener("pointerover", (event) => {
    const target = event.target as Element;
    const line = lineOf(target);
    const node = line >= 0 ? text.line(line).node : -1;
    const value = target.closest<HTMLElement>("[data-value]")?.dataset.value;
    point(value === undefined ? null : Number(value));
    store.set({ hover: node >= 0 ? { stage, nodes: [node] } : null });
  });
  box.addEventListener("pointerleave", () => {
    point(null);
    store.set({ hover: null });
  });

  function point(value: ValueId | null): void {
    if (value === pointed) return;
    pointed = value;
    lightValues();
    repaint();
  }

  /** A click that ends a selection of text selects no node. */
  function getSelectionIsEmpty(): boolean {
    return selecting.rows().length === 0;
  }

  function lineOf(target: Element): number {
    const line = target.closest<HTMLElement>("[data-line]")?.dataset.line;
    return line === undefined ? -1 : Number(line);
  }

  /** Bring the selection into sight, wherever it was made. */
  function follow(): void {
    selected = selectedIn(store, stage);
    lightValues();
    const lines = [...selected.nodes].map((node) => text.lineOf(node)).filter((n) => n >= 0);
    if (lines.length > 0 && !selected.nodes.has(text.line(active).node)) {
      active = Math.min(...lines);
      if (folding.reveal(active)) list.reset(folding.count);
      list.show(folding.rowOf(active), "center");
    }
    repaint();
  }

  const stop = [
    store.on(["selection", "line"], follow),
    store.on(["hover", "hoverLine"], () => {
      hovered = hoveredIn(store, stage);
      repaint();
    }),
    store.on(["hits", "search"], () => {
      hits = hitsNow();
      repaint();
    }),
    store.on(["overlay"], refold),
  ];
  list.reset(folding.count);
  list.scrollTo(place.scrollTop);
  follow();

  return {
    element,
    focus: () => box.focus(),
    dispose() {
      Object.assign(place, { active, scrollTop: box.scrollTop });
      for (const end of stop) end();
      list.dispose();
    },
  };
};

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
import { hoveredIn, paintLit, selectedIn } from "./lit";
import { freshId, overlayOf } from "./page";
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

  const list = makeRows({
    rowHeight: ROW,
    props: {
      class: "jl-text-lines",
      role: "treegrid",
      aria: { label: `Text of ${graph.label}`, rowcount: text.lineCount },
    },
    make: rowElement,
    paint,
    active: () => folding.rowOf(active),
    activate: (row) => {
      active = folding.lineAt(row);
    },
    keys: {
      ArrowRight: () => step(true),
      ArrowLeft: () => step(false),
      Enter: () => choose(active),
      " ": () => setFold(active, !folding.isFolded(active)),
    },
    click,
    point,
    keep: () => selecting.rows(),
  });
  const box = list.element;
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

  function paint(element: HTMLElement, row: number): void {
    const { node } = text.line(folding.lineAt(row));
    paintLit(element, [node], selected, hovered);
    element.classList.toggle("jl-hit", hits.all.has(node));
    element.classList.toggle("jl-hit-at", node >= 0 && hits.at === node);
    for (const piece of element.querySelectorAll<HTMLElement>("[data-value]")) {
      piece.classList.toggle("jl-value-lit", litValues.has(Number(piece.dataset.value)));
    }
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

  const refold = () => list.reset(folding.count);

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

  function choose(line: number): void {
    active = line;
    const { node } = text.line(line);
    if (node >= 0) store.select({ stage, nodes: [node] });
    else list.repaint();
  }

  /** Right: unfold, or into it. Left: fold, or out of it. */
  function step(inwards: boolean): void {
    const foldable = folding.canFold(active);
    const folded = folding.isFolded(active);
    if (foldable && folded === inwards) setFold(active, !inwards);
    else if (inwards && foldable) list.goTo(folding.rowOf(active) + 1);
    else if (!inwards) {
      const parent = folding.parentOf(active);
      if (parent >= 0) list.goTo(folding.rowOf(parent));
    }
  }

  box.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "a") return;
    selecting.selectAll();
    event.preventDefault();
    event.stopPropagation();
  });

  function click(row: number, target: Element): void {
    if (selecting.rows().length > 0) return; // it ends a selection of text
    const line = folding.lineAt(row);
    if (target.closest(".jl-line-gutter, .jl-folded") && folding.canFold(line)) {
      setFold(line, !folding.isFolded(line));
    } else choose(line);
  }

  function point(row: number, target: Element): void {
    const node = row >= 0 ? text.line(folding.lineAt(row)).node : -1;
    const on = target.closest<HTMLElement>("[data-value]")?.dataset.value;
    const value = on === undefined ? null : Number(on);
    if (value !== pointed) {
      pointed = value;
      lightValues();
      list.repaint();
    }
    store.set({ hover: node >= 0 ? { stage, nodes: [node] } : null });
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
    list.repaint();
  }

  const stop = [
    store.on(["selection", "line"], follow),
    store.on(["hover", "hoverLine"], () => {
      hovered = hoveredIn(store, stage);
      list.repaint();
    }),
    store.on(["hits", "search"], () => {
      hits = hitsNow();
      list.repaint();
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

/** Where the program is seen: one stage, or two side by side, as graph, text or table. */

import type { Graph } from "../../model/graph";
import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import type { GraphView, Pane, State, Store, Theme } from "../contracts";
import { h } from "../dom";
import { makeGraphView } from "../graph/view";
import { makeTabPane, type TabPane } from "../panes/tab_pane";
import { makeTextPane } from "../panes/text";
import { icon } from "./icons";
import { makeSelect } from "./select";
import { makeMessage } from "./states";
import { makeTables } from "./tables";

/** More nodes than these are lit, but nothing is opened for them. */
const REVEALED = 24;

export interface Main extends Pane {
  /** The graph that keys and the menu act on: the focused one, else the first; null where text or
   * a table is shown. */
  graph(): GraphView | null;
  /** What is seen, the graph or a chart of a tab, as SVG; null where there is no picture. */
  toSVG(theme: Theme): string | null;
  resize(): void;
}

export function makeMain(store: Store, id: string, count: (text: string) => void): Main {
  // A graph keeps its layout while another stage is looked at.
  const views = new Map<number, GraphView>();
  const slots = (["stage", "split"] as const).map((which) => makeSlot(store, which, viewOf));
  const element = h(
    "div",
    { class: "main", role: "tabpanel", id },
    ...slots.map((slot) => slot.element),
  );
  /** The report's tab, where one is shown in place of the slots. */
  let page: { readonly tab: number; readonly pane: TabPane } | null = null;

  // What is selected in a graph is in sight there already.
  let inGraph = false;
  const fromGraph: Store = {
    report: store.report,
    get state() {
      return store.state;
    },
    set: (change) => store.set(change),
    on: (keys, heard) => store.on(keys, heard),
    announce: (text) => store.announce(text),
    select(pick) {
      inGraph = true;
      store.select(pick);
      inGraph = false;
    },
  };

  function viewOf(stage: number): GraphView {
    const known = views.get(stage);
    if (known) return known;
    const view = makeGraphView(fromGraph, stage);
    watcher.observe(view.element, watched);
    views.set(stage, view);
    return view;
  }

  // What is drawn is told by the graph's attributes, to tests as to the legend.
  const watcher = new MutationObserver(recount);
  const watched = { attributes: true, attributeFilter: ["data-boxes", "data-hidden"] };

  function recount(): void {
    const { stage, mode, tab } = store.state;
    const view = mode === "graph" && tab === null ? views.get(stage) : undefined;
    count(view ? countText(store.report.stages[stage], view.element.dataset) : "");
  }

  function show(): void {
    // The second first: it gives back a graph that the first may want.
    for (const slot of [...slots].reverse()) slot.show();
    const { split, tab } = store.state;
    element.classList.toggle("split", split !== null && tab === null);
    turnTo(tab);
    recount();
  }

  function turnTo(tab: number | null): void {
    if (tab === (page?.tab ?? null)) return;
    const root = element.getRootNode();
    const focused = root instanceof ShadowRoot && page?.pane.element.contains(root.activeElement);
    page?.pane.dispose();
    page?.pane.element.remove();
    page = tab === null ? null : { tab, pane: makeTabPane(store, tab) };
    if (page) element.append(page.pane.element);
    // Whoever went from a chart to the graph by key goes on there.
    else if (focused) slots[0].focus();
  }

  /** Bring what was just selected into sight, or what it became in the stage just chosen. */
  function follow(state: State, before: State): void {
    const { selection, line } = state;
    if (!selection || line || state.mode !== "graph" || state.tab !== null || inGraph) return;
    // What was selected in the text, a table or a chart is looked for when the graph comes back.
    const moved = (["selection", "mode", "tab"] as const).some((k) => state[k] !== before[k]);
    if (moved && shows(state, selection.stage)) reveal(selection.stage, selection.nodes);
    else if (state.stage !== before.stage && state.stage !== selection.stage) {
      const { stage } = state;
      reveal(stage, store.report.counterparts(selection.stage, selection.nodes, stage));
    }
  }

  function shows(state: State, stage: number): boolean {
    return stage === state.stage || stage === state.split;
  }

  function reveal(stage: number, nodes: readonly number[]): void {
    if (nodes.length > 0 && nodes.length <= REVEALED) views.get(stage)?.reveal(nodes);
  }

  const stops = [
    store.on(["stage", "split", "mode", "tab"], show),
    store.on(["selection", "stage", "mode", "tab"], follow),
  ];
  show();
  return {
    element,
    graph() {
      const { stage, split, mode, tab } = store.state;
      if (mode !== "graph" || tab !== null) return null;
      const root = element.getRootNode() as ShadowRoot;
      const second = split !== null && slots[1].element.contains(root.activeElement);
      return views.get(second ? split : stage) ?? null;
    },
    toSVG(theme) {
      return page ? page.pane.toSVG(theme) : (this.graph()?.toSVG(theme) ?? null);
    },
    focus: () => (page ? page.pane.focus?.() : slots[0].focus()),
    resize() {
      for (const view of views.values()) if (view.element.isConnected) view.resize();
    },
    dispose() {
      watcher.disconnect();
      for (const stop of stops) stop();
      for (const slot of slots) slot.dispose();
      page?.pane.dispose();
      for (const view of views.values()) view.dispose();
    },
  };
}

interface Slot extends Pane {
  show(): void;
  focus(): void;
}

/** One of the two places; `which` is the part of the state that says what stage is in it. */
function makeSlot(
  store: Store,
  which: "stage" | "split",
  viewOf: (stage: number) => GraphView,
): Slot {
  const { stages } = store.report;
  const content = h("div", { class: "slot-content" });
  const labels = stages.map(({ label }) => visible(label));
  const picker = makeSelect("Stage", labels, choose);
  const close = h("button", { class: "tool", title: "Close", aria: { label: "Close this stage" } });
  close.append(icon("close"));
  close.addEventListener("click", () => store.set({ split: null }));
  const head = h("div", { class: "slot-head" }, picker.element, which === "split" && close);
  const element = h("section", { class: "slot" }, head, content);
  let shown = "";
  let pane: Pane | null = null;

  function choose(place: number): void {
    const { stage, split } = store.state;
    const other = which === "stage" ? split : stage;
    // Choosing what the other place shows swaps them.
    store.set(place === other ? { stage: split ?? stage, split: stage } : { [which]: place });
  }

  function show(): void {
    const { mode, split, tab } = store.state;
    const stage = tab === null ? store.state[which] : null;
    head.hidden = split === null;
    element.hidden = stage === null;
    const wanted = stage === null ? "" : `${mode} ${stage}`;
    if (wanted === shown) return;
    const root = element.getRootNode();
    const focused = root instanceof ShadowRoot && content.contains(root.activeElement);
    pane?.dispose();
    pane = null;
    shown = wanted;
    if (stage === null) {
      content.replaceChildren();
      return;
    }
    picker.show(stage);
    element.setAttribute("aria-label", stages[stage]?.label ?? "Program");
    content.replaceChildren(...contentOf(stage));
    // An element that is gone can't keep the focus, and keys would go to the page.
    if (focused) focus();
  }

  function contentOf(stage: number): Node[] {
    const { mode } = store.state;
    const graph = stages[stage];
    if (!graph && mode !== "table") return [nothingTraced(store)];
    if (mode === "graph" && graph.nodeCount === 0) {
      const text = "Nothing to draw: the program gives back what it is given.";
      return [makeMessage(text, { text: "Show its text", run: () => store.set({ mode: "text" }) })];
    }
    if (mode === "graph") return [viewOf(stage).element];
    const made = mode === "text" ? makeTextPane(store, stage) : makeTables(store, stage);
    pane = made;
    return [made.element];
  }

  function focus(): void {
    if (pane?.focus) pane.focus();
    else (content.querySelector<HTMLElement>("[tabindex='0'], button") ?? content).focus();
  }

  return { element, show, focus, dispose: () => pane?.dispose() };
}

const NOUNS = { jaxpr: "equations", stablehlo: "operations", hlo: "instructions" } as const;

/** `41 boxes for 6,623 equations · 214 plumbing hidden`. */
function countText(graph: Graph, { boxes, hidden }: DOMStringMap): string {
  const counted = `${quantity(leavesOf(graph))} ${NOUNS[graph.stage]}`;
  const words = [`${quantity(Number(boxes ?? 0))} boxes for ${counted}`];
  if (Number(hidden) > 0) words.push(`${quantity(Number(hidden))} plumbing hidden`);
  return words.join(" · ");
}

const leaves = new WeakMap<Graph, number>();

/** How many nodes a program has, its groups not counted: counted once, told with each picture. */
function leavesOf(graph: Graph): number {
  let found = leaves.get(graph);
  if (found === undefined) {
    found = 0;
    for (let node = 0; node < graph.nodeCount; node++) if (!graph.isGroup(node)) found++;
    leaves.set(graph, found);
  }
  return found;
}

function nothingTraced(store: Store): HTMLElement {
  const text = "Nothing to draw: no program was traced here.";
  const { tables } = store.report;
  if (tables.length === 0) return makeMessage(text);
  return makeMessage(text, { text: "Show what ran", run: () => store.set({ mode: "table" }) });
}

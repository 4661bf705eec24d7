/** A report in its panel: its parts in their order, and what binds them together. */

import type { Report } from "../../model/graph";
import { visible } from "../../model/visible";
import type { Host, State, Store } from "../contracts";
import { h } from "../dom";
import { freshId } from "../panes/page";
import { makeSearchBar, stepHit } from "../panes/search";
import { makeStore } from "../store";
import { makeActs } from "./acts";
import { makeBar, type Shown } from "./bar";
import { changes } from "./changes";
import { menuEntries } from "./entries";
import { makeHeader } from "./header";
import { HIGHEST, makeGrip, natural } from "./height";
import { makeHelp } from "./help";
import type { Acts } from "./keys";
import { makeLegend } from "./legend";
import { makeMain } from "./main";
import { makeMenu } from "./menu";
import { makeSide, SIDES, type SideName } from "./side";
import { makeLadder, makeTabs } from "./tabs";

/** Widths at which the panel is arranged anew. */
const WIDE = 900;
const MID = 560;
const LINE = 20; // px of a line of source

export interface Shell {
  readonly store: Store;
  readonly acts: Acts;
  readonly parts: readonly HTMLElement[];
  /** The panel is this wide now. */
  resize(width: number): void;
  /** Mark what differs from the report that was here before. */
  compare(before: Report): void;
  focus(): void;
  dispose(): void;
}

/** `root` is the panel's own element: it carries sizes and states that the style goes by. */
export function makeShell(root: HTMLElement, report: Report, state: State, host: Host): Shell {
  const store = makeStore(report, state, (text) => legend.say(text));
  const id = freshId("main");
  const legend = makeLegend(store);
  const main = makeMain(store, id, (text) => legend.count(text));
  let alone: Shown = store.state.mode;
  const isNarrow = () => root.dataset.size === "narrow";
  const side = makeSide(root, store, host);
  const search = makeSearchBar(store, store.state.stage);
  const searchRow = h(
    "div",
    { class: "search", hidden: state.search.query === "" },
    search.element,
  );
  const tabs = makeTabs(store, id, () => showAlone(store.state.mode));
  const ladder = makeLadder(store);
  const help = makeHelp();

  const acts = makeActs({
    store,
    main,
    search,
    searchRow,
    help,
    chooseTab: tabs.choose,
    step: (direction) => stepHit(store, direction),
    showAlone,
    focusOn: side.focusOn,
    isBeside: () => side.element.contains(focused()),
    leave,
  });
  const menu = makeMenu(menuEntries(store, main, acts, host));
  const bar = makeBar(store, tabs, menu, acts);
  const body = h("div", { class: "body" }, side.element, main.element);
  const grip = makeGrip(store, () => Math.round(root.getBoundingClientRect().height));

  function focused(): HTMLElement | null {
    return (root.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
  }

  /** Only when the key is up again: that would be heard by the page. */
  function leave(): void {
    root.addEventListener("keyup", () => focused()?.blur(), { once: true });
  }

  /** In a narrow panel one pane stands for all. */
  function showAlone(shown: Shown): boolean {
    alone = shown;
    root.dataset.alone = isSide(shown) ? shown : "main";
    // Of a tab of the report's own it is none of these.
    bar.show(isSide(shown) || store.state.tab === null ? shown : null);
    if (!isNarrow()) return false;
    if (isSide(shown)) side.focusOn(shown);
    return true;
  }

  function resize(width: number): void {
    // Out of sight, in a hidden tab or cell, it has no width: nothing is arranged for that.
    if (width === 0) return;
    const size = width >= WIDE ? "wide" : width >= MID ? "mid" : "narrow";
    if (size !== root.dataset.size) {
      root.dataset.size = size;
      side.show();
    }
    grow();
    main.resize();
  }

  let highest = 0; // it grows with its content, but never shrinks under the reader's pointer

  function grow(): void {
    const { height, full } = store.state;
    root.classList.toggle("full", full);
    if (height === null && body.isConnected) {
      const chrome = root.offsetHeight - body.offsetHeight;
      highest = Math.max(highest, natural(chrome, contentHeight()));
    } else if (height === null) highest = 0;
    root.style.height = full ? "" : `${height ?? highest}px`;
  }

  function contentHeight(): number {
    if (store.state.tab !== null) return HIGHEST;
    const size = main.graph()?.contentSize();
    const source = report.sources[store.state.source];
    const beside = root.dataset.size === "wide" && store.state.panes.source && source;
    const lines = beside ? source.text.trimEnd().split("\n").length + 2 : 0;
    return Math.max(size?.height ?? 320, lines * LINE);
  }

  const stops = [
    store.on(["finding"], ({ mode, finding }) => {
      if (finding !== null) showAlone(mode);
    }),
    // A link to a line would lead nowhere, where the source does not stand beside it.
    store.on(["line"], ({ line, tab }) => {
      if (line && tab !== null && isNarrow()) showAlone("source");
    }),
    store.on(["mode", "tab"], ({ mode }) => {
      if (!isSide(alone)) showAlone(mode);
    }),
    store.on(["poses", "height", "full", "mode", "stage", "tab", "panes"], () => {
      grow();
      main.resize();
    }),
    store.on(["selection", "stage"], tellHost),
  ];

  function tellHost({ selection }: State): void {
    const graph = selection && report.stages[selection.stage];
    const keys = graph ? selection.nodes.map((node) => graph.nodeKey(node)) : [];
    host.selected?.(graph?.stage ?? "", keys);
  }

  function compare(before: Report): void {
    store.set({ changed: changes(before, report) });
  }

  showAlone(alone);
  root.setAttribute("aria-label", `jaxlab: ${visible(report.title)}`);
  const all = [makeHeader(store), bar.element, ladder?.element, searchRow, body, legend.element];
  const parts = [...all, grip, help, menu.element].filter((part) => part !== undefined);
  return {
    store,
    acts,
    parts,
    resize,
    compare,
    focus: () => main.focus?.(),
    dispose() {
      for (const stop of stops) stop();
      for (const part of [main, side, search, bar, ladder, legend]) part?.dispose();
    },
  };
}

function isSide(shown: Shown): shown is SideName {
  return (SIDES as readonly string[]).includes(shown);
}

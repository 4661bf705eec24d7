/** The panes beside the picture: source, outline, details; each can be put away. */

import { visible } from "../../model/visible";
import type { Host, Pane, State, Store } from "../contracts";
import { h } from "../dom";
import { makeDetails } from "../panes/details";
import { makeOutline } from "../panes/outline";
import { icon } from "./icons";
import { makeSelect } from "./select";
import { makeSourcePane } from "./source";

export type SideName = "source" | "outline" | "details";
export const SIDES: readonly SideName[] = ["source", "outline", "details"];

export interface Side extends Pane {
  /** Show the panes that are wanted and have something to show. */
  show(): void;
  focusOn(name: SideName): void;
}

/** `root` is told what is shown; where it is narrow, tabs choose, and nothing is put away. */
export function makeSide(root: HTMLElement, store: Store, host: Host): Side {
  const makers: Readonly<Record<SideName, () => Pane>> = {
    source: () => makeSourcePane(store, host),
    outline: () => makeOutline(store, store.state.stage),
    details: () => makeDetails(store, store.state.stage, host),
  };
  const stops: (() => void)[] = [];
  const panes = new Map<SideName, Pane>();
  const sections = new Map(SIDES.map((name) => [name, sectionOf(name)]));
  const element = h("div", { class: "side" }, ...sections.values());

  function sectionOf(name: SideName): HTMLElement {
    const title = name[0].toUpperCase() + name.slice(1);
    const close = h("button", { class: "tool", title: "Close", aria: { label: `Close ${name}` } });
    close.append(icon("close"));
    close.addEventListener("click", () => put(name, false));
    const head = h(
      "div",
      { class: "side-head" },
      name === "source" ? sources() : h("span", {}, title),
      close,
    );
    return h("div", { class: `side-${name}` }, head);
  }

  /** What the source is called; a choice where there are several. */
  function sources(): HTMLElement {
    const titles = store.report.sources.map(({ title, file }) => visible(title || file));
    if (titles.length < 2) return h("span", {}, titles[0] ?? "Source");
    const { element: picker, show: paint } = makeSelect("Source", titles, (source) => {
      store.set({ source });
    });
    stops.push(store.on(["source"], ({ source }) => paint(source)));
    paint(store.state.source);
    return picker;
  }

  function put(name: SideName, shown: boolean): void {
    store.set({ panes: { ...store.state.panes, [name]: shown } });
  }

  function has(name: SideName): boolean {
    const { selection, line } = store.state;
    if (name === "source") return store.report.sources.length > 0;
    // A report of side effects alone has lines and no program.
    if (store.report.stages.length === 0) return false;
    if (name === "details") return selection !== null || line !== null;
    return (store.report.stages[store.state.stage]?.nodeCount ?? 0) > 0;
  }

  function show(): void {
    const shown: SideName[] = [];
    for (const [name, section] of sections) {
      const wanted = has(name) && (root.dataset.size === "narrow" || store.state.panes[name]);
      section.hidden = !wanted;
      if (wanted) shown.push(name);
      if (wanted && !panes.has(name)) {
        const pane = makers[name]();
        panes.set(name, pane);
        section.append(pane.element);
      } else if (!wanted) drop(name);
    }
    element.hidden = shown.length === 0;
    root.dataset.side = shown.join(" ");
  }

  function drop(name: SideName): void {
    const pane = panes.get(name);
    pane?.dispose();
    pane?.element.remove();
    panes.delete(name);
  }

  function restage(): void {
    drop("outline");
    drop("details");
    show();
  }

  stops.push(
    store.on(["stage"], restage),
    store.on(["panes", "selection", "line"], (state: State, before: State) => {
      const chosen = state.selection !== null || state.line !== null;
      const was = before.selection !== null || before.line !== null;
      if (state.panes !== before.panes || chosen !== was) show();
    }),
  );
  return {
    element,
    show,
    focusOn(name) {
      show();
      panes.get(name)?.focus?.();
    },
    dispose() {
      for (const stop of stops) stop();
      for (const name of SIDES) drop(name);
    },
  };
}

/** Stages as tabs, what else the report says behind them, and the ladder of transforms. */

import type { Report } from "../../model/graph";
import { visible } from "../../model/visible";
import type { Pane, Store } from "../contracts";
import { h } from "../dom";
import { freshId } from "../panes/page";
import { icon } from "./icons";

/** A tab, and the stages that are looked at under it: the rungs of the ladder share one. */
interface Tab {
  readonly label: string;
  readonly stages: readonly number[];
  /** Place in the report's own tabs; undefined for stages. */
  readonly page?: number;
}

/** One tab a stage, but one for all rungs of a ladder; then the report's own. */
export function tabsOf(report: Report): Tab[] {
  const rungs = report.ladder.flatMap(({ stage }) => (stage === null ? [] : [stage]));
  const ladder = new Set(rungs.length > 1 ? rungs : []);
  const tabs: Tab[] = [];
  report.stages.forEach((graph, stage) => {
    if (!ladder.has(stage)) tabs.push({ label: graph.label, stages: [stage] });
    else if (stage === Math.min(...ladder)) {
      // The last rung is the whole program, so its label is the tab's.
      const last = report.stages[rungs[rungs.length - 1]];
      tabs.push({ label: last.label, stages: [...ladder].reverse() });
    }
  });
  report.tabs.forEach(({ name }, page) => {
    tabs.push({ label: name, stages: [], page });
  });
  return tabs;
}

export interface Tabs extends Pane {
  /** Show the tab at this place, if there is one. */
  choose(place: number): void;
}

/** `panel` is the id of what the tabs show; `turned` is told that one of the report's own is to be
 * seen. */
export function makeTabs(store: Store, panel: string, turned: () => void): Tabs {
  const tabs = tabsOf(store.report);
  const last = tabs.map((tab) => tab.stages[0]); // where each tab was left
  const buttons = tabs.map((tab, place) => {
    const button = h(
      "button",
      { class: "tab", role: "tab", id: freshId("tab"), aria: { controls: panel } },
      visible(tab.label),
    );
    button.addEventListener("click", () => choose(place));
    return button;
  });
  const element = h("div", { class: "tabs", role: "tablist", aria: { label: "Stages" } });
  element.append(...buttons);
  element.addEventListener("keydown", (event) => {
    if (event.altKey) return;
    const at = chosen();
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const place = (to + tabs.length) % tabs.length;
    choose(place);
    buttons[place].focus();
  });

  function chosen(): number {
    const { stage, tab: page } = store.state;
    return tabs.findIndex((tab) =>
      page === null ? tab.stages.includes(stage) : tab.page === page,
    );
  }

  function choose(place: number): void {
    const page = tabs[place]?.page;
    if (page !== undefined) {
      store.set({ tab: page });
      turned();
    }
    const stage = last[place];
    if (stage === undefined) return;
    // Two views of one stage would fight over its camera.
    store.set(stage === store.state.split ? { stage, split: store.state.stage } : { stage });
  }

  function paint(): void {
    const at = chosen();
    if (store.state.tab === null && at >= 0) last[at] = store.state.stage;
    buttons.forEach((button, place) => {
      button.setAttribute("aria-selected", String(place === at));
      button.tabIndex = place === at ? 0 : -1;
    });
  }

  const stop = store.on(["stage", "tab"], paint);
  paint();
  return { element, choose, focus: () => buttons[chosen()]?.focus(), dispose: stop };
}

/** `f › vmap(f) › grad(vmap(f))`: each rung whose jaxpr is known leads to it. Null for one rung. */
export function makeLadder(store: Store): Pane | null {
  const { ladder } = store.report;
  if (ladder.length < 2) return null;
  const rungs = ladder.map(({ text, stage }) => {
    if (stage === null) return h("span", { class: "rung" }, visible(text));
    const rung = h("button", { class: "rung" }, visible(text));
    rung.addEventListener("click", () => store.set({ stage }));
    return rung;
  });
  const items = rungs.map((rung, place) => h("li", {}, place > 0 && icon("chevron"), rung));
  const list = h("ol", {}, ...items);
  const element = h("nav", { class: "ladder", aria: { label: "Ladder of transforms" } }, list);

  function paint(): void {
    const { stage, tab } = store.state;
    element.hidden = tab !== null || store.report.stages[stage]?.stage !== "jaxpr";
    rungs.forEach((rung, place) => {
      if (ladder[place].stage === stage) rung.setAttribute("aria-current", "step");
      else rung.removeAttribute("aria-current");
    });
  }

  const stop = store.on(["stage", "tab"], paint);
  paint();
  return { element, dispose: stop };
}

/** What keys, tools and the menu do. */

import type { Mode, Pane, State, Store } from "../contracts";
import { travel } from "../store";
import type { Shown } from "./bar";
import type { Acts } from "./keys";
import type { Main } from "./main";
import type { SideName } from "./side";

/** What acts need of the panel around them. */
export interface Parts {
  readonly store: Store;
  readonly main: Main;
  readonly search: Pane;
  readonly searchRow: HTMLElement;
  readonly help: HTMLDialogElement;
  chooseTab(place: number): void;
  /** Next (1) or previous (-1) hit. */
  step(direction: 1 | -1): void;
  /** Show one pane where there is room for one only; true if so. */
  showAlone(shown: Shown): boolean;
  focusOn(name: SideName): void;
  /** Whether the focus is in a pane beside the picture. */
  isBeside(): boolean;
  /** Give the focus back to the page. */
  leave(): void;
}

const ZOOM = 1.25;

export function makeActs(parts: Parts): Acts {
  const { store, main, search, searchRow, help } = parts;
  const set = (change: Partial<State>) => store.set(change);

  const mode = (wanted: Mode) => () => {
    parts.showAlone(wanted);
    set({ mode: wanted });
  };
  const side = (name: SideName) => () => {
    if (parts.showAlone(name)) return;
    const { panes } = store.state;
    set({ panes: { ...panes, [name]: !panes[name] } });
    if (!panes[name]) parts.focusOn(name);
    store.announce(`${name[0].toUpperCase()}${name.slice(1)} ${panes[name] ? "hidden" : "shown"}`);
  };

  function openSearch(): void {
    searchRow.hidden = false;
    search.focus?.();
  }

  function closeSearch(): boolean {
    if (searchRow.hidden) return false;
    searchRow.hidden = true;
    set({ search: { query: "", at: -1 }, hits: store.state.hits.map(() => []) });
    toMain();
    return true;
  }

  function toMain(): void {
    parts.showAlone(store.state.mode);
    main.focus?.();
  }

  /** The stage that comes after this one stands beside it, else the one before. */
  function split(): void {
    const { stage, split: second } = store.state;
    const last = store.report.stages.length - 1;
    if (last < 1) return;
    set({ split: second !== null ? null : stage < last ? stage + 1 : stage - 1 });
  }

  function plumbing(): void {
    const { filters } = store.state;
    set({ filters: { ...filters, plumbing: !filters.plumbing } });
    store.announce(`Plumbing ${filters.plumbing ? "hidden" : "shown"}`);
  }

  function travelling(direction: -1 | 1): void {
    if (!travel(store, direction)) store.announce("The history of selections ends here");
  }

  /** One step out: of the search, of a pane, of what is looked at alone, of the selection, of the
   * panel. */
  function stepOut(): void {
    const { only, selection, line, full } = store.state;
    if (help.open) help.close();
    else if (closeSearch()) return;
    else if (parts.isBeside()) toMain();
    else if (only) set({ only: null });
    else if (selection || line) store.select(null);
    else if (full) set({ full: false });
    else parts.leave();
  }

  return {
    stage: parts.chooseTab,
    search: openSearch,
    next: () => parts.step(1),
    previous: () => parts.step(-1),
    graph: mode("graph"),
    text: mode("text"),
    table: mode("table"),
    source: side("source"),
    outline: side("outline"),
    details: side("details"),
    fit: () => main.graph()?.fit(),
    bigger: () => main.graph()?.zoomBy(ZOOM),
    smaller: () => main.graph()?.zoomBy(1 / ZOOM),
    actual: () => main.graph()?.reset(),
    expand: () => main.graph()?.expandAll(),
    collapse: () => main.graph()?.collapseAll(),
    plumbing,
    back: () => travelling(-1),
    forward: () => travelling(1),
    split,
    full: () => set({ full: !store.state.full }),
    help: () => help.showModal(),
    escape: stepOut,
  };
}

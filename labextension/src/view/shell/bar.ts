/** The bar over the picture: stages, how to see them, and the tools. */

import type { Mode, Pane, State, Store } from "../contracts";
import { h } from "../dom";
import { type IconName, icon } from "./icons";
import type { Act, Acts } from "./keys";
import type { Menu } from "./menu";
import { makeSegments } from "./segments";
import type { SideName } from "./side";

/** What one pane shows where there is room for one only. */
export type Shown = Mode | SideName;

const MODES: readonly (readonly [Mode, string])[] = [
  ["graph", "Graph"],
  ["text", "Text"],
  ["table", "Table"],
];
const ALL: readonly (readonly [Shown, string])[] = [
  ...MODES,
  ["source", "Source"],
  ["outline", "Outline"],
  ["details", "Details"],
];

export interface Bar extends Pane {
  /** Follow what a narrow panel shows. */
  show(shown: Shown | null): void;
}

/** `acts` does what the tools are for, as keys do. */
export function makeBar(store: Store, tabs: Pane, menu: Menu, acts: Acts): Bar {
  const modes = makeSegments("View", MODES, (mode) => acts[mode]());
  const narrow = makeSegments("Pane", ALL, (shown) => acts[shown]());
  modes.element.classList.add("modes");
  narrow.element.classList.add("panes");

  const tool = (act: Act, name: IconName, text: string, key: string) => {
    const title = `${text} (${key})`;
    const button = h("button", { class: `tool tool-${act}`, title, aria: { label: text } });
    button.append(icon(name));
    button.addEventListener("click", () => acts[act]());
    return button;
  };
  const split = tool("split", "split", "Second stage beside it", "x");
  const full = tool("full", "full", "Full screen", "F");
  const tools = h(
    "div",
    { class: "tools", role: "toolbar", aria: { label: "Tools" } },
    tool("search", "search", "Search", "/"),
    split,
    full,
    tool("help", "help", "Keys", "?"),
    menu.button,
  );
  const element = h("div", { class: "bar" }, tabs.element, modes.element, tools, narrow.element);

  function paint({ mode, tab, split: second, full: isFull }: State): void {
    modes.show(mode);
    modes.element.hidden = tab !== null;
    split.hidden = tab !== null || store.report.stages.length < 2;
    split.setAttribute("aria-pressed", String(second !== null));
    full.setAttribute("aria-pressed", String(isFull));
  }

  const stop = store.on(["mode", "tab", "split", "full"], paint);
  paint(store.state);
  return {
    element,
    show: narrow.show,
    dispose() {
      stop();
      tabs.dispose();
    },
  };
}

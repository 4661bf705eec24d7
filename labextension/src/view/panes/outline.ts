/** The outline: a tree of what the picture of a stage shows, for keys and for screen readers. */

import { type Item, Lane, type Levels } from "../../model/level";
import { makeLevels } from "../../model/levels";
import { visible } from "../../model/visible";
import type { MakePane, State, Store } from "../contracts";
import { h } from "../dom";
import { firstOpen } from "../graph/opening";
import { paintLit, selectedIn } from "./lit";
import { findByLetters, type OutlineRow, outlineRows } from "./outline-rows";
import { heatOfItem, spokenRow } from "./outline-words";
import { freshId, isPlain, overlayOf } from "./page";
import { makeRows } from "./rows";
import { shareText, swatch } from "./swatch";

const ROW = 24;
const TYPING = 700; // ms within which letters make one word

export const makeOutline: MakePane = (store, stage) => {
  const graph = store.report.stages[stage];
  const id = freshId("tree");
  let levels: Levels = levelsFor(store, stage);
  let rows: readonly OutlineRow[] = [];
  let active = 0;
  let selected = selectedIn(store, stage);
  let around = ""; // key of the closed row that the selection is in
  let typed = { letters: "", at: 0 };

  const list = makeRows({
    rowHeight: ROW,
    props: { class: "jl-tree", role: "tree", aria: { label: `Outline of ${graph.label}` } },
    make: rowElement,
    paint,
    active: () => active,
    activate: (place) => {
      active = place;
    },
    keys: {
      ArrowRight: () => step(true),
      ArrowLeft: () => step(false),
      Enter: () => choose(active),
      " ": () => toggle(active),
      "*": openSiblings,
    },
    click: (place, target, twice) => {
      const onTwisty = target.closest(".jl-tree-twisty") !== null;
      if (!onTwisty) choose(place);
      if (onTwisty || twice) toggle(place);
    },
    point: (place) => {
      const nodes = rows[place]?.item?.nodes ?? [];
      store.set({ hover: nodes.length > 0 ? { stage, nodes } : null });
    },
  });
  const tree = list.element;

  function rowElement(place: number): HTMLElement {
    const row = rows[place];
    const { item } = row;
    const overlay = overlayOf(store, stage);
    const heat = item && heatOfItem(overlay, item);
    const aria = { hidden: true }; // what is spoken says it in whole words
    const element = h(
      "div",
      {
        class: "jl-tree-row",
        role: "treeitem",
        id: `${id}-${place}`,
        aria: {
          level: row.level,
          posinset: row.position,
          setsize: row.setSize,
        },
        data: item ? { family: item.family, key: row.key } : { key: row.key },
      },
      h("span", { class: "jl-spoken" }, spokenRow(row, overlay)),
      h("span", { class: "jl-tree-twisty" }),
      h("span", { class: "jl-tree-title", aria }, visible(row.title)),
      item && h("span", { class: "jl-tree-sub", aria }, subtitleOf(item)),
      heat && h("span", { class: "jl-tree-share", aria }, shareText(heat), swatch(heat)),
    );
    element.style.paddingInlineStart = `${(row.level - 1) * 16 + 4}px`;
    return element;
  }

  function paint(element: HTMLElement, place: number): void {
    const row = rows[place];
    if (row.expanded !== null) element.setAttribute("aria-expanded", String(row.expanded));
    paintLit(element, row.item?.nodes ?? [], selected);
    element.classList.toggle("jl-around", row.key === around);
  }

  function isSelected(item: Item | null): boolean {
    return item?.nodes.some((node) => selected.nodes.has(node)) ?? false;
  }

  function rebuild(): void {
    const key = rows[active]?.key;
    rows = outlineRows(levels.root, new Set(openKeys()));
    const place = rows.findIndex((row) => row.key === key);
    active = place >= 0 ? place : Math.min(active, Math.max(0, rows.length - 1));
    list.reset(rows.length);
  }

  /** As the picture has it; before its first look, as it will have it. */
  function openKeys(): readonly string[] {
    return store.state.poses[stage].open ?? firstOpen(levels, store.report.depth);
  }

  function setOpen(keys: readonly string[], open: boolean): void {
    const now = new Set(openKeys());
    for (const key of keys) {
      if (open) now.add(key);
      else now.delete(key);
    }
    const poses = store.state.poses.map((pose, place) =>
      place === stage ? { ...pose, open: [...now] } : pose,
    );
    store.set({ poses });
  }

  function choose(place: number): void {
    list.goTo(place);
    const nodes = rows[place]?.item ? nodesBehind(rows[place].item) : [];
    if (nodes.length > 0) store.select({ stage, nodes });
  }

  /** An input is its readers to the rest of the panel, an output its maker. */
  function nodesBehind(item: Item): readonly number[] {
    if (item.nodes.length > 0) return item.nodes;
    const makers = item.values.map((value) => graph.maker(value)).filter((node) => node >= 0);
    if (item.kind === "output") return makers;
    return [...new Set(item.values.flatMap((value) => [...graph.users(value)]))];
  }

  function toggle(place: number): void {
    const row = rows[place];
    if (row.item && row.expanded !== null) setOpen([row.key], !row.expanded);
  }

  /** Right: open, or into it. Left: close, or out of it. */
  function step(inwards: boolean): void {
    const row = rows[active];
    if (row.expanded === !inwards && row.item) toggle(active);
    else if (inwards && row.expanded) list.goTo(active + 1);
    else if (!inwards && row.parent >= 0) list.goTo(row.parent);
  }

  function openSiblings(): void {
    const { parent } = rows[active];
    const shut = rows.filter((row) => row.parent === parent && row.expanded === false);
    setOpen(
      shut.map((row) => row.key),
      true,
    );
  }

  // Letters look for a title, and are no keys of the panel here.
  tree.addEventListener("keydown", (event) => {
    if (!isPlain(event) || rows.length === 0 || !/^[\p{L}\p{N}_]$/u.test(event.key)) return;
    type(event.key, event.timeStamp);
    event.preventDefault();
    event.stopPropagation();
  });

  function type(letter: string, at: number): void {
    const letters = at - typed.at < TYPING ? typed.letters + letter : letter;
    typed = { letters, at };
    const found = findByLetters(rows, letters.length > 1 ? active : active + 1, letters);
    if (found >= 0) list.goTo(found);
  }

  /** Come to the row of a node, or to the nearest one around it that is in sight. */
  function follow(): void {
    selected = selectedIn(store, stage);
    const [first] = selected.nodes;
    around = "";
    if (first !== undefined && !isSelected(rows[active]?.item ?? null)) {
      const way = new Set(levels.wayTo(first));
      const place = rows.findLastIndex((row) => way.has(row.key));
      if (place >= 0) {
        active = place;
        around = isSelected(rows[place].item) ? "" : rows[place].key;
        list.show(active, "center");
      }
    }
    list.repaint();
  }

  const stop = [
    store.on(["filters", "only"], () => {
      levels = levelsFor(store, stage);
      rebuild();
    }),
    store.on(["poses"], (state: State, before: State) => {
      if (state.poses[stage].open === before.poses[stage].open) return;
      rebuild();
      follow();
    }),
    store.on(["overlay"], rebuild),
    store.on(["selection", "line"], follow),
  ];
  rebuild();
  follow();

  return {
    element: tree,
    focus: () => tree.focus(),
    dispose() {
      for (const end of stop) end();
      list.dispose();
    },
  };
};

/** A scope's forward and backward boxes have one name. */
function subtitleOf({ lane, subtitle }: Item): string {
  return visible(lane === Lane.backward ? `backward · ${subtitle}` : subtitle);
}

function levelsFor(store: Store, stage: number): Levels {
  const { only, filters } = store.state;
  const graph = store.report.stages[stage];
  return makeLevels(graph, filters, only?.stage === stage ? only.nodes : undefined);
}

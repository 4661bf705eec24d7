/** Links to nodes, and lists of them that don't grow without end. */

import type { NodeId } from "../../model/graph";
import type { Pick } from "../contracts";
import { h } from "../dom";
import { titleOf } from "./describe";
import type { Subject } from "./details";

const SHOWN = 8;

/** A button that selects; pointing at it lights what it leads to. */
export function link({ store, go }: Subject, pick: Pick, text: string): HTMLButtonElement {
  return h(
    "button",
    {
      class: "jl-link",
      on: {
        click: () => go(pick),
        pointerenter: () => store.set({ hover: pick }),
        pointerleave: () => store.set({ hover: null }),
      },
    },
    text,
  );
}

export function nodeLink(subject: Subject, node: NodeId): HTMLButtonElement {
  const { graph, stage } = subject;
  return link(subject, { stage, nodes: [node] }, titleOf(graph, node));
}

/** A list whose end is made when asked for. */
export function longList<T>(items: readonly T[], make: (item: T) => Node): HTMLElement {
  const list = h("ul", { class: "jl-list" });
  const add = (some: readonly T[]) => {
    for (const item of some) list.append(h("li", {}, make(item)));
  };
  add(items.slice(0, SHOWN));
  if (items.length > SHOWN) {
    const more = h("button", { class: "jl-link" }, `${items.length - SHOWN} more`);
    const last = h("li", {}, more);
    more.addEventListener("click", () => {
      last.remove();
      add(items.slice(SHOWN));
      list.children[SHOWN]?.querySelector<HTMLElement>("button")?.focus();
    });
    list.append(last);
  }
  return list;
}

/** The one menu: what is seldom wanted. */

import { h } from "../dom";
import { icon } from "./icons";

/** An entry; `on` of one that is switched says whether it holds. */
export interface Entry {
  readonly text: string;
  readonly key?: string;
  readonly run: () => void;
  readonly on?: () => boolean;
  readonly enabled?: () => boolean;
}

export interface Menu {
  /** The button that opens it, and the menu itself. */
  readonly button: HTMLButtonElement;
  readonly element: HTMLElement;
}

export type Group = readonly [string, readonly Entry[]];

/** Groups with headings. The entries are made anew each time: they depend on the state. */
export function makeMenu(groups: readonly Group[]): Menu {
  const button = h("button", {
    class: "tool",
    title: "More",
    aria: { label: "More", haspopup: "menu", expanded: false },
  });
  button.append(icon("menu"));
  const list = h("div", { class: "menu-list", role: "menu", aria: { label: "More" } });
  // A modal dialog lies over all and takes the keys, in the oldest browsers that hosts run in too.
  const element = h("dialog", { class: "menu", aria: { label: "More" } }, list);

  function items(): HTMLButtonElement[] {
    return [...list.querySelectorAll<HTMLButtonElement>("button:not(:disabled)")];
  }

  function open(): void {
    list.replaceChildren(...groups.map(([name, entries]) => group(name, entries)));
    element.showModal();
    const place = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = element;
    element.style.left = `${Math.max(4, Math.min(place.right, innerWidth - 4) - width)}px`;
    element.style.top = `${Math.max(4, Math.min(place.bottom + 4, innerHeight - height - 4))}px`;
    button.setAttribute("aria-expanded", "true");
    items()[0]?.focus();
  }

  function group(name: string, entries: readonly Entry[]): HTMLElement {
    const heading = h("div", { class: "menu-heading", aria: { hidden: true } }, name);
    return h("div", { role: "group", aria: { label: name } }, heading, ...entries.map(item));
  }

  function item(entry: Entry): HTMLElement {
    const made = h(
      "button",
      {
        class: "menu-item",
        role: entry.on ? "menuitemcheckbox" : "menuitem",
        tabIndex: -1,
        disabled: entry.enabled?.() === false,
      },
      h("span", { class: "menu-check" }, entry.on?.() ? icon("check") : null),
      h("span", { class: "menu-text" }, entry.text),
      entry.key ? h("kbd", { aria: { hidden: true } }, entry.key) : null,
    );
    if (entry.on) made.setAttribute("aria-checked", String(entry.on()));
    made.addEventListener("click", () => {
      element.close();
      entry.run();
    });
    return made;
  }

  button.addEventListener("click", open);
  element.addEventListener("close", () => {
    button.setAttribute("aria-expanded", "false");
    button.focus();
  });
  element.addEventListener("click", (event) => {
    if (event.target === element) element.close(); // outside of the list
  });
  element.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.findIndex((made) => made.matches(":focus"));
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: all.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) all[(to + all.length) % all.length]?.focus();
    else if (event.key === "Escape" || event.key === "Tab") element.close();
    else return;
    event.preventDefault();
  });
  return { button, element };
}

/** A choice from a list, as the system offers it. */

import { h } from "../dom";
import { icon } from "./icons";

export interface Select {
  readonly element: HTMLElement;
  show(place: number): void;
}

export function makeSelect(
  label: string,
  texts: readonly string[],
  choose: (place: number) => void,
): Select {
  const select = h("select", { title: label, aria: { label } });
  select.append(...texts.map((text) => h("option", {}, text)));
  select.addEventListener("change", () => choose(select.selectedIndex));
  return {
    element: h("span", { class: "select" }, select, icon("down")),
    show(place) {
      select.selectedIndex = place;
    },
  };
}

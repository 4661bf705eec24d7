/** A list of completions under a field, as ARIA's combobox has it. */

import { visible } from "../../model/visible";
import { h } from "../dom";

export interface Suggestion {
  /** What the field holds when it is taken. */
  readonly text: string;
  /** Why, in a word or two: "op", "41 nodes". */
  readonly note: string;
}

export interface Suggestions {
  readonly element: HTMLElement;
  show(found: readonly Suggestion[]): void;
  close(): void;
  /** Takes the key if it is for the list. */
  press(event: KeyboardEvent): boolean;
}

export function makeSuggestions(
  input: HTMLInputElement,
  id: string,
  take: (text: string) => void,
): Suggestions {
  const element = h("ul", {
    class: "jl-suggestions",
    id,
    role: "listbox",
    hidden: true,
    aria: { label: "Suggestions" },
  });
  let shown: readonly Suggestion[] = [];
  let active = -1;

  function paint(): void {
    for (const [place, option] of [...element.children].entries()) {
      option.setAttribute("aria-selected", String(place === active));
      if (place === active) option.scrollIntoView({ block: "nearest" });
    }
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${id}-${active}`);
  }

  function show(found: readonly Suggestion[]): void {
    shown = found;
    active = -1;
    element.replaceChildren(...found.map(option));
    element.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(!element.hidden));
    paint();
  }

  function option({ text, note }: Suggestion, place: number): HTMLElement {
    return h(
      "li",
      {
        role: "option",
        id: `${id}-${place}`,
        on: {
          // The field keeps the focus.
          pointerdown: (event) => event.preventDefault(),
          click: () => take(text),
        },
      },
      h("span", {}, visible(text, 60)),
      h("span", { class: "jl-note" }, visible(note, 30)),
    );
  }

  function press(event: KeyboardEvent): boolean {
    if (element.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      active = active < 0 && step < 0 ? shown.length - 1 : active + step;
      if (active >= shown.length || active < 0) active = -1;
      paint();
    } else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) {
      take(shown[active].text);
    } else if (event.key === "Escape") show([]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return { element, show, close: () => show([]), press };
}

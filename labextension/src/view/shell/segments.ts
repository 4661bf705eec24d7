/** A few choices side by side, of which one holds: Graph | Text | Table. */

import { h } from "../dom";

export interface Segments<T extends string> {
  readonly element: HTMLElement;
  /** null: none of them holds. */
  show(value: T | null): void;
}

export function makeSegments<T extends string>(
  label: string,
  choices: readonly (readonly [T, string])[],
  choose: (value: T) => void,
): Segments<T> {
  const buttons = choices.map(([value, text]) => {
    const button = h("button", { class: "segment", role: "radio", data: { value } }, text);
    button.addEventListener("click", () => choose(value));
    return button;
  });
  const element = h("div", { class: "segments", role: "radiogroup", aria: { label } }, ...buttons);
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step === undefined || event.altKey) return;
    event.preventDefault();
    const at = buttons.findIndex((button) => button.getAttribute("aria-checked") === "true");
    const to = (at + step + buttons.length) % buttons.length;
    choose(choices[to][0]);
    buttons[to].focus();
  });
  return {
    element,
    show(value) {
      choices.forEach(([own], place) => {
        buttons[place].setAttribute("aria-checked", String(own === value));
        buttons[place].tabIndex = own === value || (value === null && place === 0) ? 0 : -1;
      });
    },
  };
}

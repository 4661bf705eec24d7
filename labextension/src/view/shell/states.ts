/** What stands where there is no picture: one sentence, one action, in the same frame. */

import { visible } from "../../model/visible";
import { h } from "../dom";

export interface Action {
  readonly text: string;
  /** A text that it gives back, or promises, the button says from then on. */
  readonly run: () => unknown;
}

export function makeMessage(text: string, action?: Action): HTMLElement {
  const element = h("div", { class: "message" }, h("p", {}, visible(text, 400)));
  if (action) {
    const button = h("button", { class: "button" }, action.text);
    button.addEventListener("click", async () => {
      const said = await action.run();
      if (typeof said === "string") button.textContent = said;
    });
    element.append(button);
  }
  return element;
}

export function makeLoading(): HTMLElement {
  const bars = h("div", { class: "loading-bars", aria: { hidden: true } });
  bars.append(h("span"), h("span"), h("span"));
  return h(
    "div",
    { class: "message loading", role: "status" },
    bars,
    h("p", {}, "Reading the program …"),
  );
}

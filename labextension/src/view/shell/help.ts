/** The keys, in a dialog. */

import { h } from "../dom";
import { icon } from "./icons";
import { KEYS, keyText } from "./keys";

/** A dialog that stays in the panel: nothing around it is blocked by it for long. */
export function makeHelp(): HTMLDialogElement {
  const close = h("button", { class: "tool", title: "Close", aria: { label: "Close" } });
  close.append(icon("close"));
  const groups = KEYS.map(([name, bindings]) =>
    h(
      "section",
      {},
      h("h3", {}, name),
      h(
        "dl",
        {},
        ...bindings.map(({ keys, text }) =>
          h(
            "div",
            {},
            h("dt", {}, ...keys.map((key) => h("kbd", {}, keyText(key)))),
            h("dd", {}, text),
          ),
        ),
      ),
    ),
  );
  const rest = h(
    "p",
    {},
    "1 to 9 choose a tab. Ctrl and the wheel zoom, dragging pans, a double click opens.",
  );
  const search = h(
    "p",
    {},
    "A search takes words, fields such as shape:f32[*,768], in:block_3 or line:14, /regular ",
    "expressions/, and what “Copy link” gives: jaxpr:main/147.",
  );
  const head = h("div", { class: "dialog-head" }, h("h2", {}, "Keys"), close);
  const dialog = h("dialog", { class: "help", aria: { label: "Keys" } }, head);
  dialog.append(h("div", { class: "help-groups" }, ...groups), rest, search);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // outside of it
  });
  return dialog;
}

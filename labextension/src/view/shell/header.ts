/** What is read before any click: the title with its figures, the worst findings, the notes. */

import type { Finding, Report } from "../../model/graph";
import { visible } from "../../model/visible";
import type { Store } from "../contracts";
import { h } from "../dom";
import { goTo, harmClass, harmIcon, openFinding, sentence } from "../finding";

const FINDINGS = 2;
const HEADLINE = 200; // characters
const LONG = 400;

/** The head of a report; findings lead to their lines. */
export function makeHeader(store: Store): HTMLElement {
  const { report } = store;
  return h("div", { class: "head" }, heading(report), findings(store), notes(report.notes));
}

export function heading({ title, headline }: Pick<Report, "title" | "headline">): HTMLElement {
  const figures = headline.map((figure) => h("span", {}, visible(figure)));
  return h(
    "div",
    { class: "heading" },
    h("h2", { class: "title", title: visible(title) }, visible(title)),
    h("p", { class: "figures" }, ...figures),
  );
}

function findings(store: Store): HTMLElement | null {
  const all = store.report.findings;
  if (all.length === 0) return null;
  const list = h("ul", { class: "findings", aria: { label: "Findings" } });
  for (const each of all.slice(0, FINDINGS)) list.append(h("li", {}, findingButton(store, each)));
  if (all.length > FINDINGS) {
    const more = h("button", { class: "link" }, `${all.length - FINDINGS} more`);
    more.addEventListener("click", () => openFinding(store, FINDINGS));
    list.append(h("li", {}, more));
  }
  return list;
}

function findingButton(store: Store, finding: Finding): HTMLElement {
  const at = finding.lines.find(({ source, line }) => source >= 0 && line > 0);
  const said = sentence(at ? finding.headline.replace(/\.$/, "") : finding.headline, HEADLINE);
  const content = [harmIcon(finding), h("span", {}, ...said, at ? `, line ${at.line}` : "")];
  const kind = `finding ${harmClass(finding)}`;
  if (!at) return h("span", { class: kind }, ...content);
  const button = h("button", { class: kind, title: visible(finding.hazard) }, ...content);
  button.addEventListener("click", () => goTo(store, finding, at));
  return button;
}

/** One line; the others on demand. */
function notes(all: readonly string[]): HTMLElement | null {
  const [first, ...rest] = all.filter((note) => note.trim());
  if (first === undefined) return null;
  const element = h("div", { class: "notes" }, h("p", {}, visible(first, LONG)));
  if (rest.length > 0) {
    const more = h(
      "button",
      { class: "link", aria: { expanded: false } },
      rest.length === 1 ? "1 more note" : `${rest.length} more notes`,
    );
    more.addEventListener("click", () => {
      element.append(...rest.map((note) => h("p", {}, visible(note, LONG))));
      element.classList.add("open");
      more.remove();
    });
    element.append(more);
  }
  return element;
}

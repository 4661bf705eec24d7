/** What is read before any click: the title with its figures, the worst findings, the notes. */

import type { Finding, Report } from "../../model/graph";
import { visible } from "../../model/visible";
import type { Store } from "../contracts";
import { h } from "../dom";
import { icon } from "./icons";

const FINDINGS = 2;
const LONG = 400; // characters of a sentence

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
  const show = (shown: readonly Finding[]) => {
    list.replaceChildren(...shown.map((finding) => h("li", {}, findingButton(store, finding))));
  };
  show(all.slice(0, FINDINGS));
  if (all.length > FINDINGS) {
    const more = h("button", { class: "link" }, `${all.length - FINDINGS} more`);
    more.addEventListener("click", () => {
      show(all);
      list.querySelectorAll("button")[FINDINGS]?.focus();
    });
    list.append(h("li", {}, more));
  }
  return list;
}

function findingButton(store: Store, finding: Finding): HTMLElement {
  const at = finding.lines.find(({ source, line }) => source >= 0 && line > 0);
  const content = [
    icon(finding.harm === "surprise" ? "note" : "warning"),
    h("span", {}, visible(finding.headline, LONG), at ? `, line ${at.line}` : ""),
  ];
  const kind = `finding harm-${finding.harm.replace(" ", "-")}`;
  if (!at) return h("span", { class: kind }, ...content);
  const button = h("button", { class: kind, title: visible(finding.hazard) }, ...content);
  button.addEventListener("click", () => goTo(store, finding, at));
  return button;
}

/** Selects what a finding is about: its nodes, else those of one of its lines. */
export function goTo(store: Store, finding: Finding, at: { source: number; line: number }): void {
  const { report } = store;
  const stage = finding.nodes.length > 0 ? finding.stage : store.state.stage;
  const nodes = finding.nodes.length > 0 ? finding.nodes : nodesAt(report, stage, at);
  store.select(nodes.length > 0 ? { stage, nodes } : null);
  store.set({ line: at, source: at.source });
}

function nodesAt(report: Report, stage: number, at: { source: number; line: number }) {
  return report.stages[stage] ? report.nodesAt(stage, at.source, at.line) : [];
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

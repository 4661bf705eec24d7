/** All that is known of the selection: what it is, what it reads and gives, where it comes from. */

import type { Graph, NodeId } from "../../model/graph";
import { visible } from "../../model/visible";
import type { Host, Pane, Pick, Store } from "../contracts";
import { append, h } from "../dom";
import { copyText } from "./copy";
import { count, sentenceOf, titleOf, titleOfMany, workers } from "./describe";
import { costs } from "./details-costs";
import { counterparts } from "./details-counterparts";
import { manyNodes } from "./details-many";
import { origin } from "./details-origin";
import { params } from "./details-params";
import { operands, results } from "./details-values";

/** What the sections of the pane work with. */
export interface Subject {
  readonly store: Store;
  readonly host: Host;
  readonly stage: number;
  readonly graph: Graph;
  /** Select in any stage, and go there. */
  go(pick: Pick): void;
}

export type MakeDetails = (store: Store, stage: number, host?: Host) => Pane;

/** The pane of details. It shows the selection of any stage; `stage` is spoken of when none is. */
export const makeDetails: MakeDetails = (store, stage, host = {}) => {
  const element = h("section", { class: "jl-details", tabIndex: -1, aria: { label: "Details" } });

  function render(): void {
    // A link that was followed is gone now: whoever followed it by key goes on at the title.
    const root = element.getRootNode() as Document | ShadowRoot;
    const within = element.contains(root.activeElement);
    element.scrollTop = 0; // afterwards it would have to be laid out at once
    element.replaceChildren(...content());
    if (within) element.querySelector<HTMLElement>(".jl-details-title")?.focus();
  }

  function content(): readonly Node[] {
    const { selection, line } = store.state;
    if (selection && selection.nodes.length > 0) return ofPick(subject(selection.stage), selection);
    if (line) return ofLine(subject(stage), line.source, line.line);
    return ofStage(store.report.stages[stage]);
  }

  function subject(of: number): Subject {
    return { store, host, stage: of, graph: store.report.stages[of], go };
  }

  function go(pick: Pick): void {
    const { stage: now, split } = store.state;
    if (pick.stage !== now && pick.stage !== split) store.set({ stage: pick.stage });
    store.select(pick);
  }

  const stop = store.on(["selection", "line", "overlay", "only"], render);
  render();
  return {
    element,
    focus: () => (element.querySelector<HTMLElement>(".jl-details-title") ?? element).focus(),
    dispose: stop,
  };
};

function ofPick(subject: Subject, pick: Pick): readonly Node[] {
  const { graph } = subject;
  const nodes = workers(graph, pick.nodes);
  const one = nodes.length === 1;
  const folded = pick.nodes.length - nodes.length;
  const note =
    folded > 0 ? ` With ${count(folded, "conversion")} and the like folded into it.` : "";
  return [
    header(subject, nodes),
    h("p", { class: "jl-details-what" }, one ? sentenceOf(graph, nodes[0]) + note : null),
    actions(subject, pick),
    ...(one ? ofNode(subject, nodes[0]) : manyNodes(subject, nodes)),
  ];
}

function ofNode(subject: Subject, node: NodeId): readonly Node[] {
  const { graph } = subject;
  const isGroup = graph.isGroup(node);
  const parts = [
    costs(subject, [node]),
    ...(isGroup ? manyNodes(subject, [node]) : []),
    results(subject, node),
    operands(subject, node),
    isGroup ? null : params(subject, node),
    origin(subject, node),
    counterparts(subject, [node]),
    traced(graph, node),
  ];
  return parts.filter((part) => part !== null);
}

function ofLine(subject: Subject, source: number, line: number): readonly Node[] {
  const nodes = subject.store.report.nodesAt(subject.stage, source, line);
  const { title } = subject.store.report.sources[source];
  return [
    heading(`${visible(title)} line ${line}`, "group"),
    h(
      "p",
      { class: "jl-details-what" },
      nodes.length > 0
        ? `${count(nodes.length, "operation")} of ${subject.graph.label} come from it.`
        : `Nothing of ${subject.graph.label} comes from it.`,
    ),
    ...(nodes.length > 0 ? manyNodes(subject, nodes) : []),
  ];
}

function ofStage(graph: Graph): readonly Node[] {
  return [
    heading(visible(graph.name) || graph.label, "group"),
    h("p", { class: "jl-details-what" }, visible(graph.note, 400)),
    h("p", { class: "jl-details-hint" }, "Select a box, a line or a row to see all of it here."),
  ];
}

function header(subject: Subject, nodes: readonly NodeId[]): HTMLElement {
  const { graph } = subject;
  const [first] = nodes;
  const title = nodes.length === 1 ? titleOf(graph, first) : titleOfMany(graph, nodes);
  const path = graph.scopes(first).map((scope) => visible(scope));
  return h(
    "header",
    { class: "jl-details-head" },
    path.length > 0 ? h("div", { class: "jl-details-path" }, path.join(" › ")) : null,
    heading(title, graph.family(first)),
  );
}

function heading(text: string, family: string): HTMLElement {
  return h("h2", { class: "jl-details-title", tabIndex: -1, data: { family } }, text);
}

function actions({ store, host, stage, graph }: Subject, pick: Pick): HTMLElement {
  const only = store.state.only !== null;
  const show = (mode: "graph" | "text") => () => {
    store.set({ mode, stage });
    store.select(pick);
  };
  const around = h("button", { class: "jl-button", on: { click: toggleOnly } }, "Only around this");
  around.setAttribute("aria-pressed", String(only));
  function toggleOnly(): void {
    store.set({ only: only ? null : pick });
  }
  async function copyLink(): Promise<void> {
    const text = linkTo(graph, pick.nodes[0]);
    store.announce((await copyText(text, host)) ? `Copied ${text}` : "Could not copy.");
  }
  return h(
    "div",
    { class: "jl-details-actions", role: "group", aria: { label: "Actions" } },
    around,
    h("button", { class: "jl-button", on: { click: show("graph") } }, "In graph"),
    h("button", { class: "jl-button", on: { click: show("text") } }, "In text"),
    h("button", { class: "jl-button", on: { click: copyLink } }, "Copy link"),
  );
}

/** Names a node of a report: its stage and its id, which are the same in Python. */
export function linkTo(graph: Graph, node: NodeId): string {
  return `${graph.stage}:${graph.nodeKey(node)}`;
}

function traced(graph: Graph, node: NodeId): HTMLElement | null {
  const facts: [string, string][] = [
    [
      "transforms",
      graph
        .transforms(node)
        .map((name) => visible(name))
        .join(" › "),
    ],
    [
      "effects",
      graph
        .effects(node)
        .map((name) => visible(name))
        .join(", "),
    ],
    [
      "after",
      graph
        .after(node)
        .map((other) => titleOf(graph, other))
        .join(", "),
    ],
    ["id", visible(graph.nodeKey(node))],
  ];
  const list = h("dl", { class: "jl-facts" });
  for (const [name, value] of facts) {
    if (value) append(list, h("dt", {}, name), h("dd", { class: "jl-mono" }, value));
  }
  return section("Trace", list);
}

/** A part of the pane under its heading; null where it would be empty. */
export function section(title: string, ...children: readonly Node[]): HTMLElement | null {
  if (children.length === 0) return null;
  return h("section", { class: "jl-details-section" }, h("h3", {}, title), ...children);
}

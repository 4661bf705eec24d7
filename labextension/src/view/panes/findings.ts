/** What transforms hide, a card each, the worst first: what, where, how often, and what to do. */

import { HARMS } from "../../model/findings";
import type { Finding, Harm, Source } from "../../model/graph";
import { visible } from "../../model/visible";
import type { Pane, Store } from "../contracts";
import { h } from "../dom";
import { goTo, harmClass, harmIcon, pickOf, sentence } from "../finding";
import { copyText } from "./copy";
import { isPlain } from "./page";
import { point, showInGraph } from "./target";

/** Cards that are made at once. */
const TOP = 50;
/** More than these can be told apart by what they may cost. */
const MANY = 8;
/** Lines of a finding that are shown. */
const FRAMES = 6;
const LONG = 400;

const WHEN: Readonly<Record<string, string>> = {
  trace: "while JAX traces",
  run: "when the program runs",
};

export function makeFindings(store: Store): Pane {
  const all = store.report.findings;
  let shown: Harm | null = null;
  let most = TOP;
  const list = h("ol", { class: "jl-cards", aria: { label: "Findings, the worst first" } });
  const filters = h("div", { class: "jl-harms", role: "group", aria: { label: "Show" } });
  const more = h("button", { class: "link" });
  const element = h("div", { class: "jl-findings" }, filters, list, more);

  function render(): void {
    const places = [...all.keys()].filter((at) => shown === null || all[at].harm === shown);
    list.replaceChildren(...places.slice(0, most).map((at) => cardOf(store, all[at], at)));
    more.hidden = places.length <= most;
    more.textContent = `Show all ${places.length.toLocaleString("en")}`;
    filters.hidden = all.length <= MANY;
    filters.replaceChildren(...[null, ...HARMS].flatMap(filterOf));
    stand(heads()[0]);
    light();
  }

  function filterOf(harm: Harm | null): HTMLElement[] {
    const count = harm ? all.filter((each) => each.harm === harm).length : all.length;
    if (count === 0) return [];
    const text = `${harm ?? "all"} ${count.toLocaleString("en")}`;
    const button = h("button", { class: "jl-button", aria: { pressed: harm === shown } }, text);
    button.addEventListener("click", () => {
      shown = harm;
      most = TOP;
      render();
      filters.querySelector<HTMLElement>("[aria-pressed='true']")?.focus();
    });
    return [button];
  }

  const heads = () => [...list.querySelectorAll<HTMLElement>(".jl-go")];

  /** One of the headlines is in the order of Tab. */
  function stand(at: Element | undefined): void {
    for (const head of heads()) head.tabIndex = head === at ? 0 : -1;
  }

  function light(): void {
    for (const card of list.children) {
      const own = Number((card as HTMLElement).dataset.finding) === store.state.finding;
      card.classList.toggle("jl-selected", own);
    }
  }

  /** The card that was asked for elsewhere comes into sight, and keys go on from it. */
  function follow(): void {
    const { finding } = store.state;
    light();
    if (finding === null || list.contains(focused())) return;
    shown = shown === all[finding]?.harm ? shown : null;
    most = Math.max(most, finding + 1);
    render();
    const card = list.querySelector(`[data-finding="${finding}"]`);
    card?.scrollIntoView({ block: "nearest" });
    card?.querySelector<HTMLElement>(".jl-go")?.focus({ preventScroll: true });
  }

  function focused(): Element | null {
    const root = element.getRootNode();
    return root instanceof ShadowRoot ? root.activeElement : null;
  }

  const placeOf = (event: Event): number =>
    Number((event.target as Element).closest<HTMLElement>("[data-finding]")?.dataset.finding ?? -1);

  list.addEventListener("focusin", (event) => {
    const head = (event.target as Element).closest(".jl-card")?.querySelector(".jl-go");
    stand(head ?? undefined);
    const finding = placeOf(event);
    store.set({ finding });
    const [line] = all[finding].lines;
    point(store, { ...pickOf(store, all[finding], line), line: line?.source >= 0 ? line : null });
  });
  list.addEventListener("focusout", () => point(store, null));
  list.addEventListener("keydown", (event) => {
    const rows = heads();
    const at = rows.indexOf(event.target as HTMLElement);
    if (!isPlain(event) || at < 0) return;
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (step !== undefined) rows[Math.max(0, Math.min(rows.length - 1, step))]?.focus();
    else if (event.key === "Enter") {
      const finding = all[placeOf(event)];
      if (!toGraph(store, finding)) goTo(store, finding, finding.lines[0]);
    } else return;
    event.preventDefault();
  });
  more.addEventListener("click", () => {
    const before = most;
    most = all.length;
    render();
    heads()[before]?.focus();
  });

  const stop = store.on(["finding"], follow);
  if (all.length === 0) element.replaceChildren(nothing());
  else render();
  // It stands in the page after this.
  queueMicrotask(follow);
  return {
    element,
    focus: () => (list.querySelector<HTMLElement>(".jl-selected .jl-go") ?? heads()[0])?.focus(),
    dispose: stop,
  };
}

/** Select what it is about and go to the graph; false where it is about no node. */
function toGraph(store: Store, finding: Finding): boolean {
  const pick = pickOf(store, finding, finding.lines[0]);
  if (store.report.stages.length === 0) return false;
  const done = showInGraph(store, { ...pick, line: null });
  if (done && finding.lines[0]?.source >= 0) store.set({ source: finding.lines[0].source });
  return done;
}

function cardOf(store: Store, finding: Finding, at: number): HTMLElement {
  const { hazard, headline, what, remedy, evidence, lines } = finding;
  const go = h("button", { class: "jl-go", tabIndex: -1 }, ...sentence(headline));
  go.addEventListener("click", () => goTo(store, finding, lines[0]));
  go.addEventListener("dblclick", () => toGraph(store, finding));
  const { sources } = store.report;
  const distinct = new Map(lines.map((line) => [`${line.file}:${line.line}`, line]));
  const frames = [...distinct.values()].slice(0, FRAMES).map((line) => {
    const words = [h("span", {}, placeOf(sources, line)), h("code", {}, textOf(sources, line))];
    if (line.source < 0) return h("li", {}, ...words);
    const link = h("button", { class: "jl-frame" }, ...words);
    link.addEventListener("click", () => goTo(store, finding, line));
    return h("li", {}, link);
  });
  return h(
    "li",
    { class: `jl-card ${harmClass(finding)}`, data: { finding: String(at), hazard } },
    h("p", { class: "jl-harm" }, harmIcon(finding), ...harmWords(finding)),
    h("h3", {}, go),
    frames.length > 0 ? h("ul", { class: "jl-frames" }, ...frames) : null,
    h("p", {}, ...sentence(what)),
    h("p", { class: "jl-remedy" }, ...sentence(remedy)),
    evidence.length > 0
      ? h("ul", { class: "jl-evidence" }, ...evidence.map((said) => h("li", {}, ...sentence(said))))
      : null,
    foot(store, finding),
  );
}

/** `wrong result` `stale-read · 3 times, between runs`. */
function harmWords({ harm, hazard, howOften, when }: Finding): HTMLElement[] {
  const often = howOften > 1 ? `${howOften.toLocaleString("en")} times` : "once";
  const said = `${visible(hazard)} · ${often}, ${WHEN[when] ?? when}`;
  return [h("strong", {}, harm), h("span", {}, said)];
}

function foot(store: Store, finding: Finding): HTMLElement {
  const command = `%jaxeffects ${visible(finding.hazard)}`;
  const copy = h("button", { class: "jl-command", title: "Copy" }, command);
  copy.addEventListener("click", async () => {
    store.announce((await copyText(command)) ? `Copied ${command}` : "Could not copy");
  });
  const show = h("button", { class: "link" }, "Show in the graph");
  show.addEventListener("click", () => toGraph(store, finding));
  const leads = pickOf(store, finding, finding.lines[0]).nodes.length > 0;
  return h("p", { class: "jl-foot" }, leads && show, h("span", {}, "What is this? ", copy));
}

/** `cell [3]:5`. */
function placeOf(sources: readonly Source[], { source, file, line }: Finding["lines"][0]): string {
  const title = sources[source]?.title || file.slice(file.lastIndexOf("/") + 1);
  return `${visible(title, 24)}:${line}`;
}

function textOf(sources: readonly Source[], { source, line }: Finding["lines"][0]): string {
  return visible(sources[source]?.text.split("\n")[line - 1]?.trim() ?? "", LONG);
}

function nothing(): HTMLElement {
  const all = h("code", {}, "%jaxeffects");
  const text =
    "jaxlab looked for what transforms hide, such as prints and random numbers during a trace, " +
    "leaked tracers, and programs that are compiled again: ";
  return h("p", {}, text, all, " lists it all.");
}

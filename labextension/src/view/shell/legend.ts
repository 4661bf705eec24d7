/** The line under the picture: what its colours mean, how much of the program is in it, and what
 * has just been said. */

import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import type { Pane, Pick, Store } from "../contracts";
import { h } from "../dom";
import { bounds, unknown, unknownText } from "../heat";
import { overlayOf } from "../panes/page";
import { swatch } from "../panes/swatch";
import { makeSelect } from "./select";

const SAID = 4_000; // ms that an announcement stays in sight

export interface Legend extends Pane {
  say(text: string): void;
  /** How much is drawn: `41 of 6,623 equations drawn`. */
  count(text: string): void;
}

export function makeLegend(store: Store): Legend {
  const heat = h("div", { class: "legend-heat" });
  const counts = h("span", { class: "legend-counts" });
  const changes = h("button", { class: "link legend-changes", hidden: true });
  const note = h("span", { class: "legend-note" });
  const said = h("span", { class: "legend-said", role: "status", aria: { live: "polite" } });
  const words = h("div", { class: "legend-words" }, counts, changes, note);
  const element = h("div", { class: "legend" }, heat, words, said);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function paint(): void {
    const { stage } = store.state;
    const graph = store.report.stages[stage];
    // The header tells the notes of the stage that is shown first.
    const told = graph === undefined || store.report.notes.includes(graph.note);
    note.textContent = told ? "" : visible(graph.note, 400);
    note.title = note.textContent;
    heat.replaceChildren(...(graph ? heatParts() : []));
  }

  function heatParts(): Node[] {
    const { stage } = store.state;
    const { overlays } = store.report.stages[stage];
    const numeric = overlays.filter((overlay) => overlay.total > 0);
    if (numeric.length === 0) return [];
    const overlay = overlayOf(store, stage);
    const names = numeric.map(({ name }) => visible(name, 40));
    const { element: picker, show } = makeSelect("Heat shows", ["no heat", ...names], (place) => {
      store.set({ overlay: numeric[place - 1]?.name ?? "" });
    });
    show(overlay ? numeric.indexOf(overlay) + 1 : 0);
    if (!overlay) return [picker];
    const steps = h("span", { class: "legend-steps", aria: { hidden: true } });
    for (let step = 0; step <= bounds.length; step++) {
      steps.append(h("span", { class: `jl-heat-${step + 1}` }));
    }
    const range = `0.1 % → 30 % of ${quantity(overlay.total, overlay.unit)}`;
    return [
      steps,
      h("span", { class: "legend-range" }, range),
      picker,
      h("span", {}, visible(overlay.source, 40)),
      // Not all that runs has an event of its own.
      ...(/measured|attributed/.test(overlay.source)
        ? [h("span", { class: "legend-range" }, swatch(unknown), ` ${unknownText(overlay)}`)]
        : []),
    ];
  }

  function hush(): void {
    said.replaceChildren();
    element.classList.remove("saying");
  }

  const changed = (): Pick => {
    const { stage } = store.state;
    return { stage, nodes: store.state.changed[stage] ?? [] };
  };
  changes.addEventListener("click", () => store.select(changed()));

  function paintChanges(): void {
    const { length } = changed().nodes;
    changes.textContent = `${quantity(length)} changed`;
    changes.hidden = length === 0;
  }

  const stops = [
    store.on(["stage", "overlay"], paint),
    store.on(["stage", "changed"], paintChanges),
  ];
  paint();
  paintChanges();
  return {
    element,
    say(text) {
      // Said again, it must be read again: screen readers skip what has not changed.
      said.replaceChildren(h("span", {}, text));
      element.classList.add("saying");
      clearTimeout(timer);
      timer = setTimeout(hush, SAID);
    },
    count(text) {
      counts.textContent = text;
    },
    dispose() {
      for (const stop of stops) stop();
      clearTimeout(timer);
    },
  };
}

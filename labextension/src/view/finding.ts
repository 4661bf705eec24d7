/** What is done with a finding, wherever it is told: its words, its mark, the way to its card. */

import { SIDE_EFFECTS } from "../model/findings";
import type { Finding } from "../model/graph";
import { visible } from "../model/visible";
import type { Pick, Store } from "./contracts";
import { h } from "./dom";
import { type IconName, icon } from "./shell/icons";

const LONG = 1_000; // characters of a sentence

/** Classes and sign of what a finding may cost: colour alone tells nobody. */
export const harmClass = ({ harm }: Finding): string => `harm-${harm.replace(" ", "-")}`;
export const harmIcon = ({ harm }: Finding): SVGSVGElement => icon(SIGNS[harm]);

const SIGNS: Readonly<Record<Finding["harm"], IconName>> = {
  "wrong result": "warning",
  "lost work": "warning",
  slow: "clock",
  surprise: "note",
};

/** A text with what stands in backticks set as code. */
export function sentence(text: string, limit = LONG): readonly (Node | string)[] {
  return visible(text, limit)
    .split("`")
    .map((part, at, all) => (at % 2 && at < all.length - 1 ? h("code", {}, part) : part));
}

/** Show a finding's card. */
export function openFinding(store: Store, finding: number): void {
  const tab = store.report.tabs.findIndex(({ name }) => name === SIDE_EFFECTS);
  // Asked for again, the card is looked for again.
  store.set({ finding: null });
  if (tab >= 0) store.set({ tab, finding });
}

interface At {
  readonly source: number;
  readonly line: number;
}

/** Select what a finding is about: its nodes, else those of one of its lines, which is shown. */
export function goTo(store: Store, finding: Finding, at?: At): void {
  const pick = pickOf(store, finding, at);
  store.select(pick.nodes.length > 0 ? pick : null);
  if (at && at.source >= 0) store.set({ line: { ...at }, source: at.source });
}

/** The nodes that a finding is about, in their stage; else what one of its lines became. */
export function pickOf({ report, state }: Store, finding: Finding, at?: At): Pick {
  const { stage, nodes, ghost } = finding;
  if (nodes.length > 0) return { stage, nodes };
  const here = ghost ? stage : state.stage;
  const found = at && at.source >= 0 && report.stages[here];
  const made = found ? report.nodesAt(here, at.source, at.line) : [];
  return { stage: here, nodes: made.length === 0 && ghost ? [ghost.node] : made };
}

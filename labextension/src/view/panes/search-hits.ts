/** Going through the hits of a search, and how many there are in words. */

import { quantity } from "../../model/quantity";
import type { State, Store } from "../contracts";
import { titleOf } from "./describe";

/** Select the next hit (1) or the one before (-1) in the stage that is shown; around at the end.
 * A hit that is the only one, as a link's is, is gone to in whichever stage it is. */
export function stepHit(store: Store, direction: 1 | -1): void {
  const all = store.state.hits;
  if (all.flat().length === 1) {
    const only = all.findIndex((nodes) => nodes.length === 1);
    if (only !== store.state.split) store.set({ stage: only });
  }
  const { stage, hits, search } = store.state;
  const found = hits[stage] ?? [];
  if (found.length === 0) {
    store.announce(
      search.query ? countText(store.state, labelsOf(store)) : "Nothing is searched for",
    );
    return;
  }
  const from = search.at < 0 && direction < 0 ? 0 : search.at;
  const at = (from + direction + found.length) % found.length;
  store.set({ search: { ...search, at }, tab: null });
  store.select({ stage, nodes: [found[at]] });
  const title = titleOf(store.report.stages[stage], found[at]);
  store.announce(`${at + 1} of ${quantity(found.length)}: ${title}`);
}

export function labelsOf({ report }: Store): readonly string[] {
  return report.stages.map(({ label }) => label);
}

/** "3 of 41 · HLO 112", "no hits · HLO 112". */
export function countText({ stage, hits, search }: State, labels: readonly string[]): string {
  const own = (hits[stage] ?? []).length;
  const total = quantity(own);
  const here =
    own === 0
      ? "no hits"
      : search.at >= 0
        ? `${search.at + 1} of ${total}`
        : `${total} hit${own === 1 ? "" : "s"}`;
  const others = labels.flatMap((label, place) => {
    const count = place === stage ? 0 : (hits[place] ?? []).length;
    return count > 0 ? [`${label} ${quantity(count)}`] : [];
  });
  return [here, ...others].join(" · ");
}

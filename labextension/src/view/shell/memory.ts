/** How a report was looked at, kept outside the DOM: hosts take outputs out of the page and make
 * them anew, and a cell that is run again gives another report of the same program. */

import type { Report } from "../../model/graph";
import type { Pick, State } from "../contracts";

interface KeptPick {
  readonly stage: number;
  readonly keys: readonly string[];
}

/** A state as JSON; nodes by their keys. */
export interface Snapshot extends Kept {
  readonly query: string;
  readonly selection: KeptPick | null;
  readonly only: KeptPick | null;
}

type Kept = {
  readonly [K in
    | "stage"
    | "tab"
    | "split"
    | "mode"
    | "poses"
    | "filters"
    | "overlay"
    | "source"
    | "panes"
    | "height"]: State[K];
};

export function snapshot(report: Report, state: State): Snapshot {
  const keep = (pick: Pick | null): KeptPick | null =>
    pick && {
      stage: pick.stage,
      keys: pick.nodes.map((node) => report.stages[pick.stage].nodeKey(node)),
    };
  const { stage, tab, split, mode, poses, filters, overlay, source, panes, height } = state;
  return {
    ...{ stage, tab, split, mode, poses, filters, overlay, source, panes, height },
    query: state.search.query,
    selection: keep(state.selection),
    only: keep(state.only),
  };
}

/** What of a snapshot still holds for this report. */
export function restore(report: Report, kept: Snapshot): Partial<State> {
  const has = (stage: number | null) => stage !== null && stage < report.stages.length;
  const find = (pick: KeptPick | null): Pick | null => {
    if (!pick || !has(pick.stage)) return null;
    const graph = report.stages[pick.stage];
    const nodes = pick.keys.map((key) => graph.nodeByKey(key)).filter((node) => node >= 0);
    return nodes.length > 0 ? { stage: pick.stage, nodes } : null;
  };
  const overlays = new Set(report.stages.flatMap((g) => g.overlays.map((o) => o.name)));
  return {
    mode: kept.mode,
    filters: kept.filters,
    panes: kept.panes,
    height: kept.height,
    poses: report.stages.map((_, place) => kept.poses[place] ?? { open: null, camera: null }),
    search: { query: kept.query, at: -1 },
    selection: find(kept.selection),
    only: find(kept.only),
    ...(has(kept.stage) && { stage: kept.stage }),
    ...(kept.tab !== null && kept.tab < report.tabs.length && { tab: kept.tab }),
    ...(has(kept.split) && { split: kept.split }),
    ...((kept.overlay === "" || overlays.has(kept.overlay)) && { overlay: kept.overlay }),
    ...(kept.source < report.sources.length && { source: kept.source }),
  };
}

/** A report and how it was looked at last. */
interface Memory {
  readonly report: Report;
  readonly state: State;
}

const MOST = 16;
const memories = new Map<string, Memory>();

/** The same output, as far as a reader can tell: the same title from the same cell. */
function identity({ title, sources: [source] }: Report): string {
  return JSON.stringify([title, source?.cellId || source?.file || ""]);
}

export function recall(report: Report): Memory | undefined {
  return memories.get(identity(report));
}

/** Cheap: called at each change, since hosts take outputs away without a word. */
export function remember(report: Report, state: State): void {
  const key = identity(report);
  memories.delete(key); // so that the oldest come first
  memories.set(key, { report, state });
  const [oldest] = memories.keys();
  if (memories.size > MOST && oldest !== undefined) memories.delete(oldest);
}

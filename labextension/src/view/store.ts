/** The state that a panel's parts share, and who is told when it changes. */

import type { Graph, Overlay, Report } from "../model/graph";
import type { Pick, State, Store, Theme } from "./contracts";

const HISTORY = 100;

/** What a panel shows at first. */
export function initialState(report: Report, theme: Theme): State {
  const stage = report.stages[report.first] ? report.first : 0;
  const overlay = firstOverlay(report.stages[stage]);
  return {
    stage,
    tab: report.stages.length === 0 && report.tabs.length > 0 ? 0 : null,
    finding: null,
    split: null,
    mode: "graph",
    poses: report.stages.map(() => ({ open: null, camera: null })),
    selection: null,
    line: null,
    hover: null,
    hoverLine: null,
    filters: { plumbing: false, scopes: true, transforms: false, ghosts: true },
    overlay: overlay?.name ?? "",
    search: { query: "", at: -1 },
    hits: report.stages.map(() => []),
    changed: report.stages.map(() => []),
    source: overlay ? hottestSource(report, stage, overlay) : 0,
    panes: { source: true, details: true, outline: false },
    only: null,
    history: { past: [], future: [] },
    full: false,
    height: null,
    theme,
  };
}

/** The first overlay with numbers, one that was measured before those that are modelled: names
 * alone paint nothing. */
function firstOverlay(graph: Graph | undefined): Overlay | undefined {
  const numeric = graph?.overlays.filter((overlay) => overlay.total > 0) ?? [];
  return numeric.find(({ source }) => /measured|attributed/.test(source)) ?? numeric[0];
}

/** What a cell calls is often in other cells: where most happens is read first. */
function hottestSource(report: Report, stage: number, overlay: Overlay): number {
  if (report.sources.length < 2) return 0;
  const heats = report.sources.map((_, source) => {
    const lines = report.heatOf(stage, overlay, source);
    return [...lines.values()].reduce((sum, heat) => sum + heat, 0);
  });
  return Math.max(0, heats.indexOf(Math.max(...heats)));
}

/** Makes the store; `say` is told what to announce. */
export function makeStore(report: Report, state: State, say: (text: string) => void): Store {
  return new PanelStore(report, state, say);
}

type Key = keyof State;
type Heard = (state: State, before: State) => void;

class PanelStore implements Store {
  private readonly listeners = new Set<{ keys: ReadonlySet<Key>; heard: Heard }>();
  private readonly waiting: { changed: readonly Key[]; before: State }[] = [];
  private telling = false;

  constructor(
    readonly report: Report,
    public state: State,
    readonly announce: (text: string) => void,
  ) {}

  set(wanted: Partial<State>): void {
    const before = this.state;
    const change = "stage" in wanted || "mode" in wanted ? { tab: null, ...wanted } : wanted;
    const changed = (Object.keys(change) as Key[]).filter((k) => !same(before[k], change[k]));
    if (changed.length === 0) return;
    this.state = { ...before, ...change };
    this.waiting.push({ changed, before });
    // A listener may set again: everybody hears of the first change before the second.
    if (!this.telling) this.tell();
  }

  on(keys: readonly Key[], heard: Heard): () => void {
    const listener = { keys: new Set(keys), heard };
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  select(pick: Pick | null): void {
    const { selection, history } = this.state;
    if (same(selection, pick)) {
      this.set({ line: null });
      return;
    }
    const past = selection ? [...history.past, selection].slice(-HISTORY) : history.past;
    this.set({ selection: pick, line: null, history: { past, future: [] } });
  }

  private tell(): void {
    this.telling = true;
    try {
      for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
        for (const { keys, heard } of [...this.listeners]) {
          if (next.changed.some((key) => keys.has(key))) heard(this.state, next.before);
        }
      }
    } finally {
      this.telling = false;
      this.waiting.length = 0;
    }
  }
}

/** Go back (-1) or forward (1) in the history of selections; false where it ends. */
export function travel(store: Store, direction: -1 | 1): boolean {
  const { selection, history } = store.state;
  const [from, onto] =
    direction < 0 ? [history.past, history.future] : [history.future, history.past];
  const pick = from.at(-1);
  if (!pick) return false;
  const rest = from.slice(0, -1);
  const kept = selection ? [...onto, selection] : onto;
  store.set({
    selection: pick,
    line: null,
    stage: pick.stage === store.state.split ? store.state.stage : pick.stage,
    history: direction < 0 ? { past: rest, future: kept } : { past: kept, future: rest },
  });
  return true;
}

/** True for equal plain data: numbers, strings, lists and objects of them. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i]));
  }
  const keys = Object.keys(a);
  if (Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => same(a[key as keyof typeof a], b[key as keyof typeof b]));
}

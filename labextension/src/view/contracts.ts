/** What the parts of the panel agree on: the state they share and the graph's picture. */

import type { NodeId, Overlay, Report } from "../model/graph";
import type { Filters } from "../model/level";

export type Mode = "graph" | "text" | "table";
export type Theme = "light" | "dark";

/** Nodes of one stage. */
export interface Pick {
  readonly stage: number;
  readonly nodes: readonly NodeId[];
}

/** A line of a source. */
export interface LinePick {
  readonly source: number;
  readonly line: number;
}

/** How one stage's graph is looked at; kept outside the DOM. */
export interface GraphPose {
  /** Keys of open items, or null before the first look (then the view opens what helps). */
  readonly open: readonly string[] | null;
  /** px of the scene at the view's left top corner, and the zoom; null before the first fit. */
  readonly camera: { readonly x: number; readonly y: number; readonly zoom: number } | null;
}

export interface State {
  readonly stage: number;
  /** The report's tab that is shown in place of the stage, or null. */
  readonly tab: number | null;
  /** The finding whose card is looked at, or null. */
  readonly finding: number | null;
  /** A second stage beside it, or null. */
  readonly split: number | null;
  readonly mode: Mode;
  readonly poses: readonly GraphPose[];
  readonly selection: Pick | null;
  readonly line: LinePick | null;
  readonly hover: Pick | null;
  readonly hoverLine: LinePick | null;
  readonly filters: Filters;
  /** Name of the overlay that is painted, "" for none. */
  readonly overlay: string;
  readonly search: { readonly query: string; readonly at: number };
  /** Hits of the search in each stage. */
  readonly hits: readonly (readonly NodeId[])[];
  /** What a re-run of the cell changed in each stage. */
  readonly changed: readonly (readonly NodeId[])[];
  readonly source: number;
  readonly panes: {
    readonly source: boolean;
    readonly details: boolean;
    readonly outline: boolean;
  };
  readonly only: Pick | null;
  readonly history: { readonly past: readonly Pick[]; readonly future: readonly Pick[] };
  readonly full: boolean;
  readonly height: number | null;
  readonly theme: Theme;
}

/** The one store of a panel. Setting what is equal already tells nobody. */
export interface Store {
  readonly report: Report;
  readonly state: State;
  /** Choosing a stage, or how to see it, leaves the report's tab. */
  set(change: Partial<State>): void;
  /** Called after a change of any of these keys; gives back how to stop. */
  on(keys: readonly (keyof State)[], heard: (state: State, before: State) => void): () => void;
  /** Select nodes; puts the selection before into the history. */
  select(pick: Pick | null): void;
  /** Say a sentence to screen readers, and show it for a moment where it helps. */
  announce(text: string): void;
}

/** A stage's graph as a picture one can walk in: canvas, pointer, wheel and keys. */
export interface GraphView {
  readonly element: HTMLElement;
  /** Open what hides these nodes and bring them into sight. */
  reveal(nodes: readonly NodeId[]): void;
  zoomBy(factor: number): void;
  /** 1 to 1, or all of it where that is legible. */
  reset(): void;
  fit(): void;
  expandAll(): void;
  collapseAll(): void;
  /** The picture as SVG text, and as a PNG, in one theme. */
  toSVG(theme: Theme): string;
  toPNG(theme: Theme, scale: number): Promise<Blob>;
  /** What would fill the view at zoom 1, px: for the output's height. */
  contentSize(): { width: number; height: number };
  resize(): void;
  dispose(): void;
}

export type MakeGraphView = (store: Store, stage: number) => GraphView;

/** A part of the panel: an element that keeps itself right by listening to the store. */
export interface Pane {
  readonly element: HTMLElement;
  focus?(): void;
  dispose(): void;
}

export type MakePane = (store: Store, stage: number) => Pane;

/** What the host of a panel may offer. Hosts without a kernel or an editor leave these out. */
export interface Host {
  /** Show a line of the source in the host's own editor; true if it could. */
  readonly openLine?: (file: string, cellId: string, text: string, line: number) => boolean;
  readonly copy?: (text: string) => Promise<void>;
  /** Tell the host about the selection, without keys where nothing is selected (a widget). */
  readonly selected?: (stage: string, keys: readonly string[]) => void;
  /** The whole report as a page of its own, to be saved. */
  readonly page?: () => string | Promise<string>;
}

export type OverlayOf = (store: Store, stage: number) => Overlay | null;

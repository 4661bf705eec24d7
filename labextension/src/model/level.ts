/** One region as it is drawn, before coordinates: which boxes stand in it, and which edges are
 * drawn between them. */

import type { Family, Graph, NodeId, RegionId, ValueId } from "./graph";

/** What the reader chose to see. */
export interface Filters {
  /** Show conversions, wrappers and the like. */
  readonly plumbing: boolean;
  /** Show scopes as groups; false: their members stand in the level. */
  readonly scopes: boolean;
  /** Write transforms (`jvp`, `transpose`) on boxes. */
  readonly transforms: boolean;
  /** Show what Python did once, while JAX traced. */
  readonly ghosts?: boolean;
}

/** What Python did once, while JAX traced: drawn beside the node where it happened. */
export interface Ghost {
  readonly node: NodeId;
  readonly after: boolean;
  readonly title: string;
  readonly subtitle: string;
  /** Place in the report's findings. */
  readonly finding: number;
}

/** What is told by a box's form, not by colour alone; a bit set. */
export const Form = {
  input: 1, // pill
  constant: 2, // cut corner
  donated: 4, // double border
  fusion: 8, // dashed border
  loop: 16, // a round arrow and its trip count
  branch: 32, // branches as columns
  effect: 64, // bracket and "!"
  collective: 128, // hexagon
  unknown: 256, // dotted, "?"
  captured: 512, // constant captured by the trace
  output: 1024,
  ghost: 2048, // dashed and grey: not part of the program
} as const;

export const Lane = { none: 0, forward: 1, backward: 2, update: 3 } as const;
export type LaneId = 0 | 1 | 2 | 3;

export interface Item {
  /** Unique in a scene, and the same when the cell is run again. */
  readonly key: string;
  readonly kind: "node" | "group" | "stack" | "component" | "input" | "output" | "more" | "ghost";
  /** The level's nodes that it stands for, hidden ones folded into it included; none for inputs. */
  readonly nodes: readonly NodeId[];
  /** For input and output boxes and ports: the values. */
  readonly values: readonly ValueId[];
  /** The node whose op and params speak for it; -1 for inputs and outputs. */
  readonly lead: NodeId;
  readonly title: string;
  readonly subtitle: string;
  readonly family: Family;
  readonly forms: number;
  /** How many alike it stands for; 1 unless a stack. */
  readonly count: number;
  /** How many nodes are in it at any depth. */
  readonly size: number;
  readonly lane: LaneId;
  /** Shared by the forward and backward boxes of a scope: they stand in one row. "": none. */
  readonly row: string;
  /** What isn't drawn as an edge: folded inputs and constants, values of hubs, edges cut. */
  readonly chips: readonly Chip[];
  /** What can be opened in it: bodies, branches, members; empty for a leaf. */
  readonly inside: readonly Inside[];
  /** A port stands on the border of its level: "in" on top, "out" at the bottom. */
  readonly port: "in" | "out" | null;
  /** Of a ghost: its place in the report's findings. */
  readonly finding?: number;
}

export interface Chip {
  readonly text: string;
  readonly kind: "input" | "constant" | "ref" | "edges";
  readonly values: readonly ValueId[];
  /** Edges of the level (places) that the chip stands for: drawn on hover or selection. */
  readonly edges: readonly number[];
}

export interface Inside {
  /** "" for a group's or stack's members, else the role: "body", "cond", "branch 0". */
  readonly title: string;
  readonly level: Level;
}

export interface LevelEdge {
  /** Places of items in the level. */
  readonly from: number;
  readonly to: number;
  readonly values: readonly ValueId[];
  readonly bytes: number;
  /** Drawn at rest; others on hover or selection. */
  readonly rest: boolean;
  /** "again": a loop's carry; "back": what closed a cycle. */
  readonly kind: "data" | "effect" | "control" | "again" | "back";
  /** `f32[8,1024,768]` or "3 values, 1.9 GB": shown at rest only where `largest`. */
  readonly label: string;
  readonly largest: boolean;
}

export interface Level {
  readonly key: string;
  readonly region: RegionId;
  readonly items: readonly Item[];
  readonly edges: readonly LevelEdge[];
  /** True where lanes are drawn: forward, backward, update. */
  readonly lanes: boolean;
  /** Nodes of plumbing that are not drawn in this level. */
  readonly hidden: number;
  /** The item that stands for a node of this level (hidden ones: where they are folded), or -1. */
  itemOf(node: NodeId): number;
}

/** Makes levels lazily, each once; `Item.inside[i].level` is a getter that calls back here. */
export interface Levels {
  readonly graph: Graph;
  readonly filters: Filters;
  readonly root: Level;
  /** The keys of the items to open, outermost first, so that a node is in sight; the last is the
   * item that stands for the node itself (not to be opened). Empty if it isn't anywhere. */
  wayTo(node: NodeId): readonly string[];
}

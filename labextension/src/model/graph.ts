/** One program at one stage, as the viewer reads it. Nodes, values and regions are numbers: their
 * places in the payload. `decode.ts` makes these from a payload. */

import type { Tab, Table } from "./tabs";

export type NodeId = number;
export type ValueId = number;
export type RegionId = number;

export type Family =
  | "contraction"
  | "elementwise"
  | "data movement"
  | "control flow"
  | "random"
  | "effect"
  | "collective"
  | "group"
  | "unknown";

/** What a node is for the reader; see `plumbing` in the payload's schema. */
export const Plumbing = { none: 0, passes: 1, constant: 2, wrapper: 3, end: 4 } as const;

export interface Frame {
  readonly file: string;
  readonly function: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface ArrayType {
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
  readonly kind: string;
  readonly weak: boolean;
  readonly layout: string;
  readonly memorySpace: string;
  readonly sharding: string;
  readonly elements: readonly ArrayType[];
}

/** A param's value: JSON, with the payload's marks for regions, long texts and large numbers. */
export type Constant = unknown;

export interface Call {
  readonly role: string;
  readonly region: RegionId;
}

/** One named column of values per node. A node without a value is not known; it is not zero. */
export interface Overlay {
  readonly name: string;
  readonly unit: string;
  readonly source: string;
  /** The node's own value; a group's is the sum of its members'. */
  value(node: NodeId): number | string | undefined;
  /** The same for all its runs in one run of the program: in a scan's body, times its steps. What
   * is in a branch counts as if that were taken. */
  inAll(node: NodeId): number | string | undefined;
  /** The program's total: the sum over the entry region's nodes. */
  readonly total: number;
}

export interface Graph {
  readonly stage: "jaxpr" | "stablehlo" | "hlo";
  readonly label: string;
  readonly note: string;
  readonly name: string;
  readonly nodeCount: number;
  readonly valueCount: number;
  readonly regionCount: number;
  readonly entry: RegionId;
  readonly facts: readonly (readonly [string, Constant])[];
  readonly overlays: readonly Overlay[];

  // Nodes. Those of a region are numbered in a row: firstNode(r) <= n < lastNode(r).
  /** The id in words, the same in Python: `main/[block_3]/4`. */
  nodeKey(node: NodeId): string;
  /** The node with this id, -1 if there is none. */
  nodeByKey(key: string): NodeId;
  op(node: NodeId): string;
  family(node: NodeId): Family;
  /** The region that it stands in: of a grouped node, the group's. */
  regionOf(node: NodeId): RegionId;
  inputs(node: NodeId): Int32Array;
  /** Its results are the values firstOutput <= v < lastOutput. */
  firstOutput(node: NodeId): ValueId;
  lastOutput(node: NodeId): ValueId;
  calls(node: NodeId): readonly Call[];
  /** True for a group of a scope: op "scope", one call with the role "scope". */
  isGroup(node: NodeId): boolean;
  /** "forward", "backward" or "recomputed"; of a group by its param, of others by transforms. */
  direction(node: NodeId): string;
  kin(node: NodeId): number;
  plumbing(node: NodeId): number;
  params(node: NodeId): readonly (readonly [string, Constant])[];
  param(node: NodeId, key: string): Constant | undefined;
  scopes(node: NodeId): readonly string[];
  transforms(node: NodeId): readonly string[];
  /** How often a loop runs its body; null where that isn't known. */
  trips(node: NodeId): number | null;
  effects(node: NodeId): readonly string[];
  /** Innermost first. */
  frames(node: NodeId): readonly Frame[];
  after(node: NodeId): readonly NodeId[];
  /** What a reader calls it: an HLO instruction's name, a called function's name, else "". */
  nodeName(node: NodeId): string;
  /** How many nodes are in it at any depth (groups and shared regions opened once); 1 for a leaf. */
  size(node: NodeId): number;

  // Values.
  valueType(value: ValueId): ArrayType;
  /** `f32[8,1024,768]`. */
  typeText(value: ValueId): string;
  /** Bytes; NaN where the size isn't known. */
  bytes(value: ValueId): number;
  valueName(value: ValueId): string;
  valueKey(value: ValueId): string;
  /** "argument", "const", "result", "literal" or "unused". */
  role(value: ValueId): string;
  literal(value: ValueId): string;
  /** The node that makes it, -1 for inputs and literals. */
  maker(value: ValueId): NodeId;
  /** The nodes that read it, in order, each once. */
  users(value: ValueId): readonly NodeId[];
  /** The value that a group's port stands for; others are themselves. */
  behind(value: ValueId): ValueId;

  // Regions.
  regionKey(region: RegionId): string;
  regionName(region: RegionId): string;
  firstNode(region: RegionId): NodeId;
  lastNode(region: RegionId): NodeId;
  /** Its inputs are the values firstInput <= v < lastInput. */
  firstInput(region: RegionId): ValueId;
  lastInput(region: RegionId): ValueId;
  outputs(region: RegionId): Int32Array;
  /** The nodes that call it. */
  callers(region: RegionId): readonly NodeId[];
}

/** Which nodes of one stage became which of the other. */
export interface Lineage {
  readonly before: number;
  readonly after: number;
  readonly note: string;
  /** Nodes of stage `to` that are counterparts of nodes of stage `from`, each once. */
  forward(node: NodeId): readonly NodeId[];
  back(node: NodeId): readonly NodeId[];
  kind(before: NodeId, after: NodeId): string;
  /** What became of a node of `before` that has no counterpart: "folded", "dead", ...; else "". */
  fate(node: NodeId): string;
}

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly title: string;
  readonly cellId: string;
  readonly lineOffset: number;
}

export type Harm = "wrong result" | "lost work" | "slow" | "surprise";

/** Something that a transform hides. */
export interface Finding {
  /** Its id: "stale-read". */
  readonly hazard: string;
  readonly harm: Harm;
  readonly headline: string;
  readonly what: string;
  readonly remedy: string;
  readonly when: string;
  readonly howOften: number;
  readonly evidence: readonly string[];
  /** The line to look at first first; `source` is -1 where the report has not its text. */
  readonly lines: readonly {
    readonly source: number;
    readonly file: string;
    readonly line: number;
    readonly function: string;
  }[];
  /** Place in the report's stages of `nodes` and of `ghost`, -1 for none. */
  readonly stage: number;
  readonly nodes: readonly NodeId[];
  /** Where Python did, once, what the program never does again: before or after this node. */
  readonly ghost: { readonly node: NodeId; readonly after: boolean } | null;
}

/** All that one output shows. */
export interface Report {
  readonly title: string;
  readonly headline: readonly string[];
  readonly notes: readonly string[];
  readonly findings: readonly Finding[];
  readonly sources: readonly Source[];
  readonly stages: readonly Graph[];
  readonly tables: readonly Table[];
  readonly tabs: readonly Tab[];
  readonly ladder: readonly { readonly text: string; readonly stage: number | null }[];
  readonly first: number;
  readonly depth: number | null;
  /** Counterparts of nodes of one stage in another; composed through the jaxpr where the payload
   * has no direct lineage. Empty for stages without lineage. */
  counterparts(from: number, nodes: readonly NodeId[], to: number): readonly NodeId[];
  lineage(before: number, after: number): Lineage | null;
  /** Nodes of a stage with this line in their innermost user frames (leaf nodes, no groups). */
  nodesAt(stage: number, source: number, line: number): readonly NodeId[];
  /** The lines (source, line) of nodes of a stage, innermost frames, each once. */
  linesOf(stage: number, nodes: readonly NodeId[]): readonly { source: number; line: number }[];
  /** Sum of an overlay by line of a source: by line number, for leaves that count once. */
  heatOf(stage: number, overlay: Overlay, source: number): ReadonlyMap<number, number>;
}

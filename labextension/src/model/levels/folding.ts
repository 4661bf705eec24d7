/** From units to drafts of boxes: sets of units are drawn as one, and the level keeps no cycle. */

import type { NodeId } from "../graph";
import type { LaneId } from "../level";
import { type Digraph, reached, returns } from "./digraph";
import { byKey } from "./lists";
import type { Units } from "./units";

/** A box to be. Units are in program order. */
export interface Draft {
  readonly kind: "unit" | "stack" | "component" | "more";
  readonly units: readonly number[];
  /** Title without the count. */
  readonly name: string;
  readonly subtitle: string;
  readonly count: number;
  /** What it holds when it is opened, where that is known already. */
  readonly parts: readonly Draft[] | null;
}

/** A draft by its nodes: what it holds is read again when it is opened. */
export interface Plan extends Omit<Draft, "units" | "parts"> {
  readonly nodes: readonly NodeId[];
  readonly parts: readonly Plan[] | null;
}

export function planOf(draft: Draft, units: Units): Plan {
  const { units: members, parts, ...rest } = draft;
  return {
    ...rest,
    nodes: members.map((unit) => units.nodes[unit]),
    parts: parts?.map((part) => planOf(part, units)) ?? null,
  };
}

export function draftOf(plan: Plan, units: Units): Draft {
  const { nodes, parts, ...rest } = plan;
  return {
    ...rest,
    units: nodes.map((node) => units.unitOf.get(node) as number),
    parts: parts?.map((part) => draftOf(part, units)) ?? null,
  };
}

export function unitDraft(unit: number): Draft {
  return { kind: "unit", units: [unit], name: "", subtitle: "", count: 1, parts: null };
}

/** The lane of a box: that of its units; of a piece, which may hold several, that of most. */
export function laneOf(draft: Draft, lanes: readonly LaneId[]): LaneId {
  if (draft.kind !== "more") return lanes[draft.units[0]];
  const times = [0, 0, 0, 0];
  for (const unit of draft.units) times[lanes[unit]]++;
  return times.indexOf(Math.max(...times)) as LaneId;
}

/** Units on their way to boxes: sets are contracted one after the other. */
export class Folding {
  private contracted: Digraph | null = null;
  drafts: Draft[];
  /** The box of each unit. */
  readonly boxOf: Int32Array;

  constructor(
    readonly units: Units,
    readonly laneOf: readonly LaneId[],
  ) {
    this.drafts = units.nodes.map((_, unit) => unitDraft(unit));
    this.boxOf = Int32Array.from({ length: units.nodes.length }, (_, unit) => unit);
  }

  /** The graph of the boxes so far. */
  get flow(): Digraph {
    return this.contracted ?? this.units.flow;
  }

  lane(box: number): LaneId {
    return laneOf(this.drafts[box], this.laneOf);
  }

  /** The first node of a box speaks for it. */
  nodeOf(box: number): NodeId {
    return this.units.nodes[this.drafts[box].units[0]];
  }

  /** A unit that is a box of its own. */
  isSingle(box: number): boolean {
    return this.drafts[box].kind === "unit";
  }

  /** Split sets of boxes into sets that can each be drawn as one without making a cycle. */
  convex(boxes: readonly number[]): number[][] {
    const inSet = new Uint8Array(this.flow.n);
    for (const box of boxes) inSet[box] = 1;
    const part = returns(this.flow, inSet);
    return [...byKey(boxes, (box) => part[box]).values()];
  }

  /** The boxes on paths that leave the set and come back to it. */
  between(boxes: readonly number[]): number[] {
    const { flow } = this;
    const below = reached(flow.n, flow.next, boxes);
    const above = reached(flow.n, flow.back, boxes);
    const inSet = new Uint8Array(flow.n);
    for (const box of boxes) inSet[box] = 1;
    const found: number[] = [];
    for (let box = 0; box < flow.n; box++) {
      if (below[box] && above[box] && !inSet[box]) found.push(box);
    }
    return found;
  }

  /** Draw sets of boxes as one each. The sets are disjoint and convex together. */
  contract(sets: readonly { readonly boxes: readonly number[]; readonly draft: Draft }[]): void {
    if (sets.length === 0) return;
    const { drafts, boxOf } = this;
    const now = new Int32Array(drafts.length).fill(-1);
    const kept: Draft[] = [];
    sets.forEach(({ boxes, draft }, at) => {
      for (const box of boxes) now[box] = at;
      kept.push(draft);
    });
    drafts.forEach((draft, box) => {
      if (now[box] < 0) {
        now[box] = kept.length;
        kept.push(draft);
      }
    });
    this.contracted = this.flow.contracted(now, kept.length);
    this.drafts = kept;
    for (let unit = 0; unit < boxOf.length; unit++) boxOf[unit] = now[boxOf[unit]];
  }

  /** Units of boxes, in program order. */
  unitsIn(boxes: readonly number[]): number[] {
    return boxes.flatMap((box) => [...this.drafts[box].units]).sort((a, b) => a - b);
  }
}

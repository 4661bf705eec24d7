/** What of a scene stands out: selected, hovered, found, lit by a line. Sets of boxes. */

import type { Report } from "../../model/graph";
import type { State } from "../contracts";
import { type Badge, badgesOf } from "./findings";
import { boxesOf, type PickedWire, type Scene } from "./flatten";

export interface Marks {
  readonly selected: ReadonlySet<number>;
  /** Counterparts of what is selected or hovered in another stage. */
  readonly counterparts: ReadonlySet<number>;
  readonly hovered: ReadonlySet<number>;
  /** By a line of source. */
  readonly lit: ReadonlySet<number>;
  readonly hits: ReadonlySet<number>;
  /** Other than before the cell was run again. */
  readonly changed: ReadonlySet<number>;
  /** What transforms hide in them. */
  readonly badges: ReadonlyMap<number, Badge>;
  /** Under the pointer. */
  readonly wire: PickedWire | null;
  /** Where the keyboard stands, -1 where it is elsewhere. */
  readonly focus: number;
}

const none: ReadonlySet<number> = new Set();

export const noMarks: Marks = {
  selected: none,
  counterparts: none,
  hovered: none,
  lit: none,
  hits: none,
  changed: none,
  badges: new Map(),
  wire: null,
  focus: -1,
};

/** What the view itself knows: boxes that stand for no node can't be told by the store. */
export interface Pointing {
  /** The box that was clicked or walked to last. */
  readonly cursor: number;
  /** True where the keyboard moved it there. */
  readonly focused: boolean;
  readonly box: number;
  readonly wire: PickedWire | null;
}

export function marksOf(
  report: Report,
  state: State,
  stage: number,
  scene: Scene,
  { cursor, focused, box, wire }: Pointing,
): Marks {
  const own = (pick: State["selection"]) =>
    pick?.stage === stage ? seen(scene, pick.nodes, cursor) : none;
  const others = [state.selection, state.hover].flatMap((pick) =>
    pick !== null && pick.stage !== stage ? report.counterparts(pick.stage, pick.nodes, stage) : [],
  );
  const line = state.hoverLine ?? state.line;
  return {
    selected: own(state.selection),
    counterparts: others.length > 0 ? boxesOf(scene, others) : none,
    hovered: box >= 0 ? new Set([box]) : own(state.hover),
    lit: line === null ? none : boxesOf(scene, report.nodesAt(stage, line.source, line.line)),
    hits: boxesOf(scene, state.hits[stage] ?? []),
    changed: boxesOf(scene, state.changed[stage] ?? []),
    badges: badgesOf(report, stage, scene),
    wire,
    focus: focused ? cursor : -1,
  };
}

/** The boxes of a pick. Where it is all of one box, that box: an open stack is meant itself, not
 * the members that stand in it. */
function seen(scene: Scene, nodes: readonly number[], cursor: number): ReadonlySet<number> {
  const at = cursor >= 0 ? scene.items[cursor].nodes : [];
  if (at.length === nodes.length && at.every((node, place) => node === nodes[place]))
    return new Set([cursor]);
  return boxesOf(scene, nodes);
}

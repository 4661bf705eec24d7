/** Makes the levels of one stage: the root, and each that is opened. */

import type { Graph, NodeId, ValueId } from "../graph";
import type { Filters, Ghost, Level } from "../level";
import type { Ask } from "./ask";
import { Building } from "./building";
import { haunt } from "./ghosts";
import { Captures, membersOf, unitsOf } from "./units";

export class LevelMaker {
  private readonly captures: Captures;
  /** Of an opened level, the port for a value of the level around. */
  readonly portOf = new WeakMap<Level, ReadonlyMap<ValueId, number>>();

  constructor(
    readonly graph: Graph,
    readonly filters: Filters,
    private readonly ghosts: readonly Ghost[],
  ) {
    this.captures = new Captures(graph);
  }

  root(only: readonly NodeId[] | undefined): Level {
    const { graph } = this;
    const region = only && only.length > 0 ? graph.regionOf(only[0]) : graph.entry;
    const all = membersOf(graph, region, this.filters.scopes);
    const part = only && only.length > 0 ? new Set(this.near(all, only)) : null;
    return this.level({
      key: part ? `${graph.regionKey(region)}~` : graph.regionKey(region),
      region,
      prefix: "",
      members: part ? all.filter((node) => part.has(node)) : all,
      outputs: graph.outputs(region),
      around: null,
      again: [],
      direction: "forward",
      name: graph.regionName(region),
      plans: null,
      stacks: true,
      pieces: 0,
      open: [region],
    });
  }

  /** Nodes of a level and their direct neighbours, plumbing not counted as a step. */
  private near(members: readonly NodeId[], only: readonly NodeId[]): NodeId[] {
    const units = unitsOf(this.graph, this.captures, members, [], this.filters);
    const wanted = new Set<number>();
    for (const node of only) {
      const unit = units.unitOf.get(node);
      if (unit !== undefined) wanted.add(unit);
    }
    const found = new Set(wanted);
    units.reads.forEach((reads, unit) => {
      for (const { maker } of reads) {
        if (maker < 0) continue;
        if (wanted.has(unit)) found.add(maker);
        if (wanted.has(maker)) found.add(unit);
      }
    });
    return members.filter((node) => found.has(units.unitOf.get(node) ?? -1));
  }

  private level(ask: Ask): Level {
    const building = new Building(this.graph, this.filters, ask, this.captures);
    const { level: plain, portOf } = building.level((inner) => this.level(inner));
    const level = haunt(plain, this.ghosts);
    this.portOf.set(level, portOf);
    return level;
  }
}

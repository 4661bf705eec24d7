/** From a program to what a reader wants to see of it at rest: for each region the few boxes and
 * edges that matter. All that is folded is counted and can be opened. */

import type { Graph, NodeId, ValueId } from "./graph";
import type { Filters, Ghost, Item, Level, Levels } from "./level";
import { LevelMaker } from "./levels/level_maker";

const makers = new WeakMap<Levels, LevelMaker>();

/** Levels of one stage, made as they are asked for, each once.
 *
 * `only`: nodes of one region; the root is them and their neighbours. */
export function makeLevels(
  graph: Graph,
  filters: Filters,
  only?: readonly NodeId[],
  ghosts: readonly Ghost[] = [],
): Levels {
  const maker = new LevelMaker(graph, filters, ghosts);
  let root: Level | null = null;
  const levels: Levels = {
    graph,
    filters,
    get root() {
      root ??= maker.root(only);
      return root;
    },
    wayTo: (node) => wayTo(graph, levels.root, filters.scopes ? node : memberOf(graph, node)),
  };
  makers.set(levels, maker);
  return levels;
}

/** The place in an opened level of the port where a value of the level around comes in or goes
 * out; -1 if it has none. */
export function portFor(levels: Levels, inside: Level, value: ValueId): number {
  return makers.get(levels)?.portOf.get(inside)?.get(value) ?? -1;
}

/** A dissolved group is where its first member is. */
function memberOf(graph: Graph, node: NodeId): NodeId {
  let at = node;
  while (graph.isGroup(at)) at = graph.firstNode(graph.calls(at)[0].region);
  return at;
}

function wayTo(graph: Graph, root: Level, node: NodeId): readonly string[] {
  // The node and what it stands in, innermost first, as far as the root's region.
  const chain: NodeId[] = [node];
  for (let at = node; graph.regionOf(at) !== root.region; ) {
    const caller = graph.callers(graph.regionOf(at)).find((other) => !chain.includes(other));
    if (caller === undefined) break;
    chain.push(caller);
    at = caller;
  }
  const found: string[] = [];
  descend(root, chain, chain.length - 1, found);
  return found;
}

/** Walk down to chain[0]; false if it isn't in this level. */
function descend(level: Level, chain: readonly NodeId[], from: number, found: string[]): boolean {
  // With scopes dissolved the level holds their members: look for the outermost that it has.
  let at = from;
  while (at >= 0 && level.itemOf(chain[at]) < 0) at--;
  if (at < 0) return false;
  const item = level.items[level.itemOf(chain[at])];
  found.push(item.key);
  if (holds(item)) {
    if (item.inside.some((inside) => descend(inside.level, chain, at, found))) return true;
  } else if (at > 0) {
    item.inside.some((inside) => descend(inside.level, chain, at - 1, found));
  }
  return true;
}

/** Stacks, components and pieces hold nodes of their own level. */
const holds = (item: Item): boolean =>
  item.kind !== "node" && item.kind !== "group" && item.port === null && item.inside.length > 0;

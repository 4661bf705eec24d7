/** Which groups are open: at first, all of them, and those that hide a node. */

import type { NodeId } from "../../model/graph";
import type { Item, Level, Levels } from "../../model/level";

/** About so many boxes, inputs and results not counted, make a first picture. */
const wanted = 8;
/** More than this in sight at first is too much to read. */
const tooMany = 20;
/** So many of a set of nodes are looked for when they are to be shown. */
const mostShown = 100;

/** What is open before anybody has opened anything. `depth` levels where the report says so, else
 * the smallest groups until there is something to see. A scope's forward and backward boxes, which
 * stand in one row, are opened together. */
export function firstOpen(levels: Levels, depth: number | null): string[] {
  if (depth !== null) return openTo(levels.root, depth);
  const open: string[] = [];
  let shown = boxesOf(levels.root);
  const closed = rowsOf(levels.root);
  while (shown < wanted && closed.length > 0) {
    closed.sort((a, b) => boxesIn(a) - boxesIn(b));
    const next = closed.shift()!;
    const more = boxesIn(next);
    // One to three boxes say nothing: they are opened whatever is in them.
    if (shown > 3 && shown + more > tooMany) break;
    // Members of a stack are alike: one after the other they say no more than the stack.
    if (shown > 3 && next.every((item) => item.count > 1)) continue;
    open.push(...next.map((item) => item.key));
    shown += more;
    closed.push(...next.flatMap((item) => item.inside.flatMap(({ level }) => rowsOf(level))));
  }
  return open;
}

/** What can be opened in a level, by row; what has none stands alone. */
function rowsOf(level: Level): Item[][] {
  const rows = new Map<string, Item[]>();
  for (const item of level.items.filter(canOpen)) {
    const row = (level.lanes && item.row) || item.key;
    rows.set(row, [...(rows.get(row) ?? []), item]);
  }
  return [...rows.values()];
}

function openTo(level: Level, depth: number): string[] {
  if (depth <= 0) return [];
  return level.items
    .filter(canOpen)
    .flatMap((item) => [
      item.key,
      ...item.inside.flatMap((inside) => openTo(inside.level, depth - 1)),
    ]);
}

/** What has to be open for nodes to be in sight. */
export const keysTo = (levels: Levels, nodes: readonly NodeId[]): string[] =>
  nodes.slice(0, mostShown).flatMap((node) => levels.wayTo(node).slice(0, -1));

/** Every group in a level, outer before inner, up to `most` boxes: regions that are called
 * from many places would fill any picture. */
export function allKeys(root: Level, most: number): { keys: string[]; all: boolean } {
  const keys: string[] = [];
  const waiting = [root];
  let shown = 0;
  for (let at = 0; at < waiting.length; at++) {
    shown += waiting[at].items.length;
    for (const item of waiting[at].items.filter(canOpen)) {
      if (shown > most) return { keys, all: false };
      keys.push(item.key);
      waiting.push(...item.inside.map(({ level }) => level));
    }
  }
  return { keys, all: true };
}

export const canOpen = (item: Item): boolean => item.inside.length > 0;

const boxesOf = (level: Level) =>
  level.items.filter(({ kind }) => kind !== "input" && kind !== "output").length;

const boxesIn = (items: readonly Item[]) =>
  items.flatMap((item) => item.inside).reduce((sum, { level }) => sum + boxesOf(level), 0);

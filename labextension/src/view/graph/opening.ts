/** Which groups are open: at first, all of them, and those that hide a node. */

import type { Item, Level, Levels } from "../../model/level";

/** About so many boxes make a first picture. */
const wanted = 12;
/** More than this in sight at first is too much to read. */
const tooMany = 28;

/** What is open before anybody has opened anything. `depth` levels where the report says so, else
 * the smallest groups until there is something to see. */
export function firstOpen(levels: Levels, depth: number | null): string[] {
  if (depth !== null) return openTo(levels.root, depth);
  const open: string[] = [];
  let shown = drawn(levels.root);
  const closed = levels.root.items.filter(canOpen);
  while (shown < wanted && closed.length > 0) {
    closed.sort((a, b) => boxesIn(a) - boxesIn(b));
    const next = closed.shift()!;
    const more = boxesIn(next);
    // One to three boxes say nothing: they are opened whatever is in them.
    if (shown > 3 && shown + more > tooMany) break;
    open.push(next.key);
    shown += more;
    closed.push(...next.inside.flatMap(({ level }) => level.items.filter(canOpen)));
  }
  return open;
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

const drawn = (level: Level) => level.items.filter((item) => item.port === null).length;

const boxesIn = (item: Item) => item.inside.reduce((sum, { level }) => sum + drawn(level), 0);

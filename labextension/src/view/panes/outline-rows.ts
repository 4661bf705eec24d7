/** The tree of what a picture shows, as rows: what is open is followed by what is in it. No DOM. */

import type { Inside, Item, Level } from "../../model/level";

export interface OutlineRow {
  /** The item, or null for a body of an item that has several ("cond", "branch 0"). */
  readonly item: Item | null;
  /** Of an item its key; of a body the key of its level. */
  readonly key: string;
  readonly title: string;
  /** As in ARIA, from 1. */
  readonly level: number;
  readonly position: number;
  readonly setSize: number;
  /** null: there is nothing to open. A body is open as long as its item is. */
  readonly expanded: boolean | null;
  /** The row that it is in, or -1. */
  readonly parent: number;
}

/** What is in the root, and what is in whatever is open. */
export function outlineRows(root: Level, open: ReadonlySet<string>): readonly OutlineRow[] {
  const rows: OutlineRow[] = [];

  function addLevel(shown: Level, level: number, parent: number): void {
    shown.items.forEach((item, place) => {
      const can = item.inside.length > 0;
      const expanded = can ? open.has(item.key) : null;
      const at = rows.length;
      rows.push({
        item,
        key: item.key,
        title: item.title,
        level,
        position: place + 1,
        setSize: shown.items.length,
        expanded,
        parent,
      });
      if (!expanded) return;
      if (item.inside.length === 1) addLevel(item.inside[0].level, level + 1, at);
      else addBodies(item.inside, level + 1, at);
    });
  }

  function addBodies(bodies: readonly Inside[], level: number, parent: number): void {
    bodies.forEach((body, place) => {
      const at = rows.length;
      rows.push({
        item: null,
        key: body.level.key,
        title: body.title,
        level,
        position: place + 1,
        setSize: bodies.length,
        expanded: true,
        parent,
      });
      addLevel(body.level, level + 1, at);
    });
  }

  addLevel(root, 1, -1);
  return rows;
}

/** The next row, from the one behind `from` on and around, whose title begins with some letters. */
export function findByLetters(
  rows: readonly { readonly title: string }[],
  from: number,
  letters: string,
): number {
  const wanted = letters.toLowerCase();
  for (let step = 0; step < rows.length; step += 1) {
    const row = (from + step) % rows.length;
    if (rows[row].title.toLowerCase().startsWith(wanted)) return row;
  }
  return -1;
}

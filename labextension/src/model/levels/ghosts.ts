/** Ghosts: what Python did once, while JAX traced, drawn beside the box where it happened. */

import { Form, type Ghost, type Item, type Level, type LevelEdge } from "../level";

/** A level with the ghosts of its boxes, behind all other items: of those that happened at one
 * place each leads to the next, and the last to the box. What happened in a box that holds more
 * is drawn in there. */
export function haunt(level: Level, ghosts: readonly Ghost[]): Level {
  const items: Item[] = [...level.items];
  const edges: LevelEdge[] = [...level.edges];
  const last = new Map<string, number>();
  const lead = (from: number, to: number): void => {
    const plain = { values: [], bytes: 0, rest: true, kind: "control", label: "" } as const;
    edges.push({ ...plain, from, to, largest: false });
  };
  // From the box outwards: of those before it the last comes first.
  const before = ghosts.filter(({ after }) => !after).reverse();
  const outwards = [...ghosts.filter(({ after }) => after), ...before];
  for (const ghost of outwards) {
    const box = level.itemOf(ghost.node);
    if (box < 0 || holdsIt(level.items[box])) continue;
    const side = `${box} ${ghost.after}`;
    const beside = last.get(side) ?? box;
    const place = items.push(itemOf(level, ghost, level.items[box])) - 1;
    if (ghost.after) lead(beside, place);
    else lead(place, beside);
    last.set(side, place);
  }
  return items.length > level.items.length ? { ...level, items, edges } : level;
}

/** Stacks, components and pieces hold their nodes once more, inside. */
const holdsIt = ({ kind, inside }: Item): boolean =>
  kind !== "node" && kind !== "group" && inside.length > 0;

function itemOf(level: Level, ghost: Ghost, beside: Item): Item {
  return {
    key: `${level.key}?${ghost.finding}`,
    kind: "ghost",
    nodes: [],
    values: [],
    lead: -1,
    title: ghost.title,
    subtitle: ghost.subtitle,
    family: "group",
    forms: Form.ghost,
    count: 1,
    size: 0,
    lane: beside.lane,
    row: "",
    chips: [],
    inside: [],
    port: null,
    finding: ghost.finding,
  };
}

/** Small levels, a graph and a layout of one column, for tests of the picture. */

import type { LayOut } from "../src/layout/types";
import type { Graph } from "../src/model/graph";
import type { Inside, Item, Level, LevelEdge, Levels } from "../src/model/level";
import { plainMeasure } from "../src/view/graph/measure";
import { sceneMaker } from "../src/view/graph/scene";

export function item(key: string, more: Partial<Item> = {}): Item {
  return {
    key,
    kind: "node",
    nodes: [],
    values: [],
    lead: -1,
    title: key,
    subtitle: "",
    family: "elementwise",
    forms: 0,
    count: 1,
    size: 1,
    lane: 0,
    row: "",
    chips: [],
    inside: [],
    port: null,
    ...more,
  };
}

export function edge(from: number, to: number, more: Partial<LevelEdge> = {}): LevelEdge {
  const plain = { values: [], bytes: 0, rest: true, kind: "data", label: "", largest: false };
  return { from, to, ...(plain as Omit<LevelEdge, "from" | "to">), ...more };
}

export function level(key: string, items: readonly Item[], edges: readonly LevelEdge[]): Level {
  return { key, region: 0, items, edges, lanes: false, hidden: 0, itemOf: () => -1 };
}

export const inside = (within: Level, title = ""): readonly Inside[] => [{ title, level: within }];

export function levelsOf(root: Level, graph: Partial<Graph> = {}): Levels {
  const callers = () => [];
  const regionOf = () => 0;
  return {
    graph: { nodeCount: 100, callers, regionOf, ...graph } as Partial<Graph> as Graph,
    filters: { plumbing: false, scopes: true, transforms: false },
    root,
    wayTo: () => [],
  };
}

/** Boxes under each other, 20 apart; edges from the middle of one to the middle of the other. */
export const column: LayOut = ({ boxes, edges }) => {
  const x = new Float64Array(boxes.length);
  const y = new Float64Array(boxes.length);
  let height = -20;
  for (const [at, box] of boxes.entries()) {
    y[at] = height + 20;
    height = y[at] + box.height;
  }
  const routes = edges.map(({ from, to, fromAt, toAt }) => {
    const start = fromAt ?? boxes[from].width / 2;
    const end = toAt ?? boxes[to].width / 2;
    const middle = y[to] - 10;
    const down = [start, y[from] + boxes[from].height];
    if (start === end) return Float64Array.of(...down, end, y[to]);
    return Float64Array.of(...down, start, middle, end, middle, end, y[to]);
  });
  const width = Math.max(0, ...boxes.map((box) => box.width));
  return { width, height: Math.max(0, height), x, y, routes, lanes: [] };
};

/** Makes scenes, and counts how often a level is laid out. */
export function counting(levels: Levels, portFor = (_: Levels, __: Level, ___: number) => -1) {
  const counted = { layouts: 0 };
  const layOut: LayOut = (input) => {
    counted.layouts++;
    return column(input);
  };
  const make = sceneMaker({ levels, layOut, portFor, measure: plainMeasure, width: 800 });
  return { make, counted };
}

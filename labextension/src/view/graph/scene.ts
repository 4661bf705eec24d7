/** The picture as numbers: every open level laid out in the one that holds it, bottom-up. A level
 * is laid out again only where something in it was opened or closed, so that opening a group costs
 * its ancestors and nothing else. */

import type { LayOut, Layout, LayoutBox, LayoutEdge } from "../../layout/types";
import type { ValueId } from "../../model/graph";
import type { Inside, Item, Level, LevelEdge, Levels } from "../../model/level";
import { visible } from "../../model/visible";
import { flatten, type Scene } from "./flatten";
import type { Measure } from "./measure";
import {
  closedSize,
  columnGap,
  columnTitle,
  header,
  headerWidth,
  laneTitle,
  padding,
} from "./sizes";

/** The place of the port in the level `inside` that stands for a value of the level around it;
 * -1: none. */
export type PortFor = (levels: Levels, inside: Level, value: ValueId) => number;

/** One thing inside an open box, from the box's own corner. */
export interface Column {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly laid: Laid;
}

/** An open box. */
export interface Opened {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly Column[];
}

/** A drawn edge, from its level's corner. */
export interface Wire {
  /** Its place in the level's edges. */
  readonly edge: number;
  readonly from: number;
  readonly to: number;
  /** x, y, x, y ... */
  readonly route: Float64Array;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A level with its places. */
export interface Laid {
  readonly level: Level;
  readonly layout: Layout;
  /** Room for the lanes' titles above the layout. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly LayoutBox[];
  /** What is open; null for closed boxes. */
  readonly opened: readonly (Opened | null)[];
  readonly wires: readonly Wire[];
  /** Boxes and open levels in it, at any depth. */
  readonly boxCount: number;
  readonly paneCount: number;
}

export interface SceneOptions {
  readonly levels: Levels;
  readonly layOut: LayOut;
  readonly portFor: PortFor;
  readonly measure: Measure;
  /** Room that the outermost level should fill. */
  readonly width: number;
}

/** Makes scenes of one stage; remembers the layouts of those before. */
export function sceneMaker(given: SceneOptions): (open: ReadonlySet<string>) => Scene {
  const before = new WeakMap<Level, Laid>();
  const options = { ...given, layOut: onceEach(given.layOut) };

  function lay(level: Level, open: ReadonlySet<string>, room: number): Laid {
    const last = before.get(level);
    const inner = Math.max(320, room - 2 * padding);
    const opened = level.items.map((item, place) =>
      item.inside.length > 0 && open.has(item.key)
        ? openBox(item, open, inner, last?.opened[place] ?? null)
        : null,
    );
    if (last?.opened.every((box, place) => box === opened[place])) return last;
    const laid = layLevel(level, opened, room, options);
    before.set(level, laid);
    return laid;
  }

  /** The box as it was, where nothing in it has changed. */
  function openBox(
    item: Item,
    open: ReadonlySet<string>,
    room: number,
    last: Opened | null,
  ): Opened {
    const laid = item.inside.map((inside) => lay(inside.level, open, room));
    if (last?.columns.every((column, place) => column.laid === laid[place])) return last;
    return arrange(item, laid, options.measure);
  }

  return (open) => flatten(options.levels, lay(options.levels.root, open, options.width));
}

/** What is alike, as the levels of twelve blocks are, is laid out once. */
function onceEach(layOut: LayOut): LayOut {
  const known = new Map<string, Layout>();
  return (input) => {
    const key = JSON.stringify(input);
    const layout = known.get(key) ?? layOut(input);
    known.set(key, layout);
    return layout;
  };
}

/** Stands the insides of an open box beside each other, under its header. */
function arrange(item: Item, laid: readonly Laid[], measure: Measure): Opened {
  const titles = item.inside.some((inside) => inside.title !== "");
  const hasPort = (side: "in" | "out") => laid.some((one) => ports(one.level, side));
  // Ports stand on the border itself: no padding between.
  const top = header + (titles ? columnTitle : 0) + (hasPort("in") && !titles ? 0 : padding);
  const bottom = hasPort("out") && laid.length === 1 ? 0 : padding;
  const columns: Column[] = [];
  let x = padding;
  for (const [place, one] of laid.entries()) {
    const inside: Inside = item.inside[place];
    columns.push({ title: inside.title, x, y: top, laid: one });
    x += Math.max(one.width, measureTitle(inside, measure)) + columnGap;
  }
  const content = x - columnGap + padding;
  const width = Math.max(content, headerWidth(item, measure));
  const shift = (width - content) / 2;
  return {
    width,
    height: top + Math.max(0, ...laid.map((one) => one.height)) + bottom,
    columns: columns.map((column) => ({ ...column, x: column.x + shift })),
  };
}

const measureTitle = (inside: Inside, measure: Measure) =>
  inside.title === "" ? 0 : measure(visible(inside.title), { size: 11, weight: 600 });

const ports = (level: Level, side: "in" | "out") => level.items.some((item) => item.port === side);

function layLevel(
  level: Level,
  opened: readonly (Opened | null)[],
  room: number,
  { levels, layOut, measure, portFor }: SceneOptions,
): Laid {
  const boxes: LayoutBox[] = level.items.map((item, place) => {
    const { width, height } = opened[place] ?? closedSize(item, measure);
    return { width, height, lane: item.lane, row: item.row, port: item.port };
  });
  const portOf = (place: number, edge: LevelEdge) =>
    portIn(opened[place], (inside, value) => portFor(levels, inside, value), edge);
  const drawn: { place: number; edge: LevelEdge; from: PortAt | null; to: PortAt | null }[] = [];
  const edges: LayoutEdge[] = [];
  for (const [place, edge] of level.edges.entries()) {
    if (!edge.rest) continue;
    const from = portOf(edge.from, edge);
    const to = portOf(edge.to, edge);
    drawn.push({ place, edge, from, to });
    edges.push({
      from: edge.from,
      to: edge.to,
      fromAt: from?.x ?? null,
      toAt: to?.x ?? null,
      back: edge.kind === "again" || edge.kind === "back",
      width: widthOf(edge.bytes),
    });
  }
  const layout = layOut({ boxes, edges, lanes: level.lanes, targetWidth: room });
  const top = layout.lanes.length > 1 ? laneTitle : 0;
  const wires = drawn.map(({ place, edge, from, to }, index) => {
    const route = layout.routes[index].slice();
    for (let at = 1; at < route.length; at += 2) route[at] += top;
    extend(route, 0, 2, layout.y[edge.from] + top, from);
    extend(route, route.length - 2, -2, layout.y[edge.to] + top, to);
    return makeWire(place, edge, route);
  });
  const inner = opened.flatMap((box) => box?.columns ?? []);
  return {
    level,
    layout,
    top,
    width: layout.width,
    height: layout.height + top,
    boxes,
    opened,
    wires,
    boxCount: inner.reduce((sum, column) => sum + column.laid.boxCount, boxes.length),
    paneCount: inner.reduce((sum, column) => sum + column.laid.paneCount, 1),
  };
}

/** Where, in an open box, a port stands: its middle, and the side that faces out. */
interface PortAt {
  readonly x: number;
  readonly y: number;
}

/** The port of an edge; null where it has none. */
function portIn(
  opened: Opened | null,
  portFor: (inside: Level, value: ValueId) => number,
  edge: LevelEdge,
): PortAt | null {
  for (const column of opened?.columns ?? []) {
    const { laid } = column;
    for (const value of edge.values) {
      const place = portFor(laid.level, value);
      if (place < 0) continue;
      const out = laid.level.items[place].port === "out";
      return {
        x: column.x + laid.layout.x[place] + laid.boxes[place].width / 2,
        y: column.y + laid.top + laid.layout.y[place] + (out ? laid.boxes[place].height : 0),
      };
    }
  }
  return null;
}

/** Lets a route that meets a box's top or bottom run on to the port inside. */
function extend(
  route: Float64Array,
  end: number,
  inward: number,
  boxTop: number,
  port: PortAt | null,
): void {
  if (port === null || route.length < 4) return;
  const vertical = Math.abs(route[end] - route[end + inward]) < 0.5;
  if (vertical) route[end + 1] = boxTop + port.y;
}

function makeWire(place: number, { from, to }: LevelEdge, route: Float64Array): Wire {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (let at = 0; at < route.length; at += 2) {
    const x = route[at];
    const y = route[at + 1];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return { edge: place, from, to, route, left, top, right, bottom };
}

/** Line width by bytes; the least where they aren't known. */
export function widthOf(bytes: number): number {
  if (!(bytes >= 64 * 1024)) return 1;
  if (bytes < 8 * 1024 ** 2) return 1.5;
  return bytes < 256 * 1024 ** 2 ? 2.5 : 4;
}

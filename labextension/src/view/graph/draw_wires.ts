/** Edges: polylines with rounded corners, as wide as their bytes; arrowheads; labels. */

import type { LevelEdge } from "../../model/level";
import { visible } from "../../model/visible";
import { type Drawing, faint } from "./draw";
import type { Pane } from "./flatten";
import { faces, smallest } from "./measure";
import type { Pen } from "./pen";
import { type Wire, widthOf } from "./scene";
import { bodyOf, type Rect } from "./sight";

interface Label {
  readonly text: string;
  readonly points: readonly number[];
  readonly lit: boolean;
}

export interface DrawnWires {
  readonly lines: readonly (readonly number[])[];
  readonly labels: readonly Label[];
}

/** An edge on the view. */
interface Line {
  readonly edge: LevelEdge;
  readonly pane: Pane;
  readonly points: number[];
  readonly lit: boolean;
}

/** Above this many lit edges their labels would only cover each other. */
const mostLabels = 12;

export function drawWires(drawing: Drawing): DrawnWires {
  const { pen, palette, marks, arriving, detail } = drawing;
  const lines = drawing.sight.panes.flatMap((number) =>
    linesIn(drawing, drawing.scene.panes[number]),
  );
  const there = arriving === null ? 1 : arriving.alpha;
  pen.alpha(there * (marks.hits.size > 0 ? faint : 1));
  strokeAll(
    drawing,
    lines.filter(({ lit }) => !lit),
    palette.edge,
  );
  pen.alpha(there);
  const lit = lines.filter((line) => line.lit);
  strokeAll(drawing, lit, palette.accent);
  pen.alpha(1);
  const labels = oncePerSource(lines)
    .filter((line) => (line.lit ? lit.length <= mostLabels : isTold(line.edge)))
    .filter(({ edge }) => edge.label !== "" && (detail === "all" || detail === "titles"))
    .map(({ edge, points, lit }) => ({ text: visible(edge.label), points, lit }));
  return { lines: lines.map(({ points }) => points), labels };
}

/** What goes from one box to several is labelled once. */
function oncePerSource(lines: readonly Line[]): readonly Line[] {
  const told = new Set<string>();
  return lines.filter(({ edge, pane, lit }) => {
    const key = `${pane.box} ${pane.title} ${edge.from} ${edge.label}`;
    if (!lit) return true;
    if (told.has(key)) return false;
    told.add(key);
    return true;
  });
}

/** The level's largest edge is told at rest, where its size matters. */
const isTold = (edge: LevelEdge) => edge.largest && widthOf(edge.bytes) > 1;

/** Edges of a box that is marked are lit. */
const isMarked = ({ marks }: Drawing, box: number) =>
  marks.selected.has(box) || marks.hovered.has(box) || marks.focus === box;

function linesIn(drawing: Drawing, pane: Pane): Line[] {
  const { view, detail } = drawing;
  const { zoom } = view;
  const { laid } = pane;
  const left = view.x - pane.x;
  const top = view.y - pane.y;
  const right = left + view.width / zoom;
  const bottom = top + view.height / zoom;
  const lines: Line[] = [];
  const hovered = drawing.marks.wire?.pane === pane ? drawing.marks.wire.wire : null;
  for (const wire of laid.wires) {
    if (wire.left > right || wire.right < left || wire.top > bottom || wire.bottom < top) continue;
    if (detail === "blocks" && !betweenGroups(pane, wire, zoom)) continue;
    const edge = laid.level.edges[wire.edge];
    const lit =
      wire === hovered ||
      isMarked(drawing, pane.boxes[wire.from]) ||
      isMarked(drawing, pane.boxes[wire.to]);
    const points: number[] = new Array(wire.route.length);
    for (let at = 0; at < wire.route.length; at += 2) {
      points[at] = (wire.route[at] - left) * zoom;
      points[at + 1] = (wire.route[at + 1] - top) * zoom;
    }
    lines.push({ edge, pane, points, lit });
  }
  return lines;
}

function betweenGroups({ laid }: Pane, wire: Wire, zoom: number): boolean {
  const long = wire.right - wire.left + wire.bottom - wire.top;
  if (long * zoom < 8) return false;
  const { items } = laid.level;
  return items[wire.from].inside.length > 0 && items[wire.to].inside.length > 0;
}

const dashes = {
  data: undefined,
  again: undefined,
  back: [6, 4],
  effect: [4, 3],
  control: [1, 4],
} as const satisfies Record<LevelEdge["kind"], readonly number[] | undefined>;

function strokeAll({ pen, view }: Drawing, lines: readonly Line[], color: string): void {
  const batches = new Map<string, Line[]>();
  for (const line of lines) {
    const style = `${widthOf(line.edge.bytes)} ${line.edge.kind}`;
    const batch = batches.get(style);
    if (batch) batch.push(line);
    else batches.set(style, [line]);
  }
  const heads = view.zoom >= 0.4;
  const scale = Math.min(1.5, Math.max(0.7, view.zoom));
  for (const batch of batches.values()) {
    const { edge } = batch[0];
    const width = widthOf(edge.bytes) * Math.min(1.25, Math.max(0.6, view.zoom));
    pen.begin();
    for (const { points } of batch) addRoute(pen, points, 6 * view.zoom, heads ? 6 * scale : 0);
    pen.stroke(color, width, dashes[edge.kind]);
    if (!heads) continue;
    pen.begin();
    for (const { points } of batch) addHead(pen, points, scale, width);
    pen.fill(color);
  }
}

/** The line, its corners rounded, its end left free for the arrowhead. */
function addRoute(pen: Pen, points: readonly number[], radius: number, free: number): void {
  const last = points.length - 2;
  pen.moveTo(points[0], points[1]);
  for (let at = 2; at <= last; at += 2) {
    const [ax, ay, bx, by] = [points[at - 2], points[at - 1], points[at], points[at + 1]];
    const before = Math.hypot(bx - ax, by - ay) || 1;
    if (at === last) {
      const short = Math.min(free, before) / before;
      pen.lineTo(bx - (bx - ax) * short, by - (by - ay) * short);
      break;
    }
    const [cx, cy] = [points[at + 2], points[at + 3]];
    const after = Math.hypot(cx - bx, cy - by) || 1;
    const r = Math.min(radius, before / 2, after / 2);
    if (r < 1) {
      pen.lineTo(bx, by);
      continue;
    }
    pen.lineTo(bx - ((bx - ax) * r) / before, by - ((by - ay) * r) / before);
    pen.quadTo(bx, by, bx + ((cx - bx) * r) / after, by + ((cy - by) * r) / after);
  }
}

/** 6 wide and 8 long at zoom 1, wider on wide lines. */
function addHead(pen: Pen, points: readonly number[], scale: number, width: number): void {
  const [x, y] = points.slice(-2);
  let at = points.length - 4;
  while (at > 0 && points[at] === x && points[at + 1] === y) at -= 2;
  const long = Math.hypot(x - points[at], y - points[at + 1]) || 1;
  const [ux, uy] = [(x - points[at]) / long, (y - points[at + 1]) / long];
  const half = 2.5 * scale + width / 2;
  const size = 8 * scale;
  pen.moveTo(x, y);
  pen.lineTo(x - ux * size - uy * half, y - uy * size + ux * half);
  pen.lineTo(x - ux * size + uy * half, y - uy * size - ux * half);
  pen.close();
}

/** Edges that are hidden at rest, of the boxes that are marked: simple curves over the picture. */
export function drawOnDemand(drawing: Drawing): void {
  const { pen, marks, scene, palette, view } = drawing;
  const marked = new Set([...marks.selected, ...marks.hovered]);
  if (marks.focus >= 0) marked.add(marks.focus);
  // Many at once is a search or a line of source: their edges would cover everything.
  if (marked.size === 0 || marked.size > 8) return;
  const heads: number[][] = [];
  pen.begin();
  for (const number of new Set([...marked].map((box) => scene.pane[box]))) {
    const pane = scene.panes[number];
    for (const edge of pane.laid.level.edges) {
      if (edge.rest) continue;
      const [from, to] = [pane.boxes[edge.from], pane.boxes[edge.to]];
      if (!marked.has(from) && !marked.has(to)) continue;
      heads.push(addCurve(pen, bodyOf(scene, view, from), bodyOf(scene, view, to)));
    }
  }
  pen.stroke(palette.accent, 1);
  pen.begin();
  for (const points of heads) addHead(pen, points, Math.min(1, Math.max(0.7, view.zoom)), 1);
  pen.fill(palette.accent);
}

/** From the bottom of one to the top of the other, or from side to side; its last direction. */
function addCurve(pen: Pen, a: Rect, b: Rect): number[] {
  const below = b.y > a.y + a.h;
  const apart = below || b.y + b.h < a.y;
  const aside = Math.abs(b.x + b.w / 2 - a.x - a.w / 2);
  // One under the other: a straight line would run along an edge, or through what is between.
  const gap = below ? b.y - a.y - a.h : a.y - b.y - b.h;
  if (apart && aside < (gap > 64 ? (a.w + b.w) / 2 : 40)) return addBow(pen, a, b);
  if (apart) {
    const [x, y] = [a.x + a.w / 2, below ? a.y + a.h : a.y];
    const [endX, endY] = [b.x + b.w / 2, below ? b.y : b.y + b.h];
    const middle = (y + endY) / 2;
    pen.moveTo(x, y);
    pen.quadTo(x, middle, (x + endX) / 2, middle);
    pen.quadTo(endX, middle, endX, endY);
    return [endX, endY + (below ? -1 : 1), endX, endY];
  }
  const right = b.x > a.x;
  const [x, y] = [right ? a.x + a.w : a.x, a.y + a.h / 2];
  const [endX, endY] = [right ? b.x : b.x + b.w, b.y + b.h / 2];
  const middle = (x + endX) / 2;
  pen.moveTo(x, y);
  pen.quadTo(middle, y, middle, (y + endY) / 2);
  pen.quadTo(middle, endY, endX, endY);
  return [endX + (right ? -1 : 1), endY, endX, endY];
}

/** Around what stands between two boxes of one column. */
function addBow(pen: Pen, a: Rect, b: Rect): number[] {
  const [x, y] = [a.x + a.w, a.y + Math.min(a.h, 44) / 2];
  const [endX, endY] = [b.x + b.w, b.y + Math.min(b.h, 44) / 2];
  const out = Math.max(x, endX) + 24 + Math.min(40, Math.abs(endY - y) / 12);
  const middle = (y + endY) / 2;
  pen.moveTo(x, y);
  pen.quadTo(out, y, out, middle);
  pen.quadTo(out, endY, endX, endY);
  return [endX + 1, endY, endX, endY];
}

/** Beside the longest part of its line that is free, off other lines if that can be; those of lit
 * edges first, which may lie over a box where there is no other place. */
export function drawLabels(drawing: Drawing, wires: DrawnWires): void {
  const { pen, palette, measure } = drawing;
  if (wires.labels.length === 0) return;
  const set = { size: smallest, weight: faces.small.weight };
  const boxes = [
    ...drawing.sight.closed.flatMap((box) => covered(drawing, box)),
    ...drawing.sight.headers.map(({ x, y, width, height }) => ({ x, y, w: width, h: height })),
  ];
  const taken: Rect[] = [];
  const isFree = (rect: Rect, among: readonly Rect[]) =>
    !among.some((other) => overlap(rect, other));
  for (const { text, points, lit } of [...wires.labels].sort((a, b) => +b.lit - +a.lit)) {
    const places = placesBeside(points, measure(text, set)).filter((one) => isFree(one, taken));
    const free = places.filter((one) => isFree(one, boxes));
    const clear = free.find((one) => !wires.lines.some((line) => meets(line, one)));
    const at = clear ?? free[0] ?? (lit ? places[0] : undefined);
    if (at === undefined) continue;
    taken.push(at);
    const color = lit ? palette.accent : palette.second;
    pen.text(text, at.x, at.y + labelHeight / 2, { ...set, color, halo: palette.canvas });
  }
}

const labelHeight = 14;

/** What a box covers, its chips included: they stand right of its middle, across its border. */
function covered({ scene, view }: Drawing, box: number): Rect[] {
  const rect = bodyOf(scene, view, box);
  const { chips, port } = scene.items[box];
  if (chips.length === 0 || port !== null) return [rect];
  const { x, y, w, h } = rect;
  return [rect, { x: x + w / 2, y: y - 10, w: w / 2 + 8, h: h + 20 }];
}

/** Above the level parts of a line and beside the upright ones, the longest first. */
function placesBeside(points: readonly number[], w: number): Rect[] {
  const found: { long: number; rect: Rect }[] = [];
  for (let at = 0; at + 3 < points.length; at += 2) {
    const [ax, ay, bx, by] = points.slice(at, at + 4);
    const level = Math.abs(by - ay) < Math.abs(bx - ax);
    const y = level ? ay - labelHeight - 3 : (ay + by - labelHeight) / 2;
    const long = Math.hypot(bx - ax, by - ay);
    const along = long > 2 * w ? [0.5, 0.25, 0.75] : [0.5];
    const beside = [ax + 7, ax - 7 - w];
    for (const x of level ? along.map((part) => ax + (bx - ax) * part - w / 2) : beside)
      found.push({ long, rect: { x, y, w, h: labelHeight } });
  }
  return found.sort((a, b) => b.long - a.long).map(({ rect }) => rect);
}

function meets(line: readonly number[], { x, y, w, h }: Rect): boolean {
  for (let at = 0; at + 3 < line.length; at += 2) {
    const [ax, ay, bx, by] = [line[at], line[at + 1], line[at + 2], line[at + 3]];
    const apart = Math.max(ax, bx) < x || Math.min(ax, bx) > x + w;
    if (!apart && Math.max(ay, by) > y && Math.min(ay, by) < y + h) return true;
  }
  return false;
}

const overlap = (a: Rect, b: Rect) =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** Closed boxes: shape and border by form, stripe and glyph by family, text, heat bar, chips. */

import { Form, type Item } from "../../model/level";
import { visible } from "../../model/visible";
import { type Drawing, faint } from "./draw";
import { drawBars } from "./draw_bars";
import { drawChips } from "./draw_chips";
import { addGlyph, type Glyph } from "./glyphs";
import { cutMiddle, type Face, faces, smallest } from "./measure";
import type { Pen } from "./pen";
import { bodyOf, type Rect } from "./sight";
import { card, cards, glyphRoom, isPill, isStack, pillGap } from "./sizes";

interface Told {
  /** Boxes that have a title. */
  named: number;
  labelled: number;
  cut: number;
}

/** A closed box in sight. */
export interface Body {
  readonly box: number;
  readonly item: Item;
  readonly rect: Rect;
}

export function drawClosed(drawing: Drawing): Told {
  const { pen, sight, scene, view } = drawing;
  const told: Told = { named: 0, labelled: 0, cut: 0 };
  const layers = new Map<number, Body[]>();
  for (const box of sight.closed) {
    const body = { box, item: scene.items[box], rect: bodyOf(scene, view, box) };
    const alpha = alphaOf(drawing, box);
    const layer = layers.get(alpha);
    if (layer) layer.push(body);
    else layers.set(alpha, [body]);
  }
  for (const [alpha, bodies] of layers) {
    pen.alpha(alpha);
    drawCards(drawing, bodies);
    drawShapes(drawing, bodies);
    drawFamilies(drawing, bodies);
    if (drawing.detail === "all") drawBars(drawing, bodies);
    drawTexts(drawing, bodies, told);
    if (drawing.detail === "all") drawChips(drawing, bodies);
  }
  pen.alpha(1);
  return told;
}

/** How opaque a box is: faint where others are found, coming in while it arrives. */
export function alphaOf({ marks, arriving }: Drawing, box: number): number {
  const found = marks.hits.size === 0 || marks.hits.has(box) || marks.selected.has(box);
  const there = arriving?.boxes[box] ? arriving.alpha : 1;
  return (found ? 1 : faint) * there;
}

/** Adds the outline of a box, by its form. */
export function addShape(pen: Pen, item: Item, { x, y, w, h }: Rect): void {
  const { forms } = item;
  if (h < 8) pen.rect(x, y, w, h);
  else if (forms & (Form.constant | Form.captured)) {
    const corner = Math.min(8, h / 3);
    polygon(pen, [x, y, x + w - corner, y, x + w, y + corner, x + w, y + h, x, y + h]);
  } else if (item.port !== null || isPill(item)) pen.round(x, y, w, h, h / 2);
  else if (forms & Form.collective) {
    const slant = Math.min(10, h / 3);
    const [right, low, middle] = [x + w, y + h, y + h / 2];
    polygon(pen, [
      ...[x + slant, y, right - slant, y, right, middle],
      ...[right - slant, low, x + slant, low, x, middle],
    ]);
  } else pen.round(x, y, w, h, 4);
}

function polygon(pen: Pen, points: readonly number[]): void {
  pen.moveTo(points[0], points[1]);
  for (let at = 2; at < points.length; at += 2) pen.lineTo(points[at], points[at + 1]);
  pen.close();
}

/** The cards behind a stack, the hindmost first. */
function drawCards({ pen, palette, view }: Drawing, bodies: readonly Body[]): void {
  const stacks = bodies.filter(({ item, rect }) => isStack(item) && rect.h > 8);
  if (stacks.length === 0) return;
  for (let behind = cards - 1; behind > 0; behind--) {
    const away = Math.max(1, Math.round(behind * card * view.zoom));
    pen.begin();
    for (const { item, rect } of stacks)
      addShape(pen, item, { ...rect, x: rect.x + away, y: rect.y - away });
    pen.fill(palette.group);
    pen.stroke(palette.border, 1);
  }
}

const dashed = [4, 3];
const dotted = [1, 3];

function drawShapes(drawing: Drawing, bodies: readonly Body[]): void {
  const { pen, palette } = drawing;
  const batches = new Map<string, Body[]>();
  for (const body of bodies) {
    const { forms } = body.item;
    const gaps = forms & (Form.fusion | Form.ghost);
    const line = forms & Form.unknown ? "dotted" : gaps ? "dashed" : "solid";
    const style = `${groundOf(drawing, body)} ${line}`;
    const batch = batches.get(style);
    if (batch) batch.push(body);
    else batches.set(style, [body]);
  }
  for (const [style, batch] of batches) {
    const [ground, line] = style.split(" ") as [string, string];
    pen.begin();
    for (const { item, rect } of batch) addShape(pen, item, rect);
    pen.fill(ground);
    if (drawing.view.zoom >= 0.15)
      pen.stroke(
        palette.border,
        1,
        line === "dotted" ? dotted : line === "dashed" ? dashed : undefined,
      );
  }
  const doubled = bodies.filter(({ item, rect }) => item.forms & Form.donated && rect.h > 14);
  if (doubled.length === 0) return;
  pen.begin();
  for (const { item, rect: r } of doubled)
    addShape(pen, item, { x: r.x + 2.5, y: r.y + 2.5, w: r.w - 5, h: r.h - 5 });
  pen.stroke(palette.border, 1);
}

/** Heat is the fill where a bar would be too small to read. */
function groundOf(drawing: Drawing, { box, item }: Body): string {
  const { palette, detail, marks } = drawing;
  if (marks.lit.has(box)) return palette.lit;
  if (detail === "shapes" || detail === "blocks") {
    const heat = drawing.heat(item);
    if (heat !== null && heat.kind !== "unknown" && heat.kind !== "zero")
      return palette.heat[heat.step];
  }
  if (item.forms & Form.ghost) return palette.canvas;
  return item.inside.length > 0 || item.port !== null ? palette.group : palette.node;
}

const hasStripe = (item: Item) =>
  item.port === null &&
  !isPill(item) &&
  !(item.forms & Form.collective) &&
  item.kind !== "more" &&
  item.family !== "group";

function drawFamilies(drawing: Drawing, bodies: readonly Body[]): void {
  const { pen, palette, detail, view } = drawing;
  if (detail === "blocks") return;
  const colors = new Map<string, Body[]>();
  for (const body of bodies) {
    const color = palette.families[body.item.family];
    const batch = colors.get(color);
    if (batch) batch.push(body);
    else colors.set(color, [body]);
  }
  for (const [color, batch] of colors) {
    pen.begin();
    for (const { item, rect } of batch) if (hasStripe(item)) addStripe(pen, rect);
    pen.fill(color);
    if (detail !== "all") continue;
    pen.begin();
    for (const { item, rect } of batch) {
      if (item.port !== null) continue;
      const middle = titleMiddle(drawing, item, rect);
      const size = 12 * view.zoom;
      addGlyph(pen, glyphOf(item), rect.x + 10 * view.zoom, middle - size / 2, size);
      const sign = signOf(item);
      if (sign !== null)
        addGlyph(pen, sign, rect.x + rect.w - 8 * view.zoom - size, middle - size / 2, size);
    }
    pen.stroke(color, 1.5);
  }
  if (detail === "all") drawEffects(drawing, bodies);
}

function addStripe(pen: Pen, { x, y, w, h }: Rect): void {
  const wide = Math.min(3.5, w / 4);
  const r = Math.min(4, h / 2);
  pen.moveTo(x + wide, y);
  pen.quadTo(x, y, x, y + r);
  pen.lineTo(x, y + h - r);
  pen.quadTo(x, y + h, x + wide, y + h);
  pen.close();
}

function glyphOf(item: Item): Glyph {
  const { forms } = item;
  if (forms & Form.captured) return "constant";
  if (forms & Form.ghost) return "ghost";
  if (forms & Form.input) return "input";
  if (forms & Form.output) return "output";
  if (item.inside.length > 0) return "closed";
  if (item.kind === "more") return "more";
  if (forms & Form.unknown) return "unknown";
  if (forms & Form.constant) return "constant";
  return item.family;
}

/** What runs several times, or one of several. */
const signOf = ({ forms }: Item): Glyph | null =>
  forms & Form.loop ? "loop" : forms & Form.branch ? "branch" : null;

/** Brackets around a box that has an effect, and "!" in it; "?" is the unknown's own glyph. */
function drawEffects({ pen, palette, view }: Drawing, bodies: readonly Body[]): void {
  const marked = bodies.filter(({ item }) => item.forms & Form.effect);
  if (marked.length === 0) return;
  const out = 3 * view.zoom;
  const arm = 5 * view.zoom;
  const sign = 12 * view.zoom;
  pen.begin();
  for (const { item, rect: r } of marked) {
    for (const [edge, turn] of [
      [r.x - out, 1],
      [r.x + r.w + out, -1],
    ] as const) {
      pen.moveTo(edge + turn * arm, r.y - out);
      pen.lineTo(edge, r.y - out);
      pen.lineTo(edge, r.y + r.h + out);
      pen.lineTo(edge + turn * arm, r.y + r.h + out);
    }
    if (item.family === "effect") continue;
    addGlyph(pen, "effect", r.x + r.w - sign - 4 * view.zoom, r.y + 4 * view.zoom, sign);
  }
  pen.stroke(palette.error, 1.5);
}

/** The middle of the title's line: higher where a sub-line or a bar stands under it. */
export function titleMiddle(drawing: Drawing, item: Item, { y, h }: Rect): number {
  if (drawing.detail !== "all" || item.port !== null) return y + h / 2;
  const bar = hasBar(drawing, item);
  if (item.subtitle === "" || isPill(item)) return y + h * (bar ? 0.4 : 0.5);
  return y + h * (bar ? 0.28 : 0.34);
}

const hasBar = (drawing: Drawing, item: Item) => {
  if (isPill(item)) return false;
  const heat = drawing.heat(item);
  return heat !== null && heat.kind !== "zero";
};

function drawTexts(drawing: Drawing, bodies: readonly Body[], told: Told): void {
  const { detail, view, pen } = drawing;
  // A run of texts in one font is set much faster than fonts that alternate.
  const inFont = [faces.title, faces.group, faces.small];
  for (const face of inFont)
    for (const { item, rect } of bodies) {
      if (faceOf(item) !== face || item.title === "") continue;
      told.named++;
      const size = textSize(face, detail, view.zoom);
      if (size === 0 || (detail === "shapes" && item.inside.length === 0)) continue;
      if (rect.h < size + 1) continue;
      const left = textLeft(drawing, item);
      const room = rect.w - left - textRight(drawing, item);
      const set = { size, weight: face.weight };
      const text = cutMiddle(item.title, room + 0.5, set, drawing.measure);
      if (text === "") continue;
      told.labelled++;
      if (text !== visible(item.title)) told.cut++;
      const y = titleMiddle(drawing, item, rect);
      // A port's name stands in its middle.
      const shift = item.port === null ? 0 : (room - drawing.measure(text, set)) / 2;
      pen.text(text, rect.x + left + shift, y, { ...set, color: textColor(drawing, item) });
    }
  if (detail === "all") for (const body of bodies) drawSubtitle(drawing, body);
}

function drawSubtitle(drawing: Drawing, { item, rect }: Body): void {
  if (item.subtitle === "" || item.port !== null) return;
  const { view, measure, pen, palette } = drawing;
  const size = Math.max(smallest, faces.small.size * view.zoom);
  const set = { size, weight: faces.small.weight };
  if (isPill(item)) {
    // The name comes first: the type takes what room it leaves.
    const title = { size: Math.max(smallest, faces.title.size * view.zoom), weight: 500 };
    const left = textLeft(drawing, item) + measure(visible(item.title), title);
    const room = rect.w - left - (12 + pillGap) * view.zoom;
    const cut = cutMiddle(item.subtitle, room + 0.5, set, measure);
    const text = room < 36 && cut !== visible(item.subtitle) ? "" : cut;
    const right = rect.x + rect.w - 12 * view.zoom;
    const color = palette.second;
    pen.text(text, right, rect.y + rect.h / 2, { ...set, color, align: "right" });
    return;
  }
  const room = rect.w - 20 * view.zoom;
  const text = cutMiddle(item.subtitle, room, set, measure);
  const y = rect.y + rect.h * (hasBar(drawing, item) ? 0.6 : 0.7);
  pen.text(text, rect.x + 10 * view.zoom, y, { ...set, color: palette.second });
}

const faceOf = (item: Item): Face => {
  if (item.port !== null) return faces.small;
  return item.inside.length > 0 ? faces.group : faces.title;
};

/** 0 where the text is left out. */
function textSize(face: Face, detail: Detail, zoom: number): number {
  if (detail === "all") return Math.max(smallest, face.size * zoom);
  return detail === "blocks" ? 0 : smallest;
}
type Detail = Drawing["detail"];

function textLeft({ detail, view }: Drawing, item: Item): number {
  if (item.port !== null) return 8 * view.zoom;
  if (detail === "all") return (10 + glyphRoom) * view.zoom;
  return detail === "titles" ? 8 : 6;
}

const textRight = (drawing: Drawing, item: Item) => {
  if (item.port !== null) return 7 * drawing.view.zoom;
  const sign = (item.forms & Form.effect && item.family !== "effect") || signOf(item) !== null;
  return (sign ? 22 : 8) * drawing.view.zoom;
};

/** On a box that is filled with heat, the step's own text colour. */
function textColor(drawing: Drawing, item: Item): string {
  const { palette, detail } = drawing;
  if (item.port !== null || item.forms & Form.ghost) return palette.second;
  if (detail !== "shapes") return palette.text;
  const heat = drawing.heat(item);
  const filled = heat !== null && (heat.kind === "known" || heat.kind === "attributed");
  return filled ? palette.onHeat[heat.step] : palette.text;
}

/** Open groups that are too small to be looked into: solid, with their heat. */
export function drawBlocks(drawing: Drawing): void {
  const { pen, palette, scene, view, sight, measure } = drawing;
  const batches = new Map<string, number[]>();
  const colorOf = (box: number) => {
    const heat = drawing.heat(scene.items[box]);
    const known = heat !== null && (heat.kind === "known" || heat.kind === "attributed");
    return known ? heat.step : -1;
  };
  for (const box of sight.blocks) {
    const step = colorOf(box);
    const color = step >= 0 ? palette.heat[step] : palette.inner;
    const batch = batches.get(color);
    if (batch) batch.push(box);
    else batches.set(color, [box]);
  }
  for (const [color, batch] of batches) {
    pen.begin();
    for (const box of batch) {
      const { x, y, w, h } = bodyOf(scene, view, box);
      pen.rect(x, y, w, h);
    }
    pen.fill(color);
    pen.stroke(palette.border, 0.5);
  }
  const set = { size: smallest, weight: faces.group.weight, align: "center" as const };
  for (const box of sight.blocks) {
    const { x, y, w, h } = bodyOf(scene, view, box);
    if (h < 15 || w < 40) continue;
    const step = colorOf(box);
    const color = step >= 0 ? palette.onHeat[step] : palette.text;
    const text = cutMiddle(scene.items[box].title, w - 8, set, measure);
    pen.text(text, x + w / 2, y + h / 2, { ...set, color });
  }
}

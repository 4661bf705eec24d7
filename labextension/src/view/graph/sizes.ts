/** How large boxes are, in px at zoom 1. */

import { Form, type Item } from "../../model/level";
import { visible } from "../../model/visible";
import { faces, type Measure } from "./measure";

export const header = 24;
export const padding = 12;
/** Between the columns of an open conditional. */
export const columnGap = 16;
export const columnTitle = 20;
export const laneTitle = 28;
/** A stack shows three cards, each this far behind the one before. */
export const card = 3;
export const cards = 3;
/** What cards stick out on top and at the right. */
export const cardRoom = card * (cards - 1);
/** The glyph of a family and the gap behind it. */
export const glyphRoom = 16;
/** The margin around the whole picture. */
export const margin = 20;

/** What a level may fill in a view so wide; 0 where it isn't known yet. */
export function roomIn(width: number): number {
  return width === 0 ? 960 : Math.max(400, Math.min(1280, width - 2 * margin));
}

/** Small texts are set at 11 px down to zoom .85: they need the room that they fill there. */
const roomy = { ...faces.small, size: 13 };
const least = 72;
const most = 200;
/** A ghost's title is a line of code. */
const mostGhost = 280;
const step = 8;

export const isStack = (item: Item): boolean => item.count > 1;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of a closed box, its cards included. */
export function closedSize(item: Item, measure: Measure): Size {
  if (item.port !== null) return portSize(item, measure);
  if (isPill(item)) return pillSize(item, measure);
  const face = item.inside.length > 0 ? faces.group : faces.title;
  let text = measure(visible(item.title), face) + glyphRoom;
  if (item.forms & (Form.effect | Form.loop | Form.branch)) text += 16;
  if (item.forms & Form.collective) text += 8;
  const width = inSteps(
    Math.max(text, measure(visible(item.subtitle), roomy)) + 24,
    item.kind === "ghost" ? mostGhost : most,
  );
  const height = item.subtitle === "" ? 28 : 44;
  const room = isStack(item) ? cardRoom : 0;
  return { width: width + room, height: height + room };
}

/** Inputs and outputs of the program: one line, name and type. */
export const isPill = (item: Item): boolean =>
  item.port === null && (item.forms & (Form.input | Form.output)) !== 0;

/** Between a pill's name and its type. */
export const pillGap = 8;

function pillSize(item: Item, measure: Measure): Size {
  const title = measure(visible(item.title), faces.title) + glyphRoom;
  const subtitle = measure(visible(item.subtitle), roomy);
  const width = title + subtitle + (subtitle > 0 ? pillGap : 0) + 24;
  return { width: inSteps(width, 248), height: 28 };
}

/** Where values enter or leave a group: a small pill on its border. */
function portSize(item: Item, measure: Measure): Size {
  const text = measure(visible(item.title), roomy);
  return { width: Math.min(136, Math.max(24, Math.ceil((text + 16) / 4) * 4)), height: 20 };
}

function inSteps(width: number, limit = most): number {
  return Math.min(limit, Math.max(least, Math.ceil(width / step) * step));
}

/** What the header of an open group needs for its text. */
export function headerWidth(item: Item, measure: Measure): number {
  return inSteps(measure(visible(item.title), faces.group) + glyphRoom + 24);
}

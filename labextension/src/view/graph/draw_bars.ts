/** Heat bars: length is the share of the parent, colour the share of the program. */

import type { Drawing } from "./draw";
import type { Body } from "./draw_boxes";
import type { Pane } from "./flatten";
import type { Rect } from "./sight";

const thick = 4;

interface Bar {
  readonly rect: Rect;
  readonly filled: number;
}

export function drawBars(drawing: Drawing, bodies: readonly Body[]): void {
  const { pen, palette, scene } = drawing;
  const tracks: Rect[] = [];
  const hatched: Rect[] = [];
  const solid = new Map<number, Bar[]>();
  const hollow = new Map<number, Bar[]>();
  for (const body of bodies) {
    const heat = drawing.heat(body.item);
    if (heat === null || heat.kind === "zero" || body.item.port !== null) continue;
    const rect = barOf(drawing, body.rect);
    if (heat.kind === "unknown") {
      hatched.push(rect);
      continue;
    }
    tracks.push(rect);
    const share = Math.min(1, heat.value / valueOfAll(drawing, scene.panes[scene.pane[body.box]]));
    const steps = heat.kind === "attributed" ? hollow : solid;
    const bar = { rect, filled: Math.max(3, rect.w * share) };
    const bars = steps.get(heat.step);
    if (bars) bars.push(bar);
    else steps.set(heat.step, [bar]);
  }
  pen.begin();
  for (const { x, y, w, h } of tracks) pen.round(x, y, w, h, 1.5);
  pen.fill(palette.track);
  for (const [step, bars] of solid) {
    addBars(drawing, bars);
    pen.fill(palette.heat[step]);
    // The lightest steps would be lost on the ground.
    pen.stroke(palette.border, 0.5);
  }
  for (const [step, bars] of hollow) {
    addBars(drawing, bars);
    pen.fill(palette.node);
    pen.stroke(palette.border, 2);
    pen.stroke(palette.heat[step], 1);
  }
  pen.begin();
  for (const rect of hatched) addHatch(drawing, rect);
  pen.stroke(palette.border, 0.75);
}

function barOf({ view: { zoom } }: Drawing, { x, y, w, h }: Rect): Rect {
  const high = thick * zoom;
  const inset = 10 * zoom;
  return { x: x + inset, y: y + h - high - 3.5 * zoom, w: w - 2 * inset, h: high };
}

function addBars({ pen }: Drawing, bars: readonly Bar[]): void {
  pen.begin();
  for (const { rect, filled } of bars) pen.round(rect.x, rect.y, filled, rect.h, 1.5);
}

const sums = new WeakMap<Drawing["heat"], WeakMap<Pane, number>>();

/** What the boxes of a level sum up to. Not the heat of the box around: a body that others call
 * too counts for all of them. */
function valueOfAll({ heat }: Drawing, pane: Pane): number {
  const known = sums.get(heat) ?? new WeakMap<Pane, number>();
  sums.set(heat, known);
  let sum = known.get(pane);
  if (sum === undefined) {
    sum = 0;
    for (const item of pane.laid.level.items) sum += heat(item)?.value || 0;
    known.set(pane, sum);
  }
  return sum;
}

/** Lines at 45 degrees, cut at the bar's ends by construction. */
function addHatch({ pen }: Drawing, { x, y, w, h }: Rect): void {
  for (let at = x; at + h <= x + w; at += 4) {
    pen.moveTo(at, y + h);
    pen.lineTo(at + h, y);
  }
}

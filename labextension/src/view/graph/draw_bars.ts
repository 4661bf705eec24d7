/** Heat bars: length is the share of the parent, colour the share of the program. */

import type { Drawing } from "./draw";
import type { Body } from "./draw_boxes";
import type { Rect } from "./sight";

const thick = 4;

interface Bar {
  readonly rect: Rect;
  readonly filled: number;
}

export function drawBars(drawing: Drawing, bodies: readonly Body[]): void {
  const { pen, palette } = drawing;
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
    const share = Math.min(1, heat.value / valueAround(drawing, body.box));
    const steps = heat.kind === "attributed" ? hollow : solid;
    const bar = { rect, filled: Math.max(3, rect.w * share) };
    const bars = steps.get(heat.step);
    if (bars) bars.push(bar);
    else steps.set(heat.step, [bar]);
  }
  pen.begin();
  for (const { x, y, w, h } of tracks) pen.round(x, y, w, h, h / 2);
  pen.fill(palette.track);
  for (const [step, bars] of solid) {
    addBars(drawing, bars, 0);
    pen.fill(palette.heat[step]);
    // The lightest steps would be lost on the ground.
    pen.stroke(palette.border, 0.5);
  }
  for (const [step, bars] of hollow) {
    addBars(drawing, bars, 0);
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

function addBars({ pen }: Drawing, bars: readonly Bar[], grow: number): void {
  pen.begin();
  for (const { rect, filled } of bars)
    pen.round(rect.x - grow, rect.y - grow, filled + 2 * grow, rect.h + 2 * grow, rect.h / 2);
}

/** What the boxes beside it sum up to: the heat of the box around, or the program's. */
function valueAround({ scene, heat }: Drawing, box: number): number {
  for (let at = scene.parent[box]; at >= 0; at = scene.parent[at]) {
    const around = heat(scene.items[at]);
    if (around !== null && around.value > 0) return around.value;
  }
  const own = heat(scene.items[box])!;
  return own.share > 0 ? own.value / own.share : own.value;
}

/** Lines at 45 degrees, cut at the bar's ends by construction. */
function addHatch({ pen }: Drawing, { x, y, w, h }: Rect): void {
  for (let at = x; at + h <= x + w; at += 4) {
    pen.moveTo(at, y + h);
    pen.lineTo(at + h, y);
  }
}

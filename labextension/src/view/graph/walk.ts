/** Moves by keyboard: to the next box in a direction, and along edges. */

import type { Scene } from "./flatten";

export type Direction = "left" | "right" | "up" | "down";

/** The nearest box that way, -1 where there is none. An open group counts as its header. */
export function nextBox(scene: Scene, from: number, direction: Direction): number {
  const across = direction === "left" || direction === "right";
  const sign = direction === "right" || direction === "down" ? 1 : -1;
  const a = target(scene, from);
  let best = -1;
  let least = Infinity;
  for (let box = 0; box < scene.count; box++) {
    if (box === from) continue;
    const b = target(scene, box);
    const [dx, dy] = [gap(a.x, a.w, b.x, b.w), gap(a.y, a.h, b.y, b.h)];
    const middle = across ? b.x + b.w / 2 - a.x - a.w / 2 : b.y + b.h / 2 - a.y - a.h / 2;
    if (middle * sign <= 0) continue;
    const along = across ? dx : dy;
    const aside = across ? dy : dx;
    // What is beside the way counts double; what only overlaps in the other axis isn't that way.
    if (along === 0 && aside > 0) continue;
    const skew = across
      ? Math.abs(b.y + b.h / 2 - a.y - a.h / 2)
      : Math.abs(b.x + b.w / 2 - a.x - a.w / 2);
    const distance = along + 2 * aside + skew / 8;
    if (distance < least) [least, best] = [distance, box];
  }
  return best;
}

function target(scene: Scene, box: number) {
  const h = scene.open[box] ? 24 : scene.h[box];
  return { x: scene.x[box], y: scene.y[box], w: scene.w[box], h };
}

const gap = (a: number, long: number, b: number, wide: number) =>
  Math.max(0, b - a - long, a - b - wide);

/** The box at the other end of an edge that enters ("operand") or leaves ("user"); of several the
 * widest, and the one after `last` where that was the answer before. -1 where there is none. */
export function alongEdge(
  scene: Scene,
  from: number,
  to: "operand" | "user",
  last: number,
): number {
  const pane = scene.panes[scene.pane[from]];
  const place = scene.place[from];
  const ends = pane.laid.level.edges
    .filter((edge) => (to === "operand" ? edge.to : edge.from) === place)
    .sort((a, b) => (b.bytes || 0) - (a.bytes || 0))
    .map((edge) => pane.boxes[to === "operand" ? edge.from : edge.to]);
  if (ends.length > 0) return ends[(ends.indexOf(last) + 1) % ends.length];
  // A port, or what stands first or last: on to what is around it.
  return pane.box;
}

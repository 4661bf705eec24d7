/** The layout of what is too much for a picture: boxes in rows, in their order; edges run in the
 * strips between rows and between columns, where they may lie on each other. */

import { space } from "./space";
import type { Layout } from "./types";
import { Flow, type Work } from "./work";

export function gridLayout(work: Work, room: number): Layout {
  const { boxes, width, height } = work;
  const cell = width.reduce((most, w) => Math.max(most, w), 1);
  const area = height.reduce((sum, h) => sum + (cell + space.sibling) * (h + space.rank), 0);
  const wide = Math.max(room, Math.sqrt(area));
  const across = Math.max(1, Math.floor((wide + space.sibling) / (cell + space.sibling)));
  const rows = Math.ceil(boxes / across);
  const x = new Float64Array(boxes);
  const y = new Float64Array(boxes);
  const bottom = new Float64Array(rows);
  let top: number = space.rank;
  for (let row = 0; row < rows; row++) {
    let high = 0;
    for (let box = row * across; box < Math.min(boxes, (row + 1) * across); box++) {
      x[box] = (box % across) * (cell + space.sibling);
      y[box] = top;
      high = Math.max(high, height[box]);
    }
    bottom[row] = top + high;
    top += high + space.rank;
  }

  const routes = Array.from({ length: work.edges }, (_, e) => {
    if (work.flow[e] === Flow.none || work.flow[e] === Flow.self) return new Float64Array();
    const [a, b] = [work.from[e], work.to[e]];
    const [ax, bx] = [x[a] + width[a] / 2, x[b] + width[b] / 2];
    const leave = bottom[Math.floor(a / across)] + space.leave;
    const enter = y[b] - space.enter;
    const side = x[a] + cell + space.sibling / 2;
    return Float64Array.of(
      ...[ax, y[a] + height[a], ax, leave, side, leave, side, enter, bx, enter, bx, y[b]],
    );
  });
  return {
    width: Math.min(boxes, across) * (cell + space.sibling),
    height: top,
    x,
    y,
    routes,
    lanes: [],
  };
}

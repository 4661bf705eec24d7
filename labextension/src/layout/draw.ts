/** From columns to coordinates: tracks, x of gutters and columns, y of ranks, and the routes. */

import { type Route, routeAcross, rowUnit, type Side, type SideLine, sideKey } from "./across";
import { attach, type Ends } from "./attach";
import type { Column, Columns } from "./columns";
import { space } from "./space";
import { Channel, type Line } from "./tracks";
import { Flow } from "./work";

/** A component with its coordinates, from its own top left corner. */
export interface Piece {
  readonly width: number;
  readonly height: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly routes: readonly Float64Array[];
  readonly columns: readonly { readonly x: number; readonly width: number }[];
}

/** `leastHeight`: the last rank's ports stand at least at this depth. */
export function draw(on: Columns, leastHeight: number): Piece {
  const { work, columns, ranks, rank, column, local } = on;
  const channels = Array.from({ length: ranks + 1 }, () => new Channel());
  const gutters = columns.map(() => new Channel());
  const across = routeAcross(on, channels, gutters);

  // x: columns and the gutters right of them.
  const left: number[] = [];
  let width = 0;
  gutters.forEach((gutter, c) => {
    gutter.deal(rowUnit);
    left.push(width);
    width += columns[c].placing.width;
    const inner = c + 1 < columns.length;
    const least = inner ? on.laneGap || space.component : 0;
    const tracks = Math.max(0, gutter.tracks - 1) * space.track;
    const extent = Math.max(least, gutter.extent(space.passing + (inner ? space.enter : 0)));
    gutter.settle(inner ? width + (extent - tracks) / 2 : width + space.passing);
    width += extent;
  });
  const x = new Float64Array(work.boxes);
  for (let box = 0; box < work.boxes; box++) {
    const { placing } = columns[column[box]];
    x[box] = left[column[box]] + placing.middle[local[box]] - work.width[box] / 2;
  }

  const routes = across.routes;
  columns.forEach((column, c) => {
    const stubs = across.stubs.filter((stub) => on.column[stub.box] === c);
    routeAlong(column, attach(column, c, left[c], stubs, local), channels, routes);
  });
  for (const { net, line, side } of across.meetings) net.meet(line.at, side);

  // y: ranks and the channels above them.
  const high = new Float64Array(ranks);
  for (let box = 0; box < work.boxes; box++) {
    high[rank[box]] = Math.max(high[rank[box]], work.height[box]);
  }
  const top = new Float64Array(ranks);
  let height = 0;
  channels.forEach((channel, r) => {
    channel.deal(space.track);
    const inner = r > 0 && r < ranks;
    const usual = on.laneGap > 0 || channel.tracks > 0 ? space.rank : space.chain;
    const needed = channel.extent(space.leave + space.enter);
    let extent = Math.max(inner ? usual : 0, needed);
    const slack = extent - needed;
    channel.settle(height + space.leave + slack / 2);
    if (r === ranks - 1) extent = Math.max(extent, leastHeight - height - high[r]);
    height += extent;
    if (r === ranks) return;
    top[r] = height;
    height += high[r];
  });
  const y = new Float64Array(work.boxes);
  for (let box = 0; box < work.boxes; box++) {
    const slack = high[rank[box]] - work.height[box];
    y[box] = top[rank[box]] + (work.port[box] > 0 ? slack : Math.min(slack / 2, space.track));
  }
  placeSides(across.sides, work.height, y);

  const box = { x, y, width: work.width, height: work.height };
  const drawn = Array.from({ length: work.edges }, (_, e) => {
    const route = routes.get(e);
    if (route) return trace(route, work.from[e], work.to[e], box);
    return work.flow[e] === Flow.self ? loop(work.from[e], box) : new Float64Array();
  });
  return {
    width,
    height,
    x,
    y,
    routes: drawn,
    columns: left.map((x, c) => ({ x, width: columns[c].placing.width })),
  };
}

/** Edges within a column: upright, but where they change over in a channel between ranks. */
function routeAlong(
  { layers, up }: Column,
  ends: Ends,
  channels: readonly Channel[],
  routes: Map<number, Route>,
): void {
  const [leaves, enters]: Side[] = up ? ["top", "bottom"] : ["bottom", "top"];
  for (const [edge, path] of layers.paths) {
    const lines = [ends.upper[path[0]]];
    for (const s of path) {
      const [from, to] = [ends.upper[s], ends.lower[s]];
      if (Math.abs(from.at - to.at) < 0.01) continue;
      const net = channels[layers.rank[layers.upper[s]] + 1].net(ends.key[s]);
      net.meet(from.at, "before");
      net.meet(to.at, "after");
      lines.push(net, to);
    }
    routes.set(edge, { lines: up ? lines.reverse() : lines, leaves, enters });
  }
}

/** Level lines at the sides of boxes: at half height, or where both of their boxes are. Where lines
 * run to the right and to the left, those to the right are above. */
function placeSides(
  sides: ReadonlyMap<string, SideLine>,
  height: Float64Array,
  y: Float64Array,
): void {
  for (const { line, box, side, out, opposite } of sides.values()) {
    const other = side === "left" ? "right" : "left";
    const both = sides.has(sideKey(box, side, !out)) || sides.has(sideKey(opposite, other, out));
    let [low, high] = [y[box], y[box] + height[box]];
    if (opposite >= 0) {
      low = Math.max(low, y[opposite]);
      high = Math.min(high, y[opposite] + height[opposite]);
    }
    const apart = both ? Math.min(space.track / 2 + 1, (high - low) / 4) : 0;
    line.at = (low + high) / 2 + ((side === "right") === out ? -apart : apart);
  }
}

interface Boxes {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly width: Float64Array;
  readonly height: Float64Array;
}

function border(box: number, side: Side, { x, y, width, height }: Boxes): number {
  if (side === "left") return x[box];
  if (side === "right") return x[box] + width[box];
  return side === "top" ? y[box] : y[box] + height[box];
}

/** The points where a route's lines meet, between the borders of its boxes. */
function trace(route: Route, from: number, to: number, boxes: Boxes): Float64Array {
  const { lines, leaves, enters } = route;
  const points: number[] = [];
  const add = (upright: boolean, line: Line, along: number) => {
    points.push(...(upright ? [line.at, along] : [along, line.at]));
  };
  let upright = leaves === "top" || leaves === "bottom";
  add(upright, lines[0], border(from, leaves, boxes));
  for (let i = 0; i + 1 < lines.length; i++, upright = !upright) {
    add(upright, lines[i], lines[i + 1].at);
  }
  add(upright, lines[lines.length - 1], border(to, enters, boxes));
  return Float64Array.from(points);
}

/** A box that feeds itself: a loop at its right side. */
function loop(box: number, { x, y, width, height }: Boxes): Float64Array {
  const right = x[box] + width[box];
  const [low, high] = [y[box] + height[box] * 0.7, y[box] + height[box] * 0.3];
  const far = right + space.passing;
  return Float64Array.of(right, low, far, low, far, high, right, high);
}

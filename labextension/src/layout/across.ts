/** Edges that leave their column's flow: between lanes, to the next piece of a wrapped chain, and
 * back up beside a column. They leave and arrive at the side of a box where no other box of its
 * rank is in the way, else through the channel between ranks, and run up or down in the gutters
 * right of the columns. */

import type { Columns } from "./columns";
import { type Channel, Line, type Net } from "./tracks";
import { Flow } from "./work";

export type Side = "top" | "bottom" | "left" | "right";

/** An edge's way: lines that meet, alternately upright and level. */
export interface Route {
  readonly lines: readonly Line[];
  readonly leaves: Side;
  readonly enters: Side;
}

/** A level line at the side of a box. */
export interface SideLine {
  readonly line: Line;
  readonly box: number;
  readonly side: "left" | "right";
  /** Whether it leaves the box. */
  readonly out: boolean;
  /** The box at the other end where that is all there is between. */
  opposite: number;
}

export const sideKey = (box: number, side: "left" | "right", out: boolean) =>
  `${box} ${side} ${out}`;

/** An upright line at a box's top or bottom edge that leads to a channel. */
export interface Stub {
  readonly line: Line;
  readonly box: number;
  readonly side: "top" | "bottom";
  /** Px from the box's middle, NaN where that is free. */
  readonly at: number;
  readonly leaves: boolean;
  /** Where it comes from or goes to, as far as known. */
  toward: Line;
}

/** A place where a level line in a channel meets an upright one whose x isn't known yet. */
interface Meeting {
  readonly net: Net;
  readonly line: Line;
  readonly side: "before" | "after" | "within";
}

export interface Across {
  readonly routes: Map<number, Route>;
  readonly sides: ReadonlyMap<string, SideLine>;
  readonly stubs: readonly Stub[];
  readonly meetings: readonly Meeting[];
}

/** Places along a gutter, before y is known: ranks are this far apart, channels between them. */
const row = 100;
export const rowUnit = 8;

export function routeAcross(on: Columns, channels: Channel[], gutters: Channel[]): Across {
  const { work, rank, column, columns } = on;
  const routes = new Map<number, Route>();
  const sides = new Map<string, SideLine>();
  const stubs = new Map<string, Stub>();
  const meetings: Meeting[] = [];
  const fanOut = new Int32Array(work.boxes);
  const fanIn = new Int32Array(work.boxes);
  for (const e of on.across) {
    fanOut[work.from[e]]++;
    fanIn[work.to[e]]++;
  }
  const empty = (c: number, r: number) => columns[c].first[r] < 0;
  const outermost = (box: number, side: "left" | "right") => {
    const { first, last } = columns[column[box]];
    return (side === "right" ? last : first)[rank[box]] === box;
  };

  // First those that run level all the way, for they say where the sides' lines are.
  const rest: number[] = [];
  for (const e of on.across) if (!level(e)) rest.push(e);
  for (const e of rest) winding(e);
  return { routes, sides, stubs: [...stubs.values()], meetings };

  function sideLine(box: number, side: "left" | "right", out: boolean, line?: Line): SideLine {
    const key = sideKey(box, side, out);
    let found = sides.get(key);
    if (!found) {
      found = { line: line ?? new Line(), box, side, out, opposite: -1 };
      sides.set(key, found);
    }
    return found;
  }

  function level(e: number): boolean {
    const [a, b] = [work.from[e], work.to[e]];
    if (rank[a] !== rank[b] || column[a] === column[b] || work.flow[e] === Flow.back) return false;
    const right = column[b] > column[a];
    const [side, other] = right ? (["right", "left"] as const) : (["left", "right"] as const);
    if (!sided(e, a, side, true) || !sided(e, b, other, false)) return false;
    const [low, high] = right ? [column[a], column[b]] : [column[b], column[a]];
    for (let c = low + 1; c < high; c++) if (!empty(c, rank[a])) return false;
    const from = sideLine(a, side, true);
    const to = sideLine(b, other, false, from.line);
    from.opposite = b;
    to.opposite = a;
    routes.set(e, { lines: [from.line], leaves: side, enters: other });
    return true;
  }

  /** Whether an edge may use the side of a box; one whose place on the box is given may not. */
  function sided(e: number, box: number, side: "left" | "right", out: boolean): boolean {
    return outermost(box, side) && Number.isNaN(out ? work.fromAt[e] : work.toAt[e]);
  }

  function winding(e: number): void {
    const [a, b] = [work.from[e], work.to[e]];
    const right = column[b] >= column[a];
    const step = right ? 1 : -1;
    const leaves = right ? "right" : "left";
    const enters = column[b] > column[a] ? "left" : "right";
    // Gutter g is right of column g.
    let from = right ? column[a] : column[a] - 1;
    let to = column[b] > column[a] ? column[b] - 1 : column[b];
    const key = fanOut[a] > fanIn[b] ? `from ${a}` : `to ${b}`;
    const bySide = sided(e, a, leaves, true);
    const toSide = sided(e, b, enters, false);
    const behind = (gutter: number) => (right ? gutter + 1 : gutter);
    if (bySide) while (from !== to && empty(behind(from), rank[a])) from += step;
    if (toSide) while (from !== to && empty(behind(to - step), rank[b])) to -= step;

    const start = bySide ? sideLine(a, leaves, true) : undefined;
    const end = toSide ? sideLine(b, enters, false) : undefined;
    const exit = bySide ? -1 : channelOf(e, a, true);
    const entry = toSide ? -1 : channelOf(e, b, false);
    const rowOf = (box: number, channel: number) =>
      channel < 0 ? (rank[box] + 0.5) * row : channel * row;
    const lines: Line[] = [];
    const first = start ? undefined : stub(e, a, exit, true);
    lines.push(start ? start.line : first!.line);
    if (start && end && from !== to) {
      // Over the columns between in the channel on this side of the target's rank.
      const over = rank[a] < rank[b] ? rank[b] : rank[b] + 1;
      const g1 = gutter(from, key, rowOf(a, -1), over * row, right, undefined);
      const g2 = gutter(to, key, over * row, rowOf(b, -1), undefined, enters === "left");
      lines.push(g1, along(over, key, undefined, g1, g2), g2);
    } else if (start || end || exit !== entry) {
      const g = start || !end ? from : to;
      const arrives = end ? enters === "left" : undefined;
      const net = gutter(g, key, rowOf(a, exit), rowOf(b, entry), start && right, arrives);
      if (first) lines.push(along(exit, key, first, net));
      lines.push(net);
    }
    if (end) lines.push(end.line);
    else {
      const last = stub(e, b, entry, false);
      if (exit !== entry) last.toward = lines[lines.length - 1];
      else last.toward = first!.line;
      lines.push(along(entry, key, last, lines[lines.length - 1]), last.line);
      if (exit === entry) along(entry, key, first);
    }
    routes.set(e, {
      lines,
      leaves: start ? leaves : exit > rank[a] ? "bottom" : "top",
      enters: end ? enters : entry > rank[b] ? "bottom" : "top",
    });
  }

  /** The channel that an edge leaves into, or comes from: on its flow's side of the box. Given
   * places are at the bottom for what leaves and on top for what enters, whatever the flow. */
  function channelOf(e: number, box: number, out: boolean): number {
    const at = out ? work.fromAt[e] : work.toAt[e];
    const up = columns[column[box]].up && Number.isNaN(at);
    const port = work.port[box];
    const below = port !== 0 ? port < 0 : out !== up;
    return below ? rank[box] + 1 : rank[box];
  }

  function stub(e: number, box: number, channel: number, leaves: boolean): Stub {
    const at = leaves ? work.fromAt[e] : work.toAt[e];
    const side = channel > rank[box] ? "bottom" : "top";
    const key = `${box} ${side} ${at} ${leaves}`;
    let found = stubs.get(key);
    if (!found) {
      found = { line: new Line(), box, side, at, leaves, toward: new Line() };
      stubs.set(key, found);
    }
    return found;
  }

  /** The line of an edge in a channel between ranks, which meets a box's stub and other lines. */
  function along(channel: number, key: string, stub: Stub | undefined, ...met: Line[]): Net {
    const net = channels[channel].net(key);
    if (stub) {
      meetings.push({ net, line: stub.line, side: stub.side === "bottom" ? "before" : "after" });
    }
    for (const line of met) meetings.push({ net, line, side: "within" });
    return net;
  }

  /** The line of an edge in a gutter. `startsLeft`: it is entered from the left; undefined where
   * that is in a channel between ranks. */
  function gutter(
    g: number,
    key: string,
    start: number,
    end: number,
    startsLeft: boolean | undefined,
    endsRight: boolean | undefined,
  ): Net {
    const net = gutters[g].net(key);
    net.meet(start, startsLeft === undefined ? "within" : startsLeft ? "before" : "after");
    net.meet(end, endsRight === undefined ? "within" : endsRight ? "after" : "before");
    return net;
  }
}

/** What happened when, in lanes that can be zoomed into. */

import type { Timeline } from "../../../model/tabs";
import type { Pen } from "../../graph/pen";
import { cutMiddle, quantity } from "./kit";
import {
  ground,
  type Look,
  largest,
  line,
  nameOf,
  type Picture,
  ring,
  SMALL,
  TOP,
  ticks,
} from "./picture";

const AXIS = 20;
const HEAD = 18; // px of a lane's name
const BAR = 16;
const MOST = 8; // bars upon each other in one lane
const LEAST = 26; // px of a span with a name in it
const CLOSEST = 1e-9; // seconds that the whole width may show

export function timelinePicture(chart: Timeline): Picture {
  const { lanes, lane, names, starts, seconds } = chart;
  const ends = starts.map((start, at) => start + seconds[at]);
  const first = starts.reduce((least, start) => Math.min(least, start), Infinity);
  const last = ends.reduce((most, end) => Math.max(most, end), -Infinity);
  const begin = names.length > 0 ? first : 0;
  const whole = names.length > 0 ? Math.max(last - first, CLOSEST) : 1;
  const order = names.map((_, at) => at);
  order.sort((a, b) => lane[a] - lane[b] || starts[a] - starts[b] || seconds[b] - seconds[a]);

  // In a lane, what runs within something else stands below it.
  const level = new Int32Array(names.length);
  const levels = lanes.map(() => 0);
  let open: number[] = [];
  let current = -1;
  for (const at of order) {
    if (lane[at] !== current) open = [];
    current = lane[at];
    let own = open.findIndex((end) => end <= starts[at] + seconds[at] * 1e-6 + 1e-10);
    if (own < 0) own = Math.min(open.length, MOST - 1);
    open[own] = ends[at];
    level[at] = own;
    levels[current] = Math.max(levels[current], own + 1);
  }
  const tops: number[] = [];
  let height = AXIS;
  for (const count of levels) {
    tops.push(height + HEAD);
    height += HEAD + Math.max(1, count) * BAR + 4;
  }
  const topOf = (entry: number) => tops[lane[entry]] + level[entry] * BAR;
  let view = { from: begin, room: whole };

  function look(from: number, wanted: number): boolean {
    const room = Math.min(whole, Math.max(CLOSEST, wanted));
    const next = { from: Math.min(Math.max(from, begin), begin + whole - room), room };
    const changed = next.from !== view.from || next.room !== view.room;
    view = next;
    return changed;
  }

  function edges(entry: number, width: number): readonly [number, number] {
    const scale = width / view.room;
    const left = (starts[entry] - view.from) * scale;
    return [Math.max(-2, left), Math.min(width + 2, left + Math.max(1, seconds[entry] * scale))];
  }

  const isSeen = ([left, right]: readonly [number, number], width: number) =>
    right > 0 && left < width;

  function axis(pen: Pen, { palette, width }: Look): void {
    const marks = ticks(view.from - begin, view.from - begin + view.room, width / 110);
    // Far inside, three digits don't tell the marks apart: they count from the first.
    const close = marks.length > 1 && (marks[1] - marks[0]) * 200 < marks[1];
    marks.forEach((mark, at) => {
      const x = ((mark + begin - view.from) / view.room) * width;
      line(pen, palette.inner, [x, AXIS - 4, x, height]);
      const from = close && at > 0 ? marks[0] : 0;
      const words = `${from ? "+" : ""}${quantity(mark - from, "s")}`;
      const style = { ...SMALL, color: palette.second };
      if (x < width - 60) pen.text(words, x + 3, AXIS / 2, style);
    });
  }

  function spans(pen: Pen, seen: Look): void {
    const { palette, width, measure } = seen;
    const paths = new Map<string, number[]>();
    const named: number[] = [];
    let before = "";
    for (const at of order) {
      const [left, right] = edges(at, width);
      if (!isSeen([left, right], width)) continue;
      // Of those that fall on one pixel, one is drawn.
      const spot = right - left <= 1.5 ? `${lane[at]} ${level[at]} ${Math.round(left)}` : "";
      if (spot && spot === before) continue;
      before = spot;
      const color = chart.nodeOf(at) < 0 ? palette.inner : palette.families[seen.family(at)];
      const path = paths.get(color);
      if (path) path.push(at);
      else paths.set(color, [at]);
      if (right - left >= LEAST) named.push(at);
    }
    // One by one: filling a path of thousands of rectangles takes seventeen times as long.
    for (const [color, path] of paths) {
      for (const at of path) {
        const [left, right] = edges(at, width);
        const isWide = right - left > 4;
        pen.begin();
        pen.rect(left, topOf(at), right - left - (isWide ? 1 : 0), BAR - 1);
        pen.fill(color);
        if (isWide && color === palette.inner) pen.stroke(palette.border, 0.5);
      }
    }
    for (const at of named) {
      const [left, right] = edges(at, width);
      const from = Math.max(0, left);
      const color = chart.nodeOf(at) < 0 ? palette.text : palette.canvas;
      const room = Math.min(width, right) - from - 8;
      const text = cutMiddle(nameOf(names, at), room, SMALL, measure);
      pen.text(text, from + 4, topOf(at) + BAR / 2 - 0.5, { ...SMALL, color });
    }
  }

  const top = largest(seconds, TOP);
  return {
    noun: "Timeline",
    hint: "w and s zoom, a and d pan, arrows walk, 0 shows all, Enter shows it in the graph",
    summary: `${names.length.toLocaleString("en")} spans of ${quantity(whole, "s")} in ${
      lanes.length
    } lanes: ${lanes
      .slice(0, 6)
      .map((_, at) => nameOf(lanes, at))
      .join(", ")}.`,
    count: names.length,
    byFamily: true,
    height: () => height,
    draw(pen, seen) {
      const { palette, width } = seen;
      ground(pen, seen, height);
      axis(pen, seen);
      lanes.forEach((_, at) => {
        const y = tops[at] - HEAD;
        line(pen, palette.inner, [0, y + 0.5, width, y + 0.5]);
        const style = { ...SMALL, color: palette.second, halo: palette.canvas };
        pen.text(nameOf(lanes, at), 3, y + HEAD / 2 + 1, style);
      });
      spans(pen, seen);
      for (const at of order) {
        const [left, right] = edges(at, width);
        if (!isSeen([left, right], width)) continue;
        ring(pen, seen, at, [left, topOf(at), right - left - 1, BAR - 1, 1]);
      }
    },
    at(x, y, width) {
      let found = -1;
      let nearest = 3; // px beside a thin span that still count as on it
      for (const at of order) {
        if (y < topOf(at) || y >= topOf(at) + BAR) continue;
        const [left, right] = edges(at, width);
        const away = Math.max(0, left - x, x - right);
        if (away < nearest) [found, nearest] = [at, away];
      }
      return found;
    },
    tell: (at) => [
      nameOf(names, at),
      `${quantity(seconds[at], "s")} from ${quantity(starts[at] - begin, "s")}`,
      nameOf(lanes, lane[at]),
    ],
    next(entry, key) {
      if (entry < 0) return order.find((at) => starts[at] >= view.from) ?? order[0] ?? -1;
      const row = order.filter((at) => lane[at] === lane[entry] && level[at] === level[entry]);
      const at = row.indexOf(entry);
      if (key === "Home") return row[0];
      if (key === "End") return row[row.length - 1];
      const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
      if (step !== undefined) return row[at + step] ?? entry;
      const way = key.endsWith("Up") ? -1 : 1;
      const beside = order.filter((other) => way * (topOf(other) - topOf(entry)) > 0);
      const near = way * beside.reduce((y, other) => Math.min(y, way * topOf(other)), Infinity);
      const middle = starts[entry] + seconds[entry] / 2;
      const away = (other: number) => Math.max(0, starts[other] - middle, middle - ends[other]);
      return beside
        .filter((other) => topOf(other) === near)
        .reduce((best, other, at) => (at === 0 || away(other) < away(best) ? other : best), entry);
    },
    table: {
      columns: ["span", "lane", "start", "time"],
      units: ["", "", "s", "s"],
      entries: top,
      cells: (at) => [names[at], lanes[lane[at]], starts[at] - begin, seconds[at]],
    },
    zoom: (factor, about) =>
      look(view.from + about * view.room * (1 - 1 / factor), view.room / factor),
    pan: (share) => look(view.from + share * view.room, view.room),
    reveal(entry) {
      const [left, right] = edges(entry, 1);
      if (seconds[entry] > view.room) look(starts[entry], seconds[entry] * 1.2);
      else if (left < 0 || right > 1) {
        look(starts[entry] + seconds[entry] / 2 - view.room / 2, view.room);
      }
    },
  };
}

/** A flame graph that grows downwards: boxes inside boxes, as wide as what they took. */

import type { Flame } from "../../../model/tabs";
import type { Pen } from "../../graph/pen";
import { cutMiddle, quantity, share, stepOf } from "./kit";
import { ground, type Look, largest, nameOf, type Picture, ring, SMALL, TOP } from "./picture";

const ROW = 22;
const LEAST = 28; // px of a box with a name in it

export function flamePicture(chart: Flame): Picture {
  const { names, parents, unit } = chart;
  const source = nameOf([chart.source], 0);
  const values = chart.values.map((value) => (value > 0 && Number.isFinite(value) ? value : 0));
  const inside: number[][] = names.map(() => []);
  const tops: number[] = [];
  const depth = new Int32Array(names.length);
  parents.forEach((parent, at) => {
    (parent < 0 ? tops : inside[parent]).push(at);
    if (parent >= 0) depth[at] = depth[parent] + 1;
  });
  const sum = (entries: readonly number[]) => entries.reduce((all, at) => all + values[at], 0);
  const total = sum(tops);
  // As shares of the whole. Rounding must not push a box out of the one around it.
  const start = new Float64Array(names.length);
  const wide = new Float64Array(names.length);
  const place = (entries: readonly number[], from: number, room: number, whole: number) => {
    const scale = room / (Math.max(whole, sum(entries)) || 1);
    let at = from;
    for (const entry of entries) {
      start[entry] = at;
      wide[entry] = values[entry] * scale;
      at += wide[entry];
    }
  };
  place(tops, 0, 1, total);
  inside.forEach((entries, at) => {
    place(entries, start[at], wide[at], values[at]);
  });
  const rows = 1 + depth.reduce((most, own) => Math.max(most, own), 0);
  let focus = -1;

  /** Left and right edge in px. */
  function edges(entry: number, width: number): readonly [number, number] {
    const [from, room] = focus < 0 ? [0, 1] : [start[focus], wide[focus] || 1];
    const left = ((start[entry] - from) / room) * width;
    return [Math.max(0, left), Math.min(width, left + (wide[entry] / room) * width)];
  }

  function path(entry: number): readonly number[] {
    const found: number[] = [];
    for (let at = entry; at >= 0; at = parents[at]) found.unshift(at);
    return found;
  }

  const amount = (entry: number) => quantity(chart.values[entry], unit);
  const siblings = (entry: number) => (parents[entry] < 0 ? tops : inside[parents[entry]]);
  const biggest = (entries: readonly number[]) =>
    entries.reduce((best, at) => (best < 0 || values[at] > values[best] ? at : best), -1);
  const leaves = names.map((_, at) => (inside[at].length > 0 ? 0 : values[at]));
  const top = largest(leaves, TOP);

  function box(pen: Pen, look: Look, entry: number): void {
    const [left, right] = edges(entry, look.width);
    if (right - left < 0.5) return;
    const { palette, measure } = look;
    const y = depth[entry] * ROW;
    const step = stepOf(total > 0 ? values[entry] / total : 0);
    const width = Math.max(0.5, right - left - 1);
    pen.begin();
    pen.rect(left, y, width, ROW - 1);
    pen.fill(palette.heat[step]);
    if (right - left < 4) return;
    // Pale steps, and all of them where colours are forced, show their edge by a line.
    if (step < 2 || palette.heat[0] === palette.canvas) pen.stroke(palette.border, 0.5);
    if (right - left < LEAST) return;
    const style = { ...SMALL, color: palette.onHeat[step] };
    const words = amount(entry);
    const name = nameOf(names, entry);
    const beside = measure(`${name}  ${words}`, SMALL) + 16 <= right - left;
    const cut = cutMiddle(name, right - left - 10, SMALL, measure);
    pen.text(cut, left + 5, y + ROW / 2, style);
    if (beside) pen.text(words, right - 6, y + ROW / 2, { ...style, align: "right" });
  }

  return {
    noun: "Flame graph",
    hint: "Arrows walk, Enter looks into a box or shows it in the graph, Escape steps out",
    summary: `${quantity(total, unit)} in all, ${source}. Most in ${top
      .slice(0, 3)
      .map((entry) => `${nameOf(names, entry)} (${share(values[entry], total)})`)
      .join(", ")}.`,
    count: names.length,
    byFamily: false,
    height: () => rows * ROW + 2,
    draw(pen, look) {
      ground(pen, look, rows * ROW + 2);
      for (let entry = 0; entry < names.length; entry++) box(pen, look, entry);
      for (let entry = 0; entry < names.length; entry++) {
        const [left, right] = edges(entry, look.width);
        if (right - left < 2) continue;
        ring(pen, look, entry, [left + 1, depth[entry] * ROW + 1, right - left - 3, ROW - 3, 2]);
      }
    },
    at(x, y, width) {
      const row = Math.floor(y / ROW);
      return names.findIndex((_, entry) => {
        const [left, right] = edges(entry, width);
        return depth[entry] === row && x >= left && x < right && right - left >= 0.5;
      });
    },
    tell(entry) {
      const way = path(entry).slice(0, -1);
      return [
        nameOf(names, entry),
        `${amount(entry)}, ${share(values[entry], total) || "none"} of all (${source})`,
        ...(way.length > 1 ? [way.map((at) => nameOf(names, at)).join(" › ")] : []),
      ];
    },
    next(entry, key) {
      if (entry < 0 || key === "Home") return biggest(tops);
      const row = siblings(entry);
      const at = row.indexOf(entry);
      const to = {
        ArrowDown: biggest(inside[entry]),
        ArrowUp: parents[entry],
        ArrowLeft: row[at - 1],
        ArrowRight: row[at + 1],
        End: row[row.length - 1],
      }[key];
      return to === undefined || to < 0 ? entry : to;
    },
    table: {
      columns: ["name", "in", "amount", "share"],
      units: ["", "", unit, "%"],
      entries: top,
      cells: (entry) => [
        names[entry],
        path(entry)
          .slice(1, -1)
          .map((at) => names[at])
          .join(" › "),
        chart.values[entry],
        total > 0 ? values[entry] / total : 0,
      ],
    },
    into(entry) {
      // To look into the only box at the top is to look at all.
      const wanted = tops.length === 1 && entry === tops[0] ? -1 : entry;
      if (wanted === focus || (wanted >= 0 && inside[wanted].length === 0)) return false;
      focus = wanted;
      return true;
    },
    trail: () => (tops.length > 1 && focus >= 0 ? [-1, ...path(focus)] : path(focus)),
    reveal(entry) {
      const [left, right] = edges(entry, 1);
      if (right <= left) focus = -1;
    },
  };
}

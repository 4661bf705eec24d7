/** How fast operations ran for what they compute per byte, below what the device can do. */

import type { Roof, Roofline } from "../../../model/tabs";
import type { Pen } from "../../graph/pen";
import { quantity } from "./kit";
import {
  axes,
  BOTTOM,
  ground,
  HEAD,
  LEFT,
  type Look,
  largest,
  nameOf,
  PAD,
  type Picture,
  ring,
  SMALL,
  TOP,
} from "./picture";

const FLOPS = "FLOP/s";

type Range = readonly [number, number];

export function rooflinePicture(chart: Roofline): Picture {
  const { names, intensities, speeds, seconds } = chart;
  const positive = (value: number) => value > 0 && Number.isFinite(value);
  const roofs = chart.roofs.filter(({ flops, bytes }) => positive(flops) && positive(bytes));
  const drawn = largest(seconds, names.length).filter(
    (at) => positive(intensities[at]) && positive(speeds[at]),
  );
  const missing = names.length - drawn.length;
  const across = range([
    ...drawn.map((at) => intensities[at]),
    ...roofs.map(({ flops, bytes }) => flops / bytes),
  ]);
  const down = range([...drawn.map((at) => speeds[at]), ...roofs.map(({ flops }) => flops)]);
  const longest = drawn.length > 0 ? seconds[drawn[0]] : 1;
  const total = seconds.reduce((sum, each) => sum + (positive(each) ? each : 0), 0);
  const radius = (at: number) => 3 + 11 * Math.sqrt(seconds[at] / longest);
  const height = (width: number) => Math.round(Math.min(360, Math.max(240, width * 0.56)));
  const part = (value: number, [low, high]: Range) => Math.log(value / low) / Math.log(high / low);
  const xOf = (value: number, width: number) => LEFT + part(value, across) * (width - LEFT - PAD);
  const yOf = (value: number, width: number) =>
    height(width) - BOTTOM - part(value, down) * (height(width) - BOTTOM - HEAD);

  function roofLine(pen: Pen, { palette, width }: Look, { flops, bytes, source }: Roof): void {
    const ridge = flops / bytes;
    // Below the picture's lower edge the slope begins further right.
    const from = Math.max(across[0], down[0] / bytes);
    pen.begin();
    pen.moveTo(xOf(from, width), yOf(from * bytes, width));
    pen.lineTo(xOf(ridge, width), yOf(flops, width));
    pen.lineTo(width - PAD, yOf(flops, width));
    pen.stroke(palette.text, 1.5, dashOf(source));
    const style = { ...SMALL, color: palette.text, halo: palette.canvas };
    const y = yOf(flops, width) - 8; // points are below
    pen.text(quantity(flops, FLOPS), width - PAD - 2, y, { ...style, align: "right" });
    const [x, slope] = [xOf(from, width), yOf(from * bytes, width)];
    pen.text(quantity(bytes, "B/s"), x + 10, Math.min(slope, height(width) - BOTTOM - 9), style);
  }

  return {
    noun: "Roofline",
    hint: "Arrows walk from point to point, Enter shows it in the graph",
    summary: `${drawn.length} operations${missing ? `, ${missing} more without a speed` : ""}, below ${roofs
      .map((roof) => `${nameOf([roof.name], 0)}: ${quantity(roof.flops, FLOPS)}`)
      .join(" and ")}.`,
    count: names.length,
    byFamily: true,
    height,
    draw(pen, look) {
      const { palette, width } = look;
      ground(pen, look, height(width));
      // The unit stands at the top, so that the numbers are short.
      const short = (value: number) => quantity(value, " ").trim();
      axes(pen, look, height(width), {
        across: decades(across, (width - LEFT) / 60).map((v) => [xOf(v, width), quantity(v)]),
        down: decades(down, height(width) / 45).map((v) => [yOf(v, width), short(v)]),
        name: "FLOP per byte",
      });
      pen.text(FLOPS, LEFT - 6, 9, { ...SMALL, color: palette.second, align: "right" });
      for (const at of drawn) {
        const r = radius(at);
        const [x, y] = [xOf(intensities[at], width), yOf(speeds[at], width)];
        const color = palette.families[look.family(at)];
        pen.begin();
        pen.round(x - r, y - r, 2 * r, 2 * r, r);
        pen.alpha(0.28);
        pen.fill(color);
        pen.alpha(1);
        pen.stroke(color, 1.25);
      }
      for (const roof of roofs) roofLine(pen, look, roof);
      for (const at of drawn) {
        const r = radius(at) + 2;
        const [x, y] = [xOf(intensities[at], width), yOf(speeds[at], width)];
        ring(pen, look, at, [x - r, y - r, 2 * r, 2 * r, r]);
      }
    },
    at(x, y, width) {
      // The small ones lie above the large ones.
      for (const at of [...drawn].reverse()) {
        const away = Math.hypot(x - xOf(intensities[at], width), y - yOf(speeds[at], width));
        if (away <= radius(at) + 2) return at;
      }
      return -1;
    },
    tell: (at) => [
      nameOf(names, at),
      `${quantity(seconds[at], "s")}, ${quantity(speeds[at], FLOPS)}`,
      `${quantity(intensities[at])} FLOP per byte`,
    ],
    next(entry, key) {
      const byX = [...drawn].sort((a, b) => intensities[a] - intensities[b]);
      const row = key === "ArrowUp" || key === "ArrowDown" ? drawn : byX;
      if (entry < 0) return drawn[0] ?? -1;
      const at = row.indexOf(entry);
      const to = {
        ArrowUp: at - 1,
        ArrowLeft: at - 1,
        ArrowDown: at + 1,
        ArrowRight: at + 1,
        Home: 0,
        End: row.length - 1,
      }[key];
      return row[to ?? at] ?? entry;
    },
    table: {
      columns: ["operation", "time", "share", "speed", "FLOP per byte"],
      units: ["", "s", "%", FLOPS, ""],
      entries: largest(seconds, TOP),
      cells: (at) => [
        names[at],
        seconds[at],
        total > 0 ? seconds[at] / total : 0,
        speeds[at],
        intensities[at],
      ],
    },
  };
}

/** What was measured here is a line, what others published is dashed. */
export const dashOf = (source: string): readonly number[] =>
  /^measured/.test(source) ? [] : [5, 4];

/** Half a decade round some values. */
function range(values: readonly number[]): Range {
  if (values.length === 0) return [0.1, 10];
  return [
    values.reduce((least, value) => Math.min(least, value)) / 3,
    values.reduce((most, value) => Math.max(most, value)) * 2,
  ];
}

/** Powers of ten in a range, not more than `most`. */
function decades([low, high]: Range, most: number): readonly number[] {
  const first = Math.ceil(Math.log10(low));
  const count = Math.floor(Math.log10(high)) - first + 1;
  const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
  const found: number[] = [];
  for (let at = 0; at < count; at += step) found.push(10 ** (first + at));
  return found;
}

/** A quantity along the steps of a program: a step curve whose peak is marked. */

import { quantity } from "../../../model/quantity";
import type { Curve } from "../../../model/tabs";
import type { Pen } from "../../graph/pen";
import {
  ground,
  type Look,
  largest,
  line,
  nameOf,
  type Picture,
  SMALL,
  TOP,
  ticks,
} from "./picture";

const LEFT = 58;
const BOTTOM = 34;
const PAD = 12;

export function curvePicture(chart: Curve, nameAt: (step: number) => string): Picture {
  const { unit } = chart;
  const [source, name] = [chart.source, chart.steps].map((text) => nameOf([text], 0));
  const values = chart.values.map((value) => (Number.isFinite(value) ? value : 0));
  const count = values.length;
  const peak = values.reduce((best, value, at) => (value > values[best] ? at : best), 0);
  const most = values[peak] > 0 ? values[peak] : 1;
  const height = (width: number) => Math.round(Math.min(260, Math.max(180, width * 0.36)));
  const xOf = (step: number, width: number) => LEFT + (step / count) * (width - LEFT - PAD);
  const yOf = (value: number, width: number) =>
    height(width) - BOTTOM - (Math.max(0, value) / (most * 1.12)) * (height(width) - BOTTOM - PAD);

  function axes(pen: Pen, { palette, width }: Look): void {
    const [base, style] = [height(width) - BOTTOM, { ...SMALL, color: palette.second }];
    for (const value of ticks(0, most * 1.1, base / 44)) {
      const y = yOf(value, width);
      line(pen, palette.inner, [LEFT, y, width - PAD, y]);
      pen.text(quantity(value, unit), LEFT - 6, y, { ...style, align: "right" });
    }
    for (const step of ticks(0, count, (width - LEFT) / 90).filter(Number.isInteger)) {
      const x = xOf(step, width);
      if (x < width - 24) pen.text(quantity(step), x, base + 11, { ...style, align: "center" });
    }
    pen.text(`${name}s, in order`, width - PAD, base + 26, { ...style, align: "right" });
  }

  /** Of the steps on one pixel the largest is drawn: a peak must not be lost. */
  function outline(pen: Pen, width: number, bottom: boolean): void {
    const points = Math.min(count, Math.ceil(width - LEFT - PAD));
    pen.begin();
    pen.moveTo(LEFT, yOf(bottom ? 0 : values[0], width));
    for (let point = 0; point < points; point++) {
      const from = Math.floor((point / points) * count);
      const until = Math.max(from + 1, Math.floor(((point + 1) / points) * count));
      let value = values[from];
      for (let at = from + 1; at < until; at++) value = Math.max(value, values[at]);
      pen.lineTo(xOf(from, width), yOf(value, width));
      pen.lineTo(xOf(until, width), yOf(value, width));
    }
    if (bottom) pen.lineTo(width - PAD, yOf(0, width));
  }

  function mark(pen: Pen, look: Look, step: number, color: string): void {
    const { width } = look;
    const x = xOf(step + 0.5, width);
    line(pen, color, [x, PAD, x, height(width) - BOTTOM], [2, 2]);
    pen.begin();
    pen.round(x - 4, yOf(values[step], width) - 4, 8, 8, 4);
    pen.fill(color);
    pen.stroke(look.palette.canvas, 1.5);
  }

  const told = (step: number) =>
    `${quantity(chart.values[step], unit)} at ${name} ${quantity(step + 1)} of ${quantity(count)}`;

  return {
    noun: "Curve",
    hint: "Arrows go step by step, Up to the peak, Enter shows it in the graph",
    summary: `Peak ${count > 0 ? told(peak) : "not known"}${nameAt(peak) && `, ${nameAt(peak)}`} (${source}).`,
    count,
    byFamily: false,
    height,
    draw(pen, look) {
      const { palette, width } = look;
      ground(pen, look, height(width));
      axes(pen, look);
      if (count === 0) return;
      const color = palette.families.contraction;
      outline(pen, width, true);
      pen.alpha(0.22);
      pen.fill(color);
      pen.alpha(1);
      outline(pen, width, false);
      pen.stroke(color, 1.5);
      for (let step = 0; step < count; step++) {
        if (look.isSelected(step)) mark(pen, look, step, palette.accent);
      }
      mark(pen, look, peak, palette.text);
      const [x, half] = [xOf(peak + 0.5, width), width / 2];
      pen.text(`peak ${quantity(most, unit)}`, x + (x < half ? 8 : -8), yOf(most, width) - 7, {
        ...{ size: 11, weight: 600, color: palette.text, halo: palette.canvas },
        align: x < half ? "left" : "right",
      });
      if (look.active >= 0) mark(pen, look, look.active, palette.text);
    },
    at(x, y, width) {
      const step = Math.floor(((x - LEFT) / (width - LEFT - PAD)) * count);
      return step >= 0 && step < count && y < height(width) - BOTTOM ? step : -1;
    },
    tell: (step) => [nameAt(step) || `${name} ${quantity(step + 1)}`, told(step)],
    next(step, key) {
      if (step < 0 || key === "ArrowUp") return peak;
      const jump = Math.max(1, Math.round(count / 20));
      const to = {
        ArrowLeft: step - 1,
        ArrowRight: step + 1,
        PageUp: step - jump,
        PageDown: step + jump,
        Home: 0,
        End: count - 1,
      }[key];
      return Math.max(0, Math.min(count - 1, to ?? step));
    },
    table: {
      columns: [name, "number", "amount"],
      units: ["", "", unit],
      entries: largest(values, TOP),
      cells: (step) => [nameAt(step), step + 1, chart.values[step]],
    },
  };
}

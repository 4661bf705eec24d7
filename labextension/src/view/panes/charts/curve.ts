/** A quantity along the steps of a program: a step curve whose peak is marked. */

import type { Curve } from "../../../model/tabs";
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
  line,
  nameOf,
  PAD,
  type Picture,
  TOP,
  ticks,
} from "./picture";

export function curvePicture(chart: Curve, nameAt: (step: number) => string): Picture {
  const { unit } = chart;
  const [source, name] = [chart.source, chart.steps].map((text) => nameOf([text], 0));
  const values = chart.values.map((value) => (Number.isFinite(value) ? value : 0));
  const count = values.length;
  const peak = values.reduce((best, value, at) => (value > values[best] ? at : best), 0);
  const most = values[peak] > 0 ? values[peak] : 1;
  const height = (width: number) => Math.round(Math.min(260, Math.max(180, width * 0.36)));
  const xOf = (step: number, width: number) => LEFT + (step / (count || 1)) * (width - LEFT - PAD);
  const yOf = (value: number, width: number) =>
    height(width) - BOTTOM - (Math.max(0, value) / (most * 1.05)) * (height(width) - BOTTOM - HEAD);

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
    line(pen, color, [x, HEAD, x, height(width) - BOTTOM], [2, 2]);
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
      const high = ticks(0, most * 1.05, height(width) / 52);
      const steps = ticks(0, count, (width - LEFT) / 90).filter(Number.isInteger);
      axes(pen, look, height(width), {
        across: steps.map((step) => [xOf(step, width), quantity(step)]),
        down: high.map((value) => [yOf(value, width), quantity(value, unit)]),
        name: `${name}s, in order`,
      });
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

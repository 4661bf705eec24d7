/** Small signs as lines on a grid of 12: no font has to have them. */

import type { Family } from "../../model/graph";
import type { Pen } from "./pen";

type Lines = readonly (readonly number[])[];

const families: Readonly<Record<Family, Lines>> = {
  contraction: [
    [2, 2, 10, 10],
    [10, 2, 2, 10],
  ],
  elementwise: [
    [2, 4, 10, 4],
    [2, 8, 10, 8],
  ],
  "data movement": [
    [1, 4, 10, 4],
    [7.5, 1.5, 10, 4, 7.5, 6.5],
    [11, 8.5, 2, 8.5],
    [4.5, 6, 2, 8.5, 4.5, 11],
  ],
  "control flow": [[6, 1, 11, 6, 6, 11, 1, 6, 6, 1]],
  random: [
    [2, 2, 10, 2, 10, 10, 2, 10, 2, 2],
    [4.5, 4.5, 5, 5],
    [7, 7, 7.5, 7.5],
  ],
  effect: [
    [6, 1.5, 6, 7.5],
    [6, 10.2, 6, 10.6],
  ],
  collective: [
    [6, 2, 2, 10, 10, 10, 6, 2],
    [6, 2, 6, 6],
  ],
  group: [[4, 2, 8, 6, 4, 10]],
  unknown: [
    [3, 4, 4, 2, 8, 2, 9, 4, 6, 6.4, 6, 7.6],
    [6, 10.2, 6, 10.6],
  ],
};

const signs = {
  open: [[2, 4, 6, 8, 10, 4]],
  closed: families.group,
  loop: [
    [
      9.8, 3.2, 8, 1.8, 6, 1.4, 3.4, 2.3, 1.7, 4.5, 1.7, 7.5, 3.4, 9.7, 6, 10.6, 8.6, 9.7, 10.3,
      7.5,
    ],
    [10.4, 0.8, 9.9, 3.4, 7.3, 3.1],
  ],
  branch: [
    [6, 1, 6, 4],
    [2, 11, 2, 6, 6, 4, 10, 6, 10, 11],
  ],
  input: [
    [6, 1, 6, 8],
    [3, 5.4, 6, 8.4, 9, 5.4],
    [2, 11, 10, 11],
  ],
  output: [
    [2, 1, 10, 1],
    [6, 3.6, 6, 11],
    [3, 8, 6, 11, 9, 8],
  ],
  constant: [[2, 2, 7, 2, 10, 5, 10, 10, 2, 10, 2, 2]],
  // A ghost: a hood with a hem of waves, and two eyes.
  ghost: [
    [2, 11, 2, 5, 3.2, 2.2, 6, 1, 8.8, 2.2, 10, 5, 10, 11, 8, 9.4, 6, 11, 4, 9.4, 2, 11],
    [4.4, 5, 4.6, 5.4],
    [7.4, 5, 7.6, 5.4],
  ],
  more: [
    [2, 6, 2.4, 6],
    [5.8, 6, 6.2, 6],
    [9.6, 6, 10, 6],
  ],
} as const satisfies Record<string, Lines>;

export type Glyph = Family | keyof typeof signs;

/** Adds a glyph to the path, its left top corner at x, y; `size` is 12 at zoom 1. */
export function addGlyph(pen: Pen, glyph: Glyph, x: number, y: number, size: number): void {
  const scale = size / 12;
  const lines: Lines =
    glyph in signs ? signs[glyph as keyof typeof signs] : families[glyph as Family];
  for (const line of lines) {
    pen.moveTo(x + line[0] * scale, y + line[1] * scale);
    for (let at = 2; at < line.length; at += 2)
      pen.lineTo(x + line[at] * scale, y + line[at + 1] * scale);
  }
}

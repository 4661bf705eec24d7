/** What a chart is to the figure round it: a picture of entries that can be pointed at. No DOM. */

import type { Family } from "../../../model/graph";
import type { Measure } from "../../graph/measure";
import type { Pen } from "../../graph/pen";
import type { Palette } from "../../palette";
import { visible } from "./kit";

export interface Look {
  readonly palette: Palette;
  readonly measure: Measure;
  /** px. */
  readonly width: number;
  /** The entry that pointer or keys are at, -1 for none. */
  readonly active: number;
  isSelected(entry: number): boolean;
  /** The selection was made elsewhere, and these are its counterparts. */
  readonly dashed: boolean;
  family(entry: number): Family;
}

export interface Picture {
  /** "Flame graph". */
  readonly noun: string;
  /** What one can do, beyond pointing and selecting. */
  readonly hint: string;
  /** What it says, in a sentence or two. */
  readonly summary: string;
  readonly count: number;
  /** Whether families give the colours, which then need a key. */
  readonly byFamily: boolean;
  height(width: number): number;
  draw(pen: Pen, look: Look): void;
  /** The entry at a point, -1 for none. */
  at(x: number, y: number, width: number): number;
  /** Its name, and what there is to say of it. */
  tell(entry: number): readonly string[];
  /** Where an arrow, Home or End leads from an entry, or from nowhere (-1). */
  next(entry: number, key: string): number;
  /** The entries that matter most, and what they are in columns. */
  readonly table: Top;
  /** For those that zoom; true if something changed. `about` is a place, as a share of the width. */
  zoom?(factor: number, about: number): boolean;
  pan?(share: number): boolean;
  /** Bring an entry into sight. */
  reveal?(entry: number): void;
  /** Look into an entry (-1: at all of it). */
  into?(entry: number): boolean;
  /** The entries that are looked into, from the outside. */
  trail?(): readonly number[];
}

export interface Top {
  readonly columns: readonly string[];
  readonly units: readonly string[];
  readonly entries: readonly number[];
  cells(entry: number): readonly (string | number)[];
}

export const SMALL = { size: 11, weight: 400 } as const;

/** A ring round what is selected, and one round what is pointed at. */
export function ring(
  pen: Pen,
  look: Look,
  entry: number,
  [x, y, width, height, radius]: readonly [number, number, number, number, number],
): void {
  const selected = look.isSelected(entry);
  if (!selected && entry !== look.active) return;
  const { accent, text, canvas } = look.palette;
  if (width < 5 && selected) {
    // Of what is so thin a ring would leave nothing to see.
    pen.begin();
    pen.rect(x - 0.5, y - 2, Math.max(2, width + 1), 5);
    pen.fill(accent);
    return;
  }
  const inset = (by: number) => {
    pen.begin();
    pen.round(x + by, y + by, width - 2 * by, height - 2 * by, Math.max(0, radius - by));
  };
  inset(0);
  pen.stroke(selected ? accent : text, 2, selected && look.dashed ? [4, 3] : []);
  // On a dark fill the ring alone would not be seen.
  if (width < 6 || height < 6) return;
  inset(1.5);
  pen.stroke(canvas, 1);
}

export function ground(pen: Pen, look: Look, height: number): void {
  pen.begin();
  pen.rect(0, 0, look.width, height);
  pen.fill(look.palette.canvas);
}

/** A hairline, on whole pixels. */
export function line(
  pen: Pen,
  color: string,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  dash?: readonly number[],
): void {
  pen.begin();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke(color, 1, dash);
}

/** Room that axes take at the left, at the bottom, at the top and at the right. */
export const [LEFT, BOTTOM, HEAD, PAD] = [58, 34, 20, 12];

/** A mark on an axis: where, and what is written there. */
type Mark = readonly [number, string];

/** A grid with its numbers, and what goes across. */
export function axes(
  pen: Pen,
  { palette, width }: Look,
  height: number,
  { across, down, name }: { across: readonly Mark[]; down: readonly Mark[]; name: string },
): void {
  const style = { ...SMALL, color: palette.second };
  const base = height - BOTTOM;
  for (const [x, text] of across) {
    line(pen, palette.inner, [x, HEAD, x, base]);
    if (x < width - 24) pen.text(text, x, base + 11, { ...style, align: "center" });
  }
  for (const [y, text] of down) {
    line(pen, palette.inner, [LEFT, y, width - PAD, y]);
    pen.text(text, LEFT - 6, y, { ...style, align: "right" });
  }
  pen.text(name, width - PAD, base + 26, { ...style, align: "right" });
}

/** Round values from low to high, about `wanted` of them: steps of 1, 2 or 5. */
export function ticks(low: number, high: number, wanted: number): readonly number[] {
  const rough = (high - low) / Math.max(1, wanted);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((by) => by * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9) + 0; // no -0
  const found: number[] = [];
  for (let at = first; at * step <= high * (1 + 1e-12); at++) found.push(at * step);
  return found;
}

/** The places of the largest values, largest first. */
export function largest(values: readonly number[], most: number): readonly number[] {
  return values
    .map((_, at) => at)
    .filter((at) => values[at] > 0)
    .sort((a, b) => values[b] - values[a])
    .slice(0, most);
}

export const TOP = 10;

export const nameOf = (names: readonly string[], entry: number): string =>
  visible(names[entry] ?? "", 200);

/** Chips: what isn't drawn as an edge. What comes in stands on the top border, the number of edges
 * that are not drawn on the bottom border; both right of the middle, where no edge arrives. */

import type { Chip } from "../../model/level";
import { visible } from "../../model/visible";
import type { Drawing } from "./draw";
import type { Body } from "./draw_boxes";
import { cutMiddle, faces, smallest } from "./measure";

const high = 14;

interface Placed {
  readonly chip: Chip;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

export function drawChips(drawing: Drawing, bodies: readonly Body[]): void {
  const { pen, palette } = drawing;
  const placed = bodies.flatMap((body) => place(drawing, body));
  if (placed.length === 0) return;
  const shapes = [
    placed.filter(({ chip }) => chip.kind === "constant"),
    placed.filter(({ chip }) => chip.kind !== "constant"),
  ];
  for (const [round, batch] of shapes.entries()) {
    pen.begin();
    for (const { x, y, w } of batch) {
      if (round) pen.round(x, y, w, high, high / 2);
      else {
        pen.moveTo(x, y);
        pen.lineTo(x + w - 4, y);
        pen.lineTo(x + w, y + 4);
        pen.lineTo(x + w, y + high);
        pen.lineTo(x, y + high);
        pen.close();
      }
    }
    pen.fill(palette.inner);
  }
  const set = { size: smallest, weight: faces.small.weight, align: "center" as const };
  for (const { text, x, y, w } of placed)
    pen.text(text, x + w / 2, y + high / 2 + 0.5, { ...set, color: palette.second });
}

/** From the right corner to the left, as many as there is room for; the rest is one "+n". */
function place({ measure }: Drawing, { item, rect }: Body): Placed[] {
  const found: Placed[] = [];
  if (item.port !== null) return found;
  const middle = rect.x + rect.w / 2 + 8;
  for (const out of [false, true]) {
    const chips = item.chips.filter((chip) => (chip.kind === "edges") === out);
    const y = out ? rect.y + rect.h - 4 : rect.y - high + 4;
    let right = rect.x + rect.w + (out ? 8 : -6);
    for (const [at, chip] of chips.entries()) {
      const rest = chips.length - at;
      // Room for a "+n" is kept until the last chip.
      const room = right - middle - (rest > 1 ? 28 : 0);
      // A name of a few letters says less than a number.
      const least = Math.min(48, measure(visible(chip.text), faces.small));
      const fits = room - 10 >= least;
      const text = fits ? cutMiddle(chip.text, room - 10, faces.small, measure) : "";
      const told = text === "" ? `+${rest}` : text;
      const w = Math.max(high, Math.ceil(measure(told, faces.small)) + 10);
      found.push({ chip, text: told, x: right - w, y, w });
      if (text === "") break;
      right -= w + 4;
    }
  }
  return found;
}

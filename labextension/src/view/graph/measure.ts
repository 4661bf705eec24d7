/** Widths of texts: the sum of their characters' advances, each measured once. Kerning is left out,
 * which is well under a pixel a word, and 48,000 names cost no call into the canvas. */

import { visible } from "../../model/visible";
import type { Fonts } from "../palette";

export interface Face {
  readonly size: number;
  readonly weight: number;
}

/** What is written: node titles, group titles, sub-lines and labels, lane titles. */
export const faces = {
  title: { size: 13, weight: 500 },
  group: { size: 13, weight: 600 },
  small: { size: 11, weight: 400 },
  lane: { size: 13, weight: 600 },
} as const satisfies Record<string, Face>;

/** Nothing under this is set; the level of detail drops text instead of shrinking it. */
export const smallest = 11;

export type Measure = (text: string, face: Face) => number;

/** Measures 100 px wide faces once a character and weight; `advance` gives em hundredths. */
function byCharacter(advance: (character: string, weight: number) => number): Measure {
  const tables = new Map<number, Map<string, number>>();
  return (text, face) => {
    let table = tables.get(face.weight);
    if (table === undefined) {
      table = new Map();
      tables.set(face.weight, table);
    }
    let sum = 0;
    for (const character of text) {
      let width = table.get(character);
      if (width === undefined) {
        width = advance(character, face.weight);
        table.set(character, width);
      }
      sum += width;
    }
    return (sum * face.size) / 100;
  };
}

/** As the browser sets text in these fonts. */
export function canvasMeasure(fonts: Fonts): Measure {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) return plainMeasure;
  return byCharacter((character, weight) => {
    context.font = `${weight} 100px ${fonts.ui}`;
    return context.measureText(character).width;
  });
}

/** Without a canvas, as in Node: the proportions of a common sans-serif font. */
export const plainMeasure: Measure = byCharacter((character, weight) => {
  const bold = weight >= 600 ? 1.06 : 1;
  if (/[ijl.,:;'|!()[\]tfI ]/.test(character)) return 33 * bold;
  if (/[mwMW@%×→]/.test(character)) return 86 * bold;
  if (/[A-Z]/.test(character)) return 67 * bold;
  return 57 * bold;
});

/** The text made visible, its middle cut out where it is wider than `room`; "" where no two letters
 * fit. */
export function cutMiddle(raw: string, room: number, face: Face, measure: Measure): string {
  const text = visible(raw);
  if (measure(text, face) <= room) return text;
  const left = room - measure("…", face);
  const letters = [...text];
  let head = 0;
  let tail = letters.length;
  let used = 0;
  while (head < tail) {
    // Two of three letters come from the front: names differ there more than in their numbers.
    const fromHead = head <= (letters.length - tail) * 2;
    const letter = letters[fromHead ? head : tail - 1];
    used += measure(letter, face);
    if (used > left) break;
    if (fromHead) head++;
    else tail--;
  }
  if (head + letters.length - tail < 2) return "";
  return `${letters.slice(0, head).join("")}…${letters.slice(tail).join("")}`;
}

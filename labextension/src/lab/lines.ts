/** Lines of a report's sources and lines of a notebook's cells: which is which. A cell has its
 * magic on top, may have been edited since, and has another id in a copied notebook. */

import type { Source } from "../model/graph";
import type { Caret, OpenLine } from "./events";

export interface CellText {
  readonly id: string;
  readonly text: string;
}

/** A place in a list, and a line counted from 1. */
export interface Line {
  readonly place: number;
  readonly line: number;
}

/** The cell and its line that a report means: by the cell's id, else by its text. */
export function cellLine(cells: readonly CellText[], wanted: OpenLine): Line | null {
  const named = wanted.cellId ? cells.findIndex((cell) => cell.id === wanted.cellId) : -1;
  const place = named >= 0 ? named : cells.findIndex((cell) => cell.text.includes(wanted.text));
  if (place < 0 || !wanted.text.trim()) return null;
  return { place, line: lineIn(cells[place].text, wanted) };
}

/** The source and its line that the caret stands on; null outside of all of them. */
export function sourceLine(sources: readonly Source[], caret: Caret): Line | null {
  for (const [place, source] of sources.entries()) {
    const at = caret.text.indexOf(source.text);
    if (!source.text.trim() || at < 0) continue;
    if (source.cellId && source.cellId !== caret.cellId) continue;
    const line = caret.line - newlines(caret.text.slice(0, at));
    if (line >= 1 && line <= newlines(source.text.trimEnd()) + 1) return { place, line };
  }
  return null;
}

/** Where the line is now. In an edited cell: the like line that is nearest to where it was. */
function lineIn(cell: string, wanted: OpenLine): number {
  const at = cell.indexOf(wanted.text);
  if (at >= 0) return wanted.line + newlines(cell.slice(0, at));
  const text = wanted.text.split("\n")[wanted.line - 1]?.trim();
  const lines = cell.split("\n").map((line) => line.trim());
  const alike = lines.flatMap((line, index) => (line === text ? [index + 1] : []));
  const away = (line: number) => Math.abs(line - wanted.line);
  alike.sort((one, other) => away(one) - away(other));
  return alike[0] ?? Math.min(wanted.line, lines.length);
}

function newlines(text: string): number {
  return text.split("\n").length - 1;
}

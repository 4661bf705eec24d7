/** Which lines of a text are in sight when some of its bodies are folded. No DOM. */

export interface Folding {
  /** Lines in sight. */
  readonly count: number;
  /** The line that stands in a row. */
  lineAt(row: number): number;
  /** The row of a line, or of the folded line that hides it. */
  rowOf(line: number): number;
  canFold(line: number): boolean;
  isFolded(line: number): boolean;
  fold(line: number, folded: boolean): void;
  foldAll(folded: boolean): void;
  /** Unfold what hides a line; true if anything did. */
  reveal(line: number): boolean;
  /** The nearest line above in whose fold a line stands, or -1. */
  parentOf(line: number): number;
}

/** @param lastOf the last line of what a line opens; the line itself where it opens nothing. */
export function makeFolding(lineCount: number, lastOf: (line: number) => number): Folding {
  const folded = new Set<number>();
  let rows = new Int32Array(0);

  function arrange(): void {
    const found = new Int32Array(lineCount);
    let count = 0;
    for (let line = 0; line < lineCount; line = folded.has(line) ? lastOf(line) + 1 : line + 1) {
      found[count] = line;
      count += 1;
    }
    rows = found.subarray(0, count);
  }
  arrange();

  function rowOf(line: number): number {
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (rows[middle] <= line) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  return {
    get count() {
      return rows.length;
    },
    lineAt: (row) => rows[row],
    rowOf,
    canFold: (line) => lastOf(line) > line,
    isFolded: (line) => folded.has(line),
    fold(line, wanted) {
      if (folded.has(line) === wanted || lastOf(line) <= line) return;
      if (wanted) folded.add(line);
      else folded.delete(line);
      arrange();
    },
    foldAll(wanted) {
      folded.clear();
      for (let line = 0; wanted && line < lineCount; line += 1) {
        if (lastOf(line) > line) folded.add(line);
      }
      arrange();
    },
    reveal(line) {
      let changed = false;
      for (;;) {
        const hider = rows[rowOf(line)];
        if (hider === undefined || hider === line || !folded.delete(hider)) return changed;
        changed = true;
        arrange();
      }
    },
    parentOf(line) {
      for (let above = line - 1; above >= 0; above -= 1) if (lastOf(above) >= line) return above;
      return -1;
    },
  };
}

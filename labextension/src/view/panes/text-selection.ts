/** Copying from a text of which only a part is in the DOM. */

export interface Lines {
  readonly element: HTMLElement;
  readonly lineCount: number;
  text(line: number): string;
  /** The line of a row's element, and the row of a line. */
  lineOf(row: Element): number;
  rowOf(line: number): number;
}

export interface TextSelection {
  /** Rows where the reader's selection begins and ends: they must stay in the DOM. */
  rows(): readonly number[];
  selectAll(): void;
}

type SelectingRoot = (Document | ShadowRoot) & { getSelection?: () => Selection | null };

/** Makes a copy of selected rows hold the lines between them too, drawn, folded or not. */
export function followSelection(lines: Lines): TextSelection {
  const { element } = lines;
  let all = false;

  function selection(): Selection | null {
    const root = element.getRootNode() as SelectingRoot;
    return root.getSelection?.() ?? document.getSelection();
  }

  /** Line and column of one end of the selection; null outside. */
  function place(node: Node | null, offset: number): { line: number; column: number } | null {
    const start = node instanceof Element ? node : node?.parentElement;
    const row = start?.closest("[data-line]");
    if (!node || !row || !element.contains(row)) return null;
    const before = document.createRange();
    before.selectNodeContents(row.querySelector(".jl-line-code") ?? row);
    const code = before.startContainer;
    if (code.contains(node)) before.setEnd(node, offset);
    else before.collapse(true);
    return { line: lines.lineOf(row), column: before.toString().length };
  }

  function ends() {
    const found = selection();
    if (!found || found.isCollapsed) return null;
    const ends = [
      place(found.anchorNode, found.anchorOffset),
      place(found.focusNode, found.focusOffset),
    ].filter((end) => end !== null);
    if (ends.length < 2) return null;
    ends.sort((a, b) => a.line - b.line || a.column - b.column);
    return { first: ends[0], last: ends[1] };
  }

  function selectedText(): string {
    if (all) return textBetween(0, lines.lineCount - 1);
    const found = ends();
    if (!found) return "";
    const { first, last } = found;
    if (first.line === last.line) return lines.text(first.line).slice(first.column, last.column);
    const middle = last.line > first.line + 1 ? [textBetween(first.line + 1, last.line - 1)] : [];
    return [
      lines.text(first.line).slice(first.column),
      ...middle,
      lines.text(last.line).slice(0, last.column),
    ].join("\n");
  }

  function textBetween(first: number, last: number): string {
    return Array.from({ length: last - first + 1 }, (_, at) => lines.text(first + at)).join("\n");
  }

  element.addEventListener("pointerdown", () => {
    all = false;
  });
  element.addEventListener("copy", (event) => {
    const text = selectedText();
    if (!text) return;
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  });

  return {
    rows() {
      const found = ends();
      return found ? [lines.rowOf(found.first.line), lines.rowOf(found.last.line)] : [];
    },
    selectAll() {
      all = true;
      selection()?.selectAllChildren(element);
    },
  };
}

/** From a report's line to the cell's, and from the caret to the report's line. */

import type { JupyterFrontEnd } from "@jupyterlab/application";
import { CARET, type Caret, OPEN_LINE, type OpenLine } from "./events";
import { cellLine } from "./lines";
import { currentNotebook, type Notebook, notebooks, textOf } from "./notebook";

export function linkLines(app: JupyterFrontEnd): void {
  document.addEventListener(OPEN_LINE, (event) => {
    const wanted = (event as CustomEvent<OpenLine>).detail;
    const all = notebooks(app);
    const around = (notebook: Notebook) => notebook.panel.node.contains(event.target as Node);
    for (const notebook of [...all.filter(around), ...all.filter((each) => !around(each))]) {
      if (openLine(notebook, wanted)) {
        event.preventDefault();
        app.shell.activateById(notebook.panel.id);
        return;
      }
    }
  });

  let before = "";
  document.addEventListener("selectionchange", () => {
    const cell = currentNotebook(app)?.content.activeCell;
    if (!cell?.editor || !cell.node.contains(document.activeElement)) return;
    const line = cell.editor.getCursorPosition().line + 1;
    const place = `${cell.model.id}:${line}`;
    if (place === before) return;
    before = place;
    const detail: Caret = { cellId: cell.model.id, text: textOf(cell), line };
    document.dispatchEvent(new CustomEvent(CARET, { detail }));
  });
}

function openLine({ content }: Notebook, wanted: OpenLine): boolean {
  const cells = content.widgets.map((cell) => ({ id: cell.model.id, text: textOf(cell) }));
  const found = cellLine(cells, wanted);
  if (!found) return false;
  content.activeCellIndex = found.place;
  void content.scrollToItem(found.place).then(() => {
    content.mode = "edit"; // focuses the editor
    content.widgets[found.place].editor?.setCursorPosition({ line: found.line - 1, column: 0 });
  });
  return true;
}

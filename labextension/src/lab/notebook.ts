/** The little that is read of JupyterLab's and Notebook 7's notebooks. Their own types would bring
 * a tree of packages along; what is missing in a widget makes it no notebook. */

import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Widget } from "@lumino/widgets";
import { MIME_TYPE } from "../mime_type";

export interface Notebook {
  readonly panel: Widget;
  readonly content: NotebookContent;
  readonly kernel: Kernel | null;
}

interface NotebookContent {
  activeCell: Cell | null;
  activeCellIndex: number;
  mode: string;
  readonly widgets: readonly Cell[];
  scrollToItem(index: number): Promise<void>;
}

export interface Cell {
  readonly model: {
    readonly id: string;
    readonly type: string;
    readonly sharedModel: { getSource(): string; setSource(text: string): void };
    readonly outputs?: { readonly length: number; get(place: number): IRenderMime.IMimeModel };
  };
  readonly node: HTMLElement;
  readonly editor: Editor | null;
}

interface Editor {
  getCursorPosition(): { readonly line: number };
  setCursorPosition(position: { readonly line: number; readonly column: number }): void;
}

interface Kernel {
  requestExecute(content: { code: string; silent: boolean; stop_on_error: boolean }): {
    readonly done: Promise<unknown>;
  };
}

interface PanelLike {
  readonly content?: Partial<NotebookContent>;
  readonly sessionContext?: { readonly session?: { readonly kernel: Kernel | null } | null };
}

/** The widget as a notebook, or null. */
export function notebookOf(widget: Widget | null): Notebook | null {
  const { content, sessionContext } = (widget ?? {}) as PanelLike;
  if (!widget || !content?.widgets || content.activeCell === undefined) return null;
  const kernel = sessionContext?.session?.kernel ?? null;
  return { panel: widget, content: content as NotebookContent, kernel };
}

/** The notebook in front, or null. */
export function currentNotebook(app: JupyterFrontEnd): Notebook | null {
  return notebookOf(app.shell.currentWidget);
}

/** All open notebooks, that in front first. */
export function notebooks(app: JupyterFrontEnd): readonly Notebook[] {
  const widgets = new Set([app.shell.currentWidget, ...app.shell.widgets("main")]);
  return [...widgets].flatMap((widget) => notebookOf(widget) ?? []);
}

export function textOf(cell: Cell): string {
  return cell.model.sharedModel.getSource();
}

/** The cell's first report, or null. */
export function reportOf(cell: Cell | null): IRenderMime.IMimeModel | null {
  const outputs = cell?.model.outputs;
  for (let place = 0; outputs && place < outputs.length; place++) {
    const output = outputs.get(place);
    if (MIME_TYPE in output.data) return output;
  }
  return null;
}

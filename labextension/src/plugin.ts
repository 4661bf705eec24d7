/** jaxlab's commands in JupyterLab and Notebook 7, and the way between a report and its cell. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { linkLines } from "./lab/line_links";
import { currentNotebook, type Notebook, reportOf, textOf } from "./lab/notebook";
import { ReportRenderer } from "./mime";

const TRACE = "jaxlab:trace-cell";
const OPEN = "jaxlab:open-report";
const MAGIC = "%%jaxtrace";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "jaxlab:plugin",
  description: "Traces cells, opens reports, and links their lines to the notebook's.",
  autoStart: true,
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, palette: ICommandPalette | null) => {
    app.commands.addCommand(TRACE, {
      label: "jaxlab: trace this cell",
      caption: `Put ${MAGIC} on top of the active cell and run it`,
      isEnabled: () => canTrace(currentNotebook(app)),
      execute: () => trace(app),
    });
    app.commands.addCommand(OPEN, {
      label: "jaxlab: open report in a tab",
      caption: "Show the active cell's report beside the notebook",
      isEnabled: () => reportOf(currentNotebook(app)?.content.activeCell ?? null) !== null,
      execute: () => openReport(app),
    });
    for (const command of [TRACE, OPEN]) palette?.addItem({ command, category: "jaxlab" });
    linkLines(app);
  },
};

export default plugin;

/** Any code cell but one that is another magic's. */
function canTrace(notebook: Notebook | null): boolean {
  const cell = notebook?.content.activeCell;
  if (cell?.model.type !== "code") return false;
  const text = textOf(cell).trimStart();
  return text !== "" && (!text.startsWith("%%") || text.startsWith(MAGIC));
}

async function trace(app: JupyterFrontEnd): Promise<void> {
  const notebook = currentNotebook(app);
  const cell = notebook?.content.activeCell;
  if (!notebook || !cell) return;
  if (!textOf(cell).trimStart().startsWith(MAGIC)) {
    cell.model.sharedModel.setSource(`${MAGIC}\n${textOf(cell)}`);
  }
  // Where jaxlab is missing, the cell itself says so: IPython doesn't know the magic.
  const load = { code: "%load_ext jaxlab", silent: true, stop_on_error: false };
  await notebook.kernel?.requestExecute(load).done;
  await app.commands.execute("notebook:run-cell");
}

/** In a tab by JupyterLab's own view of an output, which it restores. Notebook 7 has one document
 * a page, and a right sidebar. */
async function openReport(app: JupyterFrontEnd): Promise<void> {
  const report = reportOf(currentNotebook(app)?.content.activeCell ?? null);
  if (!report) return;
  if (app.name !== "Jupyter Notebook") {
    await app.commands.execute("notebook:create-output-view");
    return;
  }
  const widget = new ReportRenderer();
  widget.id = "jaxlab-report";
  widget.title.label = "jaxlab";
  widget.title.caption = "The report of a cell";
  widget.title.closable = true;
  for (const other of app.shell.widgets("right")) if (other.id === widget.id) other.dispose();
  app.shell.add(widget, "right");
  app.shell.activateById(widget.id);
  await widget.renderModel(report);
}

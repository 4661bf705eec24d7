/** Shows reports in JupyterLab and Notebook 7. They are stored in the notebook, so this needs no
 * kernel and no trust. JupyterLab loads this file when it starts, the viewer with a first report. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import type { Output } from "./lab/output";
import { MIME_TYPE } from "./mime_type";

/** px: what an output takes until its report is there, so that a notebook doesn't jump. */
const HEIGHT = 320;

export class ReportRenderer extends Widget implements IRenderMime.IRenderer {
  private output: Output | null = null;

  constructor() {
    super();
    this.addClass("jaxlab-output");
    this.node.style.minHeight = `${HEIGHT}px`;
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    try {
      const { Output } = await import("./lab/output");
      if (this.isDisposed) return;
      this.output ??= new Output(this.node);
      await this.output.show(model);
    } catch (error) {
      // Most likely jaxlab was updated under an open page.
      if (this.output) throw error;
      this.node.textContent = "The viewer of this report did not load: reload the page.";
    }
    this.node.style.minHeight = "";
  }

  override dispose(): void {
    this.output?.dispose();
    this.output = null;
    super.dispose();
  }
}

const rendererFactory: IRenderMime.IRendererFactory = {
  safe: true, // all that comes from a program is shown as text
  mimeTypes: [MIME_TYPE],
  defaultRank: 40, // before text/html, which JupyterLab empties where a notebook isn't trusted
  createRenderer: () => new ReportRenderer(),
};

const extension: IRenderMime.IExtension = {
  id: "jaxlab:mime",
  description: "Shows what JAX and XLA did with a cell.",
  rendererFactory,
  dataType: "json",
};

export default extension;

/** A report in one of JupyterLab's outputs. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { isNewer } from "../model/check";
import type { Host } from "../view/contracts";
import { makePanel, type Panel } from "../view/panel";
import { contentOf, followTheme, type Stored } from "../viewer";
import { CARET, type Caret, OPEN_LINE, type OpenLine } from "./events";
import { sourceLine } from "./lines";
import { htmlIn, storedIn } from "./stored";

export class Output {
  private readonly panel: Panel;
  private readonly stopTheme: () => void;
  private frame: HTMLIFrameElement | null = null;
  /** Of reports that come faster than they are decoded, the last is shown. */
  private latest: IRenderMime.IMimeModel | null = null;

  constructor(private readonly node: HTMLElement) {
    const host = { ...hostAt(node), page: this.page };
    this.panel = makePanel(node, { loading: true }, { host });
    this.stopTheme = followTheme(this.panel);
    document.addEventListener(CARET, this.follow);
  }

  async show(model: IRenderMime.IMimeModel): Promise<void> {
    this.latest = model;
    const stored = storedIn(model);
    const content = await contentOf(stored);
    if (this.latest !== model) return;
    this.panel.update(content);
    this.frame?.remove();
    const html = htmlIn(model.data);
    if (isNewer(stored) && model.trusted && html) this.showHtml(html);
  }

  dispose(): void {
    this.latest = null;
    document.removeEventListener(CARET, this.follow);
    this.stopTheme();
    this.panel.dispose();
  }

  /** The report as a file. What that takes is loaded when it is first asked for. */
  private readonly page = async (): Promise<string> => {
    const stored = this.latest && storedIn(this.latest);
    const { data = "", title = "" } = (stored ?? {}) as Partial<Stored>;
    const { tabs } = this.panel.store?.report ?? { tabs: [] };
    const { pageOf } = await import("../page");
    return pageOf(
      title,
      data,
      tabs.some(({ charts }) => charts.length > 0),
    );
  };

  /** What a newer jaxlab wrote for pages: it brings its own viewer. */
  private showHtml(html: string): void {
    this.frame = document.createElement("iframe");
    this.frame.title = "The report, as HTML";
    this.frame.setAttribute("sandbox", "allow-scripts allow-downloads");
    this.frame.style.cssText = "width: 100%; height: 560px; border: 0";
    this.frame.srcdoc = html;
    this.node.append(this.frame);
  }

  /** Light what comes from the caret's line, if anything does. */
  private readonly follow = (event: Event): void => {
    const { store } = this.panel;
    if (!store) return;
    const { report, state } = store;
    const found = sourceLine(report.sources, (event as CustomEvent<Caret>).detail);
    if (!found || report.nodesAt(state.stage, found.place, found.line).length === 0) return;
    store.set({ source: found.place, line: { source: found.place, line: found.line } });
  };
}

function hostAt(node: HTMLElement): Host {
  return {
    openLine: (file, cellId, text, line) => {
      const detail: OpenLine = { file, cellId, text, line };
      return !node.dispatchEvent(
        new CustomEvent(OPEN_LINE, { bubbles: true, cancelable: true, detail }),
      );
    },
  };
}

/** The viewer for any host: what was stored in, a panel in the host's element out. */

import { checkPayload, FORMAT, isNewer, VERSION } from "./model/check";
import { inflate } from "./model/inflate";
import { PayloadError, tooNew } from "./model/payload_error";
import { decodeReport } from "./model/report";
import { readTheme } from "./view/palette";
import { type Content, makePanel, type Panel, type PanelOptions } from "./view/panel";
import { copyText } from "./view/panes/copy";

/** What a notebook keeps of a report: its data is a payload, gzipped and in base64. Beside HTML,
 * which holds the data too, it is stored without; see `lab/stored.ts`. */
export interface Stored {
  readonly format: string;
  readonly version: number;
  readonly title: string;
  readonly data: string;
}

/** Show a report: what a notebook stored, or its data alone. It never fails: what can't be shown
 * is said in the panel. */
export async function show(
  element: HTMLElement,
  stored: unknown,
  options: PanelOptions = {},
): Promise<Panel> {
  const panel = makePanel(element, { loading: true }, options);
  panel.update(await contentOf(stored));
  return panel;
}

/** A report, or the sentence that stands in its place. */
export async function contentOf(stored: unknown): Promise<Content> {
  try {
    return { report: decodeReport(checkPayload(await inflate(dataOf(stored)))) };
  } catch (error) {
    if (error instanceof PayloadError) return told(error);
    throw error;
  }
}

function told({ message, remedy }: PayloadError): Content {
  if (!remedy) return { message };
  const copy = async () => ((await copyText(remedy)) ? "Copied" : remedy);
  return { message, action: { text: `Copy “${remedy}”`, run: copy } };
}

/** Keep a panel in the theme of the page around it; gives back how to stop. */
export function followTheme(panel: Panel): () => void {
  const follow = () => panel.setTheme(readTheme(panel.element));
  const observer = new MutationObserver(follow);
  const attributeFilter = ["class", "theme", "data-theme", "data-jp-theme-light"];
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributeFilter });
  }
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", follow);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", follow);
  };
}

function dataOf(stored: unknown): string {
  if (typeof stored === "string") return stored;
  if (isNewer(stored)) throw tooNew();
  const { format, version, data } = (stored ?? {}) as Partial<Stored>;
  if (format !== FORMAT || version !== VERSION || typeof data !== "string") {
    throw new PayloadError("This is no report of jaxlab: run the cell again to make one.");
  }
  return data;
}

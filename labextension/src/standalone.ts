/** The viewer as one script, for a page of its own or a frame in a notebook's HTML. */

import type { Theme } from "./view/contracts";
import type { Panel } from "./view/panel";
import * as kit from "./view/panes/charts/kit";
import { followTheme, show } from "./viewer";

export interface MountOptions {
  readonly theme?: Theme;
  /** The element is all of its page: fill the window, or in a frame, tell the page around it how
   * high it is and hear its theme. */
  readonly page?: boolean;
  /** The page as it was before anything was shown in it, to be saved as a file. */
  readonly source?: () => string;
}

/** Show a report: what a notebook stored, or its data alone. */
async function mount(
  element: HTMLElement,
  stored: unknown,
  options: MountOptions = {},
): Promise<Panel> {
  const panel = await show(element, stored, {
    ...(options.theme ? { theme: options.theme } : {}),
    ...(options.source ? { host: { page: options.source } } : {}),
  });
  if (options.page && parent !== window) {
    answerParent(panel);
    return panel;
  }
  if (!options.theme) followTheme(panel);
  if (options.page) fillWindow(panel);
  return panel;
}

/** A frame without its page's origin sees neither theme nor size; the script beside it does. */
function answerParent(panel: Panel): void {
  const tell = (kind: string, more = {}) => parent.postMessage({ jaxlab: 1, kind, ...more }, "*");
  addEventListener("message", ({ source, data }) => {
    if (source !== parent || data?.jaxlab !== 1 || data.kind !== "theme") return;
    const theme: Theme = data.theme === "dark" ? "dark" : "light";
    document.documentElement.style.colorScheme = theme; // a frame of another scheme is opaque
    panel.setTheme(theme);
  });
  new ResizeObserver(() => {
    tell("height", { height: Math.ceil(panel.element.getBoundingClientRect().height) });
  }).observe(panel.element);
  tell("ready");
}

function fillWindow({ store }: Panel): void {
  document.documentElement.style.colorScheme = "light dark"; // the ground under a short panel
  const fill = () => store?.set({ height: innerHeight });
  addEventListener("resize", fill);
  fill();
}

declare global {
  var jaxlabViewer: { readonly mount: typeof mount; readonly kit: typeof kit };
}

globalThis.jaxlabViewer = { mount, kit };

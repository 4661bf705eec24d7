/** What stands in the menu. */

import { visible } from "../../model/visible";
import type { Host, State, Store } from "../contracts";
import { copyText } from "../panes/copy";
import { linkTo } from "../panes/details";
import { initialState } from "../store";
import type { Acts } from "./keys";
import type { Main } from "./main";
import type { Group } from "./menu";
import { download, fileName } from "./save";

/** Pictures are saved for paper: in light colours, PNGs at twice the size. */
const PAPER = "light";
const SCALE = 2;

export function menuEntries(store: Store, main: Main, acts: Acts, host: Host): readonly Group[] {
  const drawn = () => main.graph() !== null;
  const filter = (name: keyof State["filters"], text: string, key?: string) => ({
    text,
    ...(key && { key }),
    on: () => store.state.filters[name] === true,
    run: () =>
      store.set({ filters: { ...store.state.filters, [name]: !store.state.filters[name] } }),
  });
  const side = (name: keyof State["panes"], text: string, key: string) => ({
    text,
    key,
    on: () => store.state.panes[name],
    run: acts[name],
  });
  const held = (name: "split" | "full") => ({
    on: () => store.state[name] !== null && store.state[name] !== false,
    run: acts[name],
  });
  const several = () => store.report.stages.length > 1;
  const name = (ending: string) => {
    const { title, stages, tabs } = store.report;
    const { stage, tab } = store.state;
    return fileName(title, (tab === null ? stages[stage]?.label : tabs[tab].name) ?? "", ending);
  };

  function saveSvg(): void {
    const svg = main.toSVG(PAPER);
    if (svg) download(svg, name("svg"), "image/svg+xml");
  }

  async function savePng(): Promise<void> {
    const png = await main.graph()?.toPNG(PAPER, SCALE);
    if (png) download(png, name("png"), "image/png");
  }

  async function savePage(): Promise<void> {
    const page = await host.page?.();
    if (page) download(page, name("html"), "text/html");
  }

  async function copyLink(): Promise<void> {
    const { selection } = store.state;
    if (!selection) return;
    const link = linkTo(store.report.stages[selection.stage], selection.nodes[0]);
    const copied = await copyText(link, host);
    store.announce(copied ? `Copied ${visible(link)}` : "Could not copy");
  }

  /** As it was at first, at the same stage. */
  function reset(): void {
    const { poses, filters, overlay, panes } = initialState(store.report, store.state.theme);
    store.set({ poses, filters, overlay, panes, only: null, split: null, height: null });
    main.graph()?.collapseAll();
    main.graph()?.reset();
  }

  return [
    [
      "Show",
      [
        side("source", "Source", "s"),
        side("outline", "Outline", "o"),
        side("details", "Details", "d"),
        filter("plumbing", "Plumbing", "h"),
        filter("scopes", "Scopes as groups"),
        filter("transforms", "Transforms on boxes"),
        ...(store.report.findings.some(({ ghost }) => ghost)
          ? [filter("ghosts", "What Python did once")]
          : []),
      ],
    ],
    [
      "Graph",
      [
        { text: "Fit all of it", key: "f", run: acts.fit, enabled: drawn },
        { text: "Open all", key: "e", run: acts.expand, enabled: drawn },
        { text: "Close all", key: "c", run: acts.collapse, enabled: drawn },
        { text: "Reset", run: reset },
      ],
    ],
    [
      "Panel",
      [
        { text: "Second stage beside it", key: "x", ...held("split"), enabled: several },
        { text: "Full screen", key: "F", ...held("full") },
        { text: "Keys", key: "?", run: acts.help },
      ],
    ],
    [
      "Save",
      [
        {
          text: "Picture as SVG",
          run: saveSvg,
          enabled: () => drawn() || store.state.tab !== null,
        },
        { text: "Picture as PNG", run: savePng, enabled: drawn },
        ...(host.page ? [{ text: "Report as HTML", run: savePage }] : []),
        {
          text: "Copy link to the selection",
          run: copyLink,
          enabled: () => store.state.selection !== null,
        },
      ],
    ],
  ];
}

/** A chart on the page: its title, its picture on a canvas, what pointer and keys do with it, and
 * its largest entries as a table. */

import type { NodeId } from "../../../model/graph";
import type { Chart, Table } from "../../../model/tabs";
import type { Pane, Store, Theme } from "../../contracts";
import type { Palette } from "../../palette";
import type { Target } from "../target";
import { curvePicture } from "./curve";
import { flamePicture } from "./flame";
import {
  canvasMeasure,
  canvasPen,
  choose,
  h,
  isPlain,
  listenToPointer,
  makeReportTable,
  makeTooltip,
  paletteFor,
  palettes,
  point,
  readFonts,
  selectedIn,
  showInGraph,
  svgPen,
  targetOf,
  titleOf,
  visible,
} from "./kit";
import type { Look, Picture } from "./picture";
import { dashOf, rooflinePicture } from "./roofline";
import { timelinePicture } from "./timeline";

export interface Figure extends Pane {
  /** The picture as it is seen now, in one theme. */
  toSVG(theme: Theme): string;
}

const ZOOM = 1.5;
const PAN = 0.2;

export function makeFigure(store: Store, chart: Chart): Figure {
  const graph = store.report.stages[chart.stage];
  const picture = pictureOf(chart, (entry) => {
    const node = chart.nodeOf(entry);
    return node < 0 || !graph ? "" : titleOf(graph, node);
  });
  const targets = targetsOf(store, chart, picture.count);
  const fonts = readFonts(document.documentElement);
  const measure = canvasMeasure(fonts);
  const canvas = h("canvas", { aria: { hidden: true } });
  const plot = h("div", { class: "jl-plot", tabIndex: 0, role: "application" });
  const title = visible(chart.title, 200);
  plot.setAttribute("aria-roledescription", picture.noun);
  plot.setAttribute("aria-label", `${title}. ${picture.summary} ${picture.hint}.`);
  const tooltip = makeTooltip(plot);
  plot.append(canvas, tooltip.element);
  const trail = h("nav", { class: "jl-trail", aria: { label: "Looked into" } });
  const source = "source" in chart ? visible(chart.source, 40) : "";
  const head = h(
    "div",
    { class: "jl-figure-head" },
    h("h3", {}, title, source && h("span", { class: "jl-source" }, ` ${source}`)),
    picture.trail ? trail : null,
    h("span", { class: "jl-hint", aria: { hidden: true } }, picture.hint),
    picture.zoom ? zoomButtons() : null,
  );
  const element = h(
    "section",
    { class: `jl-figure jl-${chart.kind}`, aria: { label: title } },
    head,
    plot,
    keyOf(),
    asTable(),
  );
  let palette: Palette = palettes[store.state.theme];
  let active = -1;
  /** What the pointer was on last; after a click there it has been told. */
  let under = -1;
  let asked = 0;
  let selected = selectedIn(store, chart.stage);

  function look(width: number, colors: Palette): Look {
    return {
      palette: colors,
      measure,
      width,
      active,
      isSelected: (entry) => selected.nodes.has(chart.nodeOf(entry)),
      dashed: !selected.own,
      family: (entry) => {
        const node = chart.nodeOf(entry);
        return node < 0 || !graph ? "unknown" : graph.family(node);
      },
    };
  }

  function paint(): void {
    asked = 0;
    const width = plot.clientWidth;
    const context = canvas.getContext("2d");
    if (width === 0 || !context) return;
    const height = picture.height(width);
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    context.scale(ratio, ratio);
    picture.draw(canvasPen(context, fonts.ui), look(width, palette));
    plot.dataset.active = String(active);
    plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
  }

  function ask(): void {
    if (asked === 0) asked = requestAnimationFrame(paint);
  }

  function dress(): void {
    palette = paletteFor(document.documentElement, store.state.theme);
    tooltip.dress(palette, fonts);
    ask();
  }

  function goTo(entry: number): void {
    active = entry;
    if (entry < 0) return;
    picture.reveal?.(entry);
    point(store, targets(entry));
    store.announce(picture.tell(entry).slice(0, 2).join(", "));
    ask();
  }

  function into(entry: number): boolean {
    const changed = picture.into?.(entry) ?? false;
    if (changed) paintTrail();
    return changed;
  }

  /** The boxes that are looked into; each leads back to it. */
  function paintTrail(): void {
    const way = picture.trail?.() ?? [];
    plot.dataset.into = String(way[way.length - 1] ?? -1);
    const steps = way.map((entry) => {
      const name = entry < 0 ? "All" : picture.tell(entry)[0];
      const step = h("button", { class: "link" }, name);
      step.addEventListener("click", () => {
        into(entry);
        plot.focus();
      });
      return step;
    });
    trail.replaceChildren(...steps);
    ask();
  }

  function select(entry: number): void {
    active = entry;
    into(entry);
    const target = entry < 0 ? null : targets(entry);
    if (target) choose(store, target);
    else store.select(null);
    ask();
  }

  function open(entry: number): boolean {
    const target = entry < 0 ? null : targets(entry);
    return target !== null && showInGraph(store, target);
  }

  function zoom(factor: number, about = 0.5): void {
    if (picture.zoom?.(factor, about)) ask();
  }

  function pan(share: number): void {
    if (picture.pan?.(share)) ask();
  }

  function zoomButtons(): HTMLElement {
    const button = (text: string, label: string, run: () => void) => {
      const made = h("button", { class: "tool", title: label, aria: { label } }, text);
      made.addEventListener("click", run);
      return made;
    };
    return h(
      "span",
      { class: "jl-zooms" },
      button("−", "Zoom out", () => zoom(1 / ZOOM)),
      button("+", "Zoom in", () => zoom(ZOOM)),
      button("All", "Show all of it", () => zoom(0)),
    );
  }

  /** Which colour is which family, and which line is which device. */
  function keyOf(): HTMLElement | null {
    const families = new Set<string>();
    for (let entry = 0; picture.byFamily && graph && entry < picture.count; entry++) {
      if (chart.nodeOf(entry) >= 0) families.add(graph.family(chart.nodeOf(entry)));
    }
    const roofs = chart.kind === "roofline" ? chart.roofs : [];
    if (families.size + roofs.length === 0) return null;
    return h(
      "ul",
      { class: "jl-key" },
      ...[...families].map((family) => h("li", { data: { family } }, family)),
      ...roofs.map(({ name, source }) => {
        const dashed = dashOf(source).length > 0 ? "jl-roof jl-dashed" : "jl-roof";
        return h("li", { class: dashed }, `${visible(name, 80)}, ${visible(source, 200)}`);
      }),
    );
  }

  /** The same for those who don't see the picture, and for copying. */
  function asTable(): HTMLElement {
    const { columns, units, entries, cells } = picture.table;
    const more = picture.count - entries.length;
    const name = more > 0 ? `Largest ${entries.length} as a table` : "As a table";
    const details = h("details", { class: "jl-as-table" }, h("summary", {}, name));
    details.addEventListener(
      "toggle",
      () => {
        const table: Table = {
          title: "",
          ...{ columns, units },
          rows: entries.map(cells),
          stage: chart.stage,
          nodeOf: (row) => chart.nodeOf(entries[row]),
          lineOf: () => null,
        };
        const { element: made, dispose } = makeReportTable(store, table, title);
        stops.push(dispose);
        details.append(made);
      },
      { once: true },
    );
    return details;
  }

  const keys: Readonly<Record<string, () => void>> = {
    " ": () => select(active),
    Enter: () => {
      if (!into(active)) open(active);
    },
    ...(picture.zoom && {
      ...Object.fromEntries(["w", "+", "="].map((key) => [key, () => zoom(ZOOM)])),
      ...Object.fromEntries(["s", "-"].map((key) => [key, () => zoom(1 / ZOOM)])),
      a: () => pan(-PAN),
      d: () => pan(PAN),
      "0": () => zoom(0),
    }),
  };

  function stepOut(): boolean {
    const way = picture.trail?.() ?? [];
    if (way.length > 0) return into(way[way.length - 2] ?? -1);
    return picture.zoom?.(0, 0.5) ?? false;
  }

  plot.addEventListener("keydown", (event) => {
    if (!isPlain(event)) return;
    const { key } = event;
    if (keys[key]) keys[key]();
    else if (/^(Arrow|Home|End|Page)/.test(key)) goTo(picture.next(active, key));
    else if (key !== "Escape" || !stepOut()) return;
    ask();
    event.preventDefault();
  });
  plot.addEventListener("blur", () => {
    active = -1;
    point(store, null);
    ask();
  });

  const stopPointing = listenToPointer(canvas, {
    pan: (dx) => pan(-dx / plot.clientWidth),
    zoom: (factor, x) => zoom(factor, x / plot.clientWidth),
    hover(at) {
      const entry = at ? picture.at(at.x, at.y, plot.clientWidth) : -1;
      if (entry === under) return;
      under = entry;
      active = entry;
      const target = entry < 0 ? null : targets(entry);
      point(store, target);
      canvas.style.cursor = target || picture.into ? "pointer" : "";
      if (entry >= 0 && at) tooltip.show(picture.tell(entry), at.x, at.y);
      else tooltip.hide();
      ask();
    },
    click(x, y) {
      tooltip.hide();
      under = -1;
      select(picture.at(x, y, plot.clientWidth));
    },
    doubleClick: (x, y) => void open(picture.at(x, y, plot.clientWidth)),
  });

  const observer = new ResizeObserver(() => paint());
  observer.observe(plot);
  const stops = [
    store.on(["theme"], dress),
    store.on(["selection", "line"], () => {
      selected = selectedIn(store, chart.stage);
      ask();
    }),
    stopPointing,
    () => observer.disconnect(),
    () => cancelAnimationFrame(asked),
  ];
  dress();
  return {
    element,
    focus: () => plot.focus(),
    toSVG(theme) {
      const width = plot.clientWidth || 800;
      const pen = svgPen(fonts.ui);
      picture.draw(pen, { ...look(width, palettes[theme]), active: -1 });
      return pen.finish(width, picture.height(width));
    },
    dispose() {
      for (const stop of stops) stop();
      tooltip.hide();
    },
  };
}

function pictureOf(chart: Chart, nameAt: (entry: number) => string): Picture {
  if (chart.kind === "flame") return flamePicture(chart);
  if (chart.kind === "timeline") return timelinePicture(chart);
  return chart.kind === "roofline" ? rooflinePicture(chart) : curvePicture(chart, nameAt);
}

/** What each entry is about: its node, or of a flame's box without one the nodes inside it. */
function targetsOf(store: Store, chart: Chart, count: number): (entry: number) => Target | null {
  const inside = new Map<number, Set<NodeId>>();
  if (chart.kind === "flame") {
    for (let entry = count - 1; entry >= 0; entry--) {
      const own = inside.get(entry) ?? new Set<NodeId>();
      if (chart.nodeOf(entry) >= 0) own.add(chart.nodeOf(entry));
      inside.set(entry, own);
      const around = chart.parents[entry];
      if (around < 0) continue;
      inside.set(around, new Set([...(inside.get(around) ?? []), ...own]));
    }
  }
  return (entry) => {
    const node = chart.nodeOf(entry);
    const nodes = node >= 0 ? [node] : [...(inside.get(entry) ?? [])];
    return targetOf(store, chart.stage, nodes);
  };
}

/** A stage's graph on a canvas: what is open, from where one looks, and what the reader does. */

import { layOut } from "../../layout/layout";
import type { NodeId, Overlay } from "../../model/graph";
import type { Item, Levels } from "../../model/level";
import { makeLevels, portFor } from "../../model/levels";
import { visible } from "../../model/visible";
import type { GraphPose, GraphView, MakeGraphView, State, Store, Theme } from "../contracts";
import { type Heat, heater } from "../heat";
import { type Palette, paletteFor, readFonts } from "../palette";
import * as cameras from "./camera";
import type { Drawn } from "./draw";
import { type Picture, toPNG, toSVG } from "./export";
import { boxAt, boxesOf, type Scene, wireAt } from "./flatten";
import { type KeyActions, pressKey } from "./keys";
import { type Marks, marksOf, noMarks, type Pointing } from "./marks";
import { canvasMeasure } from "./measure";
import { tweenOf } from "./motion";
import { allKeys, canOpen, firstOpen } from "./opening";
import { hasFocus, listenToPointer, type PointerActions } from "./pointer";
import { sceneMaker } from "./scene";
import { type Look, Screen } from "./screen";
import { type Header, headerAt } from "./sight";
import { glyphRoom, margin } from "./sizes";
import { makeTooltip, tellBox, tellEdge } from "./tooltip";
import { alongEdge, type Direction, nextBox } from "./walk";

/** More boxes than this are not opened at once. */
const mostBoxes = 100_000;
/** So many of a set of nodes are looked for when they are to be shown. */
const mostRevealed = 100;
/** The camera is written into the store when it has been still for so long, ms. */
const settle = 200;

const nowhere: Pointing = { cursor: -1, focused: false, box: -1, wire: null };

export const makeGraphView: MakeGraphView = (store, stage) => new CanvasView(store, stage);

class CanvasView implements GraphView {
  readonly element = document.createElement("div");
  private readonly screen = new Screen(
    () => this.look(),
    (drawn) => this.publish(drawn),
    (busy) => {
      this.element.dataset.animating = String(busy);
    },
  );
  private readonly tooltip = makeTooltip(this.element);
  private readonly ends: (() => void)[] = [];
  private fonts = readFonts(document.documentElement);
  private measure = canvasMeasure(this.fonts);
  private palette: Palette;
  private heat: (item: Item) => Heat | null;
  private levels: Levels;
  private makeScene: (open: ReadonlySet<string>) => Scene;
  private scene: Scene;
  private open: readonly string[];
  private camera: cameras.Camera | null;
  private marks: Marks = noMarks;
  private pointing = nowhere;
  private headers: readonly Header[] = [];
  /** The room that the outermost level fills: taken once, so that nothing jumps at a resize. */
  private room: number | null = null;
  private saving = 0;
  /** The focus comes from a click, which needs no ring. */
  private pointed = false;
  /** The edge that was followed last: the other way leads back, the same way from where it began
   * leads along the next edge. */
  private followed: { to: "operand" | "user"; origin: string; end: string } | null = null;

  constructor(
    private readonly store: Store,
    private readonly stage: number,
  ) {
    const pose = this.pose();
    this.palette = paletteFor(document.documentElement, store.state.theme);
    this.heat = heater(this.overlay());
    this.levels = this.newLevels();
    this.open = pose.open ?? firstOpen(this.levels, store.report.depth);
    this.camera = pose.camera;
    this.makeScene = this.newMaker();
    this.scene = this.makeScene(new Set(this.open));
    this.build();
    this.listen();
    this.remark();
  }

  // What the panel asks.

  reveal(nodes: readonly NodeId[]): void {
    const open = new Set(this.open);
    for (const node of nodes.slice(0, mostRevealed))
      for (const key of this.levels.wayTo(node).slice(0, -1)) open.add(key);
    if (open.size > this.open.length) this.setOpen([...open]);
    const boxes = boxesOf(this.scene, nodes);
    const [first] = boxes;
    const area = cameras.around(this.scene, boxes);
    if (first === undefined || area === null) return;
    this.pointing = { ...this.pointing, cursor: first };
    this.remark();
    const { width, height } = this.screen.size;
    const { zoom } = this.here();
    const fits = area.w * zoom < width && area.h * zoom < height;
    this.bringIntoSight(fits ? area : cameras.areaOf(this.scene, first));
  }

  zoomBy(factor: number): void {
    const { width, height } = this.screen.size;
    this.glideTo(cameras.zoomedAbout(this.here(), factor, width / 2, height / 2));
  }

  reset(): void {
    this.glideTo(cameras.firstLook(this.scene, this.screen.size));
  }

  fit(): void {
    this.glideTo(cameras.fitted(this.scene, this.screen.size));
  }

  expandAll(): void {
    const { keys, all } = allKeys(this.levels.root, mostBoxes);
    this.setOpen(keys, this.anchorAtCursor());
    this.store.announce(
      all
        ? `All ${keys.length} groups are open.`
        : `The first ${keys.length} groups are open: there are too many to open them all.`,
    );
  }

  collapseAll(): void {
    this.setOpen([]);
    this.reset();
    this.store.announce("All groups are closed.");
  }

  toSVG(theme: Theme): string {
    return toSVG(this.picture(), theme);
  }

  toPNG(theme: Theme, scale: number): Promise<Blob> {
    return toPNG(this.picture(), theme, scale);
  }

  contentSize(): { width: number; height: number } {
    return { width: this.scene.width + 2 * margin, height: this.scene.height + 2 * margin };
  }

  resize(): void {
    if (!this.screen.resize(this.element)) return;
    const { width } = this.screen.size;
    if (this.room === null) {
      this.room = roomIn(width);
      if (this.room !== roomIn(0)) this.relay();
    }
  }

  dispose(): void {
    if (this.saving !== 0) this.save();
    for (const end of this.ends) end();
    this.tooltip.hide();
    this.screen.stop();
  }

  // What it is made of.

  private build(): void {
    const { element, tooltip } = this;
    const { canvas } = this.screen;
    const { label } = this.levels.graph;
    Object.assign(element.style, {
      position: "relative",
      overflow: "hidden",
      width: "100%",
      height: "100%",
      minWidth: "0",
      minHeight: "0",
    });
    Object.assign(canvas.style, {
      position: "absolute",
      display: "block",
      width: "100%",
      height: "100%",
      outlineOffset: "-2px",
    });
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", `Graph: ${visible(label)}. Arrow keys walk, Enter opens.`);
    element.append(canvas, tooltip.element);
    tooltip.dress(this.palette, this.fonts);
  }

  private listen(): void {
    const { canvas } = this.screen;
    const { store } = this;
    const watch = new ResizeObserver(() => this.resize());
    watch.observe(this.element);
    const keyed = (event: KeyboardEvent) => {
      if (pressKey(event, this.keyActions())) event.preventDefault();
    };
    const focused = () => {
      // The browser's own ring shows after clicks too.
      const ring = canvas.matches(":focus-visible") && !this.pointed;
      canvas.style.outline = ring ? `2px solid ${this.palette.accent}` : "none";
      this.pointed = false;
      this.remark();
    };
    canvas.addEventListener("keydown", keyed);
    canvas.addEventListener("pointerdown", () => {
      this.pointed = true;
    });
    canvas.addEventListener("focus", focused);
    canvas.addEventListener("blur", focused);
    const schemes = matchMedia("(forced-colors: active)");
    const dressed = () => this.dress();
    schemes.addEventListener("change", dressed);
    this.ends.push(
      () => watch.disconnect(),
      () => schemes.removeEventListener("change", dressed),
      listenToPointer(canvas, this.pointerActions()),
      store.on(["theme"], dressed),
      store.on(["overlay"], () => {
        this.heat = heater(this.overlay());
        this.screen.ask();
      }),
      store.on(["filters", "only"], (state, before) => this.refilter(state, before)),
      store.on(["poses"], () => this.takePose()),
      store.on(["selection", "line", "hover", "hoverLine", "hits"], () => {
        this.meetSelection();
        this.remark();
      }),
    );
  }

  private keyActions(): KeyActions {
    return {
      move: (direction) => this.walk(direction),
      follow: (to) => this.follow(to),
      toggle: () => this.toggle(this.pointing.cursor),
      pan: (dx, dy) => this.pan(dx, dy),
    };
  }

  private pointerActions(): PointerActions {
    return {
      pan: (dx, dy) => this.pan(dx, dy),
      zoom: (factor, x, y) => this.setCamera(cameras.zoomedAbout(this.here(), factor, x, y)),
      hover: (at) => (at === null ? this.unhover() : this.hover(at.x, at.y)),
      click: (x, y) => this.click(x, y),
      doubleClick: (x, y) => {
        const box = this.hit(x, y);
        // The ground of an open group is no handle: only its header closes it.
        if (box >= 0 && (!this.scene.open[box] || headerAt(this.headers, x, y))) this.toggle(box);
      },
    };
  }

  // The scene.

  private newLevels(): Levels {
    const { report, state } = this.store;
    const only = state.only?.stage === this.stage ? state.only.nodes : undefined;
    return makeLevels(report.stages[this.stage], state.filters, only);
  }

  private newMaker() {
    const { levels, measure } = this;
    return sceneMaker({ levels, layOut, portFor, measure, width: this.room ?? roomIn(0) });
  }

  /** Everything anew: other levels, other fonts or another width. */
  private relay(): void {
    this.makeScene = this.newMaker();
    this.scene = this.makeScene(new Set(this.open));
    this.forget();
    this.screen.ask();
  }

  private refilter(state: State, before: State): void {
    const mine = (of: State) => (of.only?.stage === this.stage ? of.only : null);
    if (state.filters === before.filters && mine(state) === mine(before)) return;
    this.levels = this.newLevels();
    this.relay();
    // What was looked at is somewhere else now: go to where the selection is, or begin again.
    const { cursor } = this.pointing;
    const { size } = this.screen;
    const camera = cursor >= 0 && this.camera && mine(state) === mine(before) ? this.camera : null;
    this.camera = camera && cameras.showing(camera, cameras.areaOf(this.scene, cursor), size);
  }

  /** Boxes have other numbers now. */
  private forget(): void {
    this.pointing = nowhere;
    this.headers = [];
    this.meetSelection();
    this.remark();
  }

  /** `anchor`: a box whose left top corner stays where it is on the screen. */
  private setOpen(open: readonly string[], anchor: Anchor | null = null): void {
    const { scene: old, screen } = this;
    const from = this.here();
    const cursor = old.items[this.pointing.cursor]?.key;
    const { focused } = this.pointing;
    this.open = open;
    this.scene = this.makeScene(new Set(open));
    this.forget();
    const again = cursor === undefined ? -1 : this.scene.boxOf(cursor);
    if (again >= 0) this.pointing = { ...nowhere, cursor: again, focused };
    const box = anchor === null ? -1 : this.scene.boxOf(anchor.key);
    if (anchor !== null && box >= 0) {
      const { zoom } = from;
      const to = { x: this.scene.x[box] - anchor.x / zoom, y: this.scene.y[box] - anchor.y / zoom };
      this.camera = cameras.kept({ ...to, zoom }, this.scene, screen.size);
    } else this.camera = cameras.kept(from, this.scene, screen.size);
    this.remark();
    this.save();
    if (screen.size.width > 0) screen.change(tweenOf(old, from, this.scene, this.here()));
  }

  private toggle(box: number): void {
    const item = this.scene.items[box];
    if (item === undefined || !canOpen(item)) return;
    const opens = !this.scene.open[box];
    const open = opens ? [...this.open, item.key] : this.open.filter((key) => key !== item.key);
    this.setOpen(open, this.anchorAt(box));
    this.store.announce(`${visible(item.title)}: ${opens ? "open" : "closed"}.`);
  }

  private anchorAt(box: number): Anchor {
    const { x, y, zoom } = this.here();
    const { key } = this.scene.items[box];
    const header = this.headers.find((one) => one.box === box);
    if (header) return { key, x: header.x, y: header.y };
    return { key, x: (this.scene.x[box] - x) * zoom, y: (this.scene.y[box] - y) * zoom };
  }

  private anchorAtCursor(): Anchor | null {
    return this.pointing.cursor >= 0 ? this.anchorAt(this.pointing.cursor) : null;
  }

  // From where one looks.

  /** The camera, which looks from the beginning until somebody has moved it. */
  private here(): cameras.Camera {
    return this.camera ?? cameras.firstLook(this.scene, this.screen.size);
  }

  private setCamera(camera: cameras.Camera): void {
    this.camera = cameras.kept(camera, this.scene, this.screen.size);
    this.tooltip.hide();
    this.screen.ask();
    clearTimeout(this.saving);
    this.saving = window.setTimeout(() => this.save(), settle);
  }

  private glideTo(camera: cameras.Camera): void {
    const from = this.here();
    this.setCamera(camera);
    this.screen.glide(from);
  }

  private pan(dx: number, dy: number): void {
    this.setCamera(cameras.panned(this.here(), -dx, -dy));
  }

  private bringIntoSight(area: Parameters<typeof cameras.showing>[1]): void {
    if (this.screen.size.width === 0) return;
    const here = this.here();
    const to = cameras.showing(here, area, this.screen.size);
    if (to.x !== here.x || to.y !== here.y) this.glideTo(to);
  }

  private pose(): GraphPose {
    return this.store.state.poses[this.stage];
  }

  private save(): void {
    clearTimeout(this.saving);
    this.saving = 0;
    const mine = { open: this.open, camera: this.camera };
    const poses = this.store.state.poses.map((pose, at) => (at === this.stage ? mine : pose));
    this.store.set({ poses });
  }

  /** A pose that somebody else has set. */
  private takePose(): void {
    const { open, camera } = this.pose();
    if (this.saving !== 0) return;
    if (open !== this.open && open !== null) {
      this.open = open;
      this.relay();
    }
    if (camera !== this.camera) {
      this.camera = camera;
      this.screen.ask();
    }
  }

  // What the reader does.

  private click(x: number, y: number): void {
    this.tooltip.hide();
    const box = this.hit(x, y);
    if (box >= 0 && this.isOnSwitch(box, x, y)) this.toggle(box);
    else this.goTo(box, false);
  }

  /** True on the little triangle that opens and closes. */
  private isOnSwitch(box: number, x: number, y: number): boolean {
    if (!canOpen(this.scene.items[box])) return false;
    const { x: left, y: top } = this.anchorAt(box);
    const { zoom } = this.here();
    const across = x - Math.max(0, left);
    return across < (10 + glyphRoom) * Math.max(0.75, zoom) && y - top < 34 * zoom;
  }

  /** Selects a box; -1 selects nothing. */
  private goTo(box: number, focused: boolean): void {
    this.pointing = { ...this.pointing, cursor: box, focused };
    const item = this.scene.items[box];
    const nodes = item?.nodes ?? [];
    this.store.select(nodes.length > 0 ? { stage: this.stage, nodes } : null);
    this.remark();
    if (item === undefined || !focused) return;
    this.bringIntoSight(cameras.areaOf(this.scene, box));
    const state = canOpen(item) ? (this.scene.open[box] ? ", open" : ", closed") : "";
    this.store.announce(`${visible(item.title)}, ${visible(item.subtitle)}${state}`);
  }

  private walk(direction: Direction): void {
    const { cursor } = this.pointing;
    const next = cursor < 0 ? this.firstInSight() : nextBox(this.scene, cursor, direction);
    if (next >= 0) this.goTo(next, true);
  }

  private firstInSight(): number {
    const { x, y } = this.here();
    for (let box = 0; box < this.scene.count; box++)
      if (this.scene.x[box] >= x && this.scene.y[box] >= y) return box;
    return this.scene.count > 0 ? 0 : -1;
  }

  private follow(to: "operand" | "user"): void {
    const { cursor } = this.pointing;
    if (cursor < 0) return;
    const { scene, followed: last } = this;
    const { key } = scene.items[cursor];
    const back = last !== null && last.to !== to && last.end === key;
    const again = last !== null && last.to === to && last.origin === key;
    const next = back
      ? scene.boxOf(last.origin)
      : alongEdge(scene, cursor, to, again ? scene.boxOf(last.end) : -1);
    if (next < 0) {
      this.store.announce(
        to === "operand" ? "Nothing drawn comes before it." : "Nothing drawn comes after it.",
      );
      return;
    }
    if (!back) this.followed = { to, origin: key, end: scene.items[next].key };
    this.goTo(next, true);
  }

  private hit(x: number, y: number): number {
    const header = headerAt(this.headers, x, y);
    if (header !== null) return header.box;
    const here = this.here();
    return boxAt(this.scene, here.x + x / here.zoom, here.y + y / here.zoom);
  }

  private hover(x: number, y: number): void {
    const { scene } = this;
    const here = this.here();
    const box = this.hit(x, y);
    // Over the ground between boxes, edges can be pointed at.
    const ground = box < 0 || (scene.open[box] && !headerAt(this.headers, x, y));
    const wire = ground
      ? wireAt(scene, here.x + x / here.zoom, here.y + y / here.zoom, 6 / here.zoom)
      : null;
    const target = wire === null && !(ground && box >= 0) ? box : -1;
    if (target !== this.pointing.box || wire?.wire !== this.pointing.wire?.wire) {
      this.pointing = { ...this.pointing, box: target, wire };
      const nodes = scene.items[target]?.nodes ?? [];
      this.store.set({ hover: nodes.length > 0 ? { stage: this.stage, nodes } : null });
      this.remark();
    }
    if (wire !== null)
      this.tooltip.show(tellEdge(wire.pane.laid.level.edges[wire.wire.edge]), x, y);
    else if (target >= 0)
      this.tooltip.show(tellBox(this.levels.graph, scene.items[target], this.overlay()), x, y);
    else this.tooltip.hide();
  }

  private unhover(): void {
    this.tooltip.hide();
    this.pointing = { ...this.pointing, box: -1, wire: null };
    if (this.store.state.hover?.stage === this.stage) this.store.set({ hover: null });
    this.remark();
  }

  // What is painted.

  /** The keyboard goes on from what was selected elsewhere. */
  private meetSelection(): void {
    const { selection } = this.store.state;
    if (selection?.stage !== this.stage) return;
    const at = this.scene.items[this.pointing.cursor]?.nodes;
    if (at === selection.nodes) return;
    const [first] = boxesOf(this.scene, selection.nodes);
    if (first !== undefined) this.pointing = { ...this.pointing, cursor: first };
  }

  private remark(): void {
    const { report, state } = this.store;
    const focused = this.pointing.focused && hasFocus(this.screen.canvas);
    this.marks = marksOf(report, state, this.stage, this.scene, { ...this.pointing, focused });
    this.screen.ask();
  }

  private dress(): void {
    this.palette = paletteFor(this.element, this.store.state.theme);
    this.tooltip.dress(this.palette, this.fonts);
    this.screen.ask();
  }

  private overlay(): Overlay | null {
    const { report, state } = this.store;
    return report.stages[this.stage].overlays.find(({ name }) => name === state.overlay) ?? null;
  }

  private look(): Look {
    const { scene, palette, measure, marks, heat } = this;
    return { scene, palette, measure, marks, heat, camera: this.here(), font: this.fonts.ui };
  }

  private picture(): Picture {
    const { scene, measure, fonts, heat, marks } = this;
    const still = { ...marks, hovered: noMarks.hovered, wire: null, focus: -1 };
    return { scene, measure, fonts, heat, marks: still };
  }

  /** Facts for tests, and for whoever looks into the page. */
  private publish(drawn: Drawn): void {
    this.headers = drawn.sight.headers;
    const facts = {
      boxes: this.scene.count,
      drawn: drawn.boxes,
      wires: this.scene.wireCount,
      zoom: this.here().zoom.toFixed(3),
      open: this.scene.openCount,
      labelled: drawn.labelled.toFixed(3),
      cut: drawn.cut,
      fill: drawn.fill.toFixed(3),
      ready: true,
    };
    for (const [name, value] of Object.entries(facts)) {
      const text = String(value);
      if (this.element.dataset[name] !== text) this.element.dataset[name] = text;
    }
  }
}

/** A box and where its left top corner is on the screen. */
interface Anchor {
  readonly key: string;
  readonly x: number;
  readonly y: number;
}

/** What a level may fill in a view so wide; 0 where it isn't known yet. */
function roomIn(width: number): number {
  return width === 0 ? 960 : Math.max(400, Math.min(1280, width - 2 * margin));
}

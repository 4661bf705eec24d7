/** A stage's graph on a canvas: what is open, from where one looks, and what the reader does. */

import { layOut } from "../../layout/layout";
import type { NodeId, Overlay } from "../../model/graph";
import type { Item, Levels } from "../../model/level";
import { makeLevels, portFor } from "../../model/levels";
import { visible } from "../../model/visible";
import type { GraphView, MakeGraphView, State, Store, Theme } from "../contracts";
import { openFinding } from "../finding";
import { type Heat, heater } from "../heat";
import { type Palette, paletteFor, readFonts } from "../palette";
import { openAhead } from "./ahead";
import * as cameras from "./camera";
import { type Drawn, factsOf } from "./draw";
import { type Picture, toPNG, toSVG } from "./export";
import { ghostsOf } from "./findings";
import { boxesOf, type Scene } from "./flatten";
import { type Handled, Hands } from "./hands";
import { pressKey } from "./keys";
import { type Marks, marksOf, noMarks } from "./marks";
import { canvasMeasure } from "./measure";
import { tweenOf } from "./motion";
import { allKeys, canOpen, firstOpen, keysTo } from "./opening";
import { hasFocus, listenToPointer } from "./pointer";
import { sceneMaker } from "./scene";
import { type Look, Screen } from "./screen";
import type { Header } from "./sight";
import { margin, roomIn } from "./sizes";
import { makeTooltip } from "./tooltip";
import { type Anchor, Viewpoint } from "./viewpoint";

/** More boxes than this are not opened at once. */
const mostBoxes = 100_000;

export const makeGraphView: MakeGraphView = (store, stage) => new CanvasView(store, stage);

class CanvasView implements GraphView, Handled {
  readonly element = document.createElement("div");
  private readonly screen = new Screen(
    () => this.look(),
    (drawn) => this.publish(drawn),
    (busy) => {
      this.element.dataset.animating = String(busy);
    },
  );
  readonly viewpoint: Viewpoint;
  readonly tooltip = makeTooltip(this.element);
  private readonly ends: (() => void)[] = [];
  private fonts = readFonts(document.documentElement);
  private measure = canvasMeasure(this.fonts);
  private palette: Palette;
  private heat: (item: Item) => Heat | null;
  private levels: Levels;
  private makeScene: (open: ReadonlySet<string>) => Scene;
  /** Null until it is first asked for: by then the room is known. */
  private made: Scene | null = null;
  /** What was opened ahead. */
  private tried = new WeakSet<Item>();
  private stopAhead = () => {};
  private open: readonly string[];
  headers: readonly Header[] = [];
  private readonly hands = new Hands(this);
  /** Null where something else stands out than in the last picture. */
  private marks: Marks | null = null;
  /** The room that the outermost level fills: taken once, so that nothing jumps at a resize. */
  private room: number | null = null;
  /** The focus comes from a click, which needs no ring. */
  private pointed = false;

  constructor(
    readonly store: Store,
    readonly stage: number,
  ) {
    this.palette = paletteFor(document.documentElement, store.state.theme);
    this.heat = heater(this.overlay());
    this.levels = this.newLevels();
    this.viewpoint = new Viewpoint(
      store,
      stage,
      this.screen,
      () => this.scene,
      () => this.open,
    );
    this.open = this.viewpoint.pose().open ?? firstOpen(this.levels, store.report.depth);
    this.makeScene = this.newMaker();
    this.build();
    this.listen();
    this.remark();
  }

  // What the panel asks.

  reveal(nodes: readonly NodeId[]): void {
    const same = (item: Item) =>
      item.nodes.length === nodes.length && item.nodes.every((node, at) => node === nodes[at]);
    const drawn = this.scene.items.findIndex(same);
    // A stack stands for all of its nodes: they are found without opening it.
    if (drawn < 0) this.openTo(nodes);
    const boxes = drawn < 0 ? boxesOf(this.scene, nodes) : [drawn];
    const [first] = boxes;
    const area = cameras.around(this.scene, boxes);
    if (first === undefined || area === null) return;
    this.hands.standAt(first);
    this.remark();
    const { width, height } = this.screen.size;
    const { zoom } = this.viewpoint.here();
    const fits = area.w * zoom < width && area.h * zoom < height;
    this.viewpoint.show(fits ? area : cameras.areaOf(this.scene, first));
  }

  private openTo(nodes: readonly NodeId[]): void {
    const open = new Set([...this.open, ...keysTo(this.levels, nodes)]);
    if (open.size > this.open.length) this.setOpen([...open]);
  }

  zoomBy(factor: number): void {
    const { width, height } = this.screen.size;
    this.viewpoint.glideTo(
      cameras.zoomedAbout(this.viewpoint.here(), factor, width / 2, height / 2),
    );
  }

  reset(): void {
    this.viewpoint.glideTo(cameras.firstLook(this.scene, this.screen.size));
  }

  fit(): void {
    this.viewpoint.glideTo(cameras.fitted(this.scene, this.screen.size));
  }

  expandAll(): void {
    const { keys, all } = allKeys(this.levels.root, mostBoxes);
    this.setOpen(keys, this.anchorInSight());
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
    this.findRoom(this.element.clientWidth);
    return { width: this.scene.width + 2 * margin, height: this.scene.height + 2 * margin };
  }

  resize(): void {
    if (this.screen.resize(this.element)) this.findRoom(this.screen.size.width);
  }

  private findRoom(width: number): void {
    if (this.room !== null || width === 0) return;
    this.room = roomIn(width);
    if (this.made === null) this.makeScene = this.newMaker();
    else if (this.room !== roomIn(0)) this.relay();
  }

  dispose(): void {
    if (this.viewpoint.isUnsaved) this.viewpoint.save();
    for (const end of this.ends) end();
    this.tooltip.hide();
    this.screen.stop();
  }

  // What it is made of.

  private build(): void {
    const { element, tooltip, screen } = this;
    const { canvas } = screen;
    const { graph } = this.levels;
    Object.assign(element.style, {
      position: "relative",
      overflow: "hidden",
      width: "100%",
      height: "100%",
    });
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute(
      "aria-label",
      `Graph: ${visible(graph.label)}. Arrow keys walk, Enter opens.`,
    );
    element.append(canvas, tooltip.element);
    tooltip.dress(this.palette, this.fonts);
  }

  private listen(): void {
    const { canvas } = this.screen;
    const { store } = this;
    const watch = new ResizeObserver(() => {
      this.resize();
      this.screen.paintNow();
    });
    watch.observe(this.element);
    const keyed = (event: KeyboardEvent) => {
      if (pressKey(event, this.hands.keyActions())) event.preventDefault();
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
      () => this.stopAhead(),
      () => watch.disconnect(),
      () => schemes.removeEventListener("change", dressed),
      listenToPointer(canvas, this.hands.pointerActions()),
      store.on(["theme"], dressed),
      store.on(["overlay"], () => {
        this.heat = heater(this.overlay());
        this.screen.ask();
      }),
      store.on(["filters", "only"], (state, before) => this.refilter(state, before)),
      store.on(["poses"], () => this.takePose()),
      store.on(["selection", "line", "hover", "hoverLine", "hits", "changed"], () => {
        this.hands.meetSelection();
        this.remark();
      }),
    );
  }

  // The scene.

  get scene(): Scene {
    if (this.made === null) {
      this.made = this.makeScene(new Set(this.open));
      this.stopAhead();
      this.stopAhead = openAhead(this.made, this.tried, (key) => {
        this.makeScene(new Set([...this.open, key]));
      });
    }
    return this.made;
  }

  private newLevels(): Levels {
    const { report, state } = this.store;
    const only = state.only?.stage === this.stage ? state.only.nodes : undefined;
    const ghosts = state.filters.ghosts ? ghostsOf(report, this.stage) : [];
    return makeLevels(report.stages[this.stage], state.filters, only, ghosts);
  }

  private newMaker() {
    const { levels, measure } = this;
    this.tried = new WeakSet();
    return sceneMaker({ levels, layOut, portFor, measure, width: this.room ?? roomIn(0) });
  }

  /** Everything anew: other levels, other fonts or another width. */
  private relay(): void {
    this.makeScene = this.newMaker();
    this.replaceScene();
  }

  private refilter(state: State, before: State): void {
    const mine = (of: State) => (of.only?.stage === this.stage ? of.only : null);
    if (state.filters === before.filters && mine(state) === mine(before)) return;
    this.levels = this.newLevels();
    this.relay();
    // What was looked at is somewhere else now: go to where the selection is, or begin again.
    const { cursor } = this.hands.pointing;
    const { size } = this.screen;
    const camera =
      cursor >= 0 && this.viewpoint.camera && mine(state) === mine(before)
        ? this.viewpoint.camera
        : null;
    this.viewpoint.camera =
      camera && cameras.showing(camera, cameras.areaOf(this.scene, cursor), size);
  }

  /** Something else is open, or stands elsewhere. */
  private replaceScene(): void {
    const cursor = this.made?.items[this.hands.pointing.cursor]?.key;
    this.made = null;
    this.headers = [];
    this.hands.renumber(cursor);
    this.remark();
  }

  /** `anchor`: a box whose left top corner stays where it is on the screen. */
  private setOpen(open: readonly string[], anchor: Anchor | null = null): void {
    const { scene: old, screen, viewpoint } = this;
    const from = viewpoint.here();
    this.open = open;
    this.replaceScene();
    viewpoint.settleAt(from, anchor);
    viewpoint.save();
    if (screen.size.width > 0) screen.change(tweenOf(old, from, this.scene, viewpoint.here()));
  }

  toggle(box: number): void {
    const item = this.scene.items[box];
    if (item?.finding !== undefined) openFinding(this.store, item.finding);
    if (item === undefined || !canOpen(item)) return;
    const opens = !this.scene.open[box];
    const open = opens ? [...this.open, item.key] : this.open.filter((key) => key !== item.key);
    this.setOpen(open, this.anchorAt(box));
    this.store.announce(`${visible(item.title)}: ${opens ? "open" : "closed"}.`);
  }

  anchorAt(box: number): Anchor {
    const { x, y, zoom } = this.viewpoint.here();
    const { key } = this.scene.items[box];
    const header = this.headers.find((one) => one.box === box);
    if (header) return { key, x: header.x, y: header.y };
    return { key, x: (this.scene.x[box] - x) * zoom, y: (this.scene.y[box] - y) * zoom };
  }

  /** The box that the keyboard is at, else the first in sight. */
  private anchorInSight(): Anchor | null {
    const { cursor } = this.hands.pointing;
    if (cursor >= 0) return this.anchorAt(cursor);
    const first = this.viewpoint.inSight()[0];
    return first === undefined ? null : this.anchorAt(first);
  }

  /** A pose that somebody else has set. */
  private takePose(): void {
    const { open, camera } = this.viewpoint.pose();
    if (this.viewpoint.isUnsaved) return;
    if (open !== this.open && open !== null) {
      this.open = open;
      this.relay();
    }
    if (camera !== this.viewpoint.camera) {
      this.viewpoint.camera = camera;
      this.screen.ask();
    }
  }

  // What is painted.

  remark(): void {
    this.marks = null;
    this.screen.ask();
  }

  private marked(): Marks {
    const { hands, store, scene, screen } = this;
    const focused = hands.pointing.focused && hasFocus(screen.canvas);
    const pointing = { ...hands.pointing, focused };
    this.marks ??= marksOf(store.report, store.state, this.stage, scene, pointing);
    return this.marks;
  }

  private dress(): void {
    this.palette = paletteFor(this.element, this.store.state.theme);
    this.tooltip.dress(this.palette, this.fonts);
    this.screen.ask();
  }

  overlay(): Overlay | null {
    const { report, state } = this.store;
    return report.stages[this.stage].overlays.find(({ name }) => name === state.overlay) ?? null;
  }

  private look(): Look {
    const { scene, palette, measure, heat, fonts } = this;
    const camera = this.viewpoint.here();
    return { scene, palette, measure, heat, camera, marks: this.marked(), font: fonts.ui };
  }

  private picture(): Picture {
    const { scene, measure, fonts, heat } = this;
    const still = { ...this.marked(), hovered: noMarks.hovered, wire: null, focus: -1 };
    return { scene, measure, fonts, heat, marks: still };
  }

  /** Facts for tests, and for whoever looks into the page. */
  private publish(drawn: Drawn): void {
    this.headers = drawn.sight.headers;
    const facts = factsOf(this.scene, drawn, this.viewpoint.here().zoom);
    for (const [name, value] of Object.entries(facts)) {
      const text = String(value);
      if (this.element.dataset[name] !== text) this.element.dataset[name] = text;
    }
  }
}

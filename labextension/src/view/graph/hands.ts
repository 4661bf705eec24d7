/** What the reader does with pointer and keys: point, select, walk, follow edges. */

import type { Overlay } from "../../model/graph";
import { visible } from "../../model/visible";
import type { Store } from "../contracts";
import { openFinding } from "../finding";
import { areaOf } from "./camera";
import { badgeAt, badgesOf } from "./findings";
import { boxAt, boxesOf, type Scene, wireAt } from "./flatten";
import type { KeyActions } from "./keys";
import type { Pointing } from "./marks";
import { canOpen } from "./opening";
import type { PointerActions } from "./pointer";
import { type Header, headerAt } from "./sight";
import { glyphRoom } from "./sizes";
import { type Tooltip, tellBox, tellEdge } from "./tooltip";
import type { Anchor, Viewpoint } from "./viewpoint";
import { alongEdge, type Direction, nextBox } from "./walk";

/** What hands work on. */
export interface Handled {
  readonly store: Store;
  readonly stage: number;
  readonly scene: Scene;
  readonly headers: readonly Header[];
  readonly viewpoint: Viewpoint;
  readonly tooltip: Tooltip;
  toggle(box: number): void;
  anchorAt(box: number): Anchor;
  overlay(): Overlay | null;
  /** Something else stands out now. */
  remark(): void;
}

/** Findings that a tooltip tells. */
const FEW = 3;

const nowhere: Pointing = { cursor: -1, focused: false, box: -1, wire: null };

export class Hands {
  pointing = nowhere;
  /** The edge that was followed last: the other way leads back, the same way from where it began
   * leads along the next edge. */
  private followed: { to: "operand" | "user"; origin: string; end: string } | null = null;

  constructor(private readonly on: Handled) {}

  keyActions(): KeyActions {
    return {
      move: (direction) => this.walk(direction),
      follow: (to) => this.follow(to),
      toggle: () => this.on.toggle(this.pointing.cursor),
      pan: (dx, dy) => this.on.viewpoint.pan(dx, dy),
    };
  }

  pointerActions(): PointerActions {
    const { on } = this;
    return {
      pan: (dx, dy) => on.viewpoint.pan(dx, dy),
      zoom: (factor, x, y) => {
        on.tooltip.hide();
        on.viewpoint.zoom(factor, x, y);
      },
      hover: (at) => (at === null ? this.unhover() : this.hover(at.x, at.y)),
      click: (x, y) => this.click(x, y),
      doubleClick: (x, y) => {
        const box = this.hit(x, y);
        // The ground of an open group is no handle: only its header closes it.
        if (box >= 0 && (!on.scene.open[box] || headerAt(on.headers, x, y))) on.toggle(box);
      },
    };
  }

  /** Boxes have other numbers: finds the one that the keyboard was at, by its key. */
  renumber(key: string | undefined): void {
    const { focused } = this.pointing;
    const cursor = key === undefined ? -1 : this.on.scene.boxOf(key);
    this.pointing = { ...nowhere, cursor, focused: focused && cursor >= 0 };
    if (cursor < 0) this.meetSelection();
  }

  /** Stands at a box without selecting it. */
  standAt(box: number): void {
    this.pointing = { ...this.pointing, cursor: box };
  }

  /** The keyboard goes on from what was selected elsewhere. */
  meetSelection(): void {
    const { selection } = this.on.store.state;
    if (selection?.stage !== this.on.stage) return;
    const at = this.on.scene.items[this.pointing.cursor]?.nodes;
    if (at === selection.nodes) return;
    const [first] = boxesOf(this.on.scene, selection.nodes);
    if (first !== undefined) this.pointing = { ...this.pointing, cursor: first };
  }

  private click(x: number, y: number): void {
    const { store, stage, scene, tooltip, viewpoint } = this.on;
    tooltip.hide();
    const box = this.hit(x, y);
    const told =
      badgeAt(store.report, stage, scene, viewpoint.here(), x, y) ?? scene.items[box]?.finding;
    if (told !== undefined) openFinding(store, told);
    else if (box >= 0 && this.isOnSwitch(box, x, y)) this.on.toggle(box);
    else this.goTo(box, false);
  }

  /** True on the little triangle that opens and closes. */
  private isOnSwitch(box: number, x: number, y: number): boolean {
    if (!canOpen(this.on.scene.items[box])) return false;
    const { x: left, y: top } = this.on.anchorAt(box);
    const { zoom } = this.on.viewpoint.here();
    const across = x - Math.max(0, left);
    return across < (10 + glyphRoom) * Math.max(0.75, zoom) && y - top < 34 * zoom;
  }

  /** Selects a box; -1 selects nothing. */
  private goTo(box: number, focused: boolean): void {
    this.pointing = { ...this.pointing, cursor: box, focused };
    const item = this.on.scene.items[box];
    const nodes = item?.nodes ?? [];
    this.on.store.select(nodes.length > 0 ? { stage: this.on.stage, nodes } : null);
    this.on.remark();
    if (item === undefined || !focused) return;
    this.on.viewpoint.show(areaOf(this.on.scene, box));
    const state = canOpen(item) ? (this.on.scene.open[box] ? ", open" : ", closed") : "";
    this.on.store.announce(`${visible(item.title)}, ${visible(item.subtitle)}${state}`);
  }

  private walk(direction: Direction): void {
    const { cursor } = this.pointing;
    const next =
      cursor < 0
        ? (this.on.viewpoint.inSight()[0] ?? -1)
        : nextBox(this.on.scene, cursor, direction);
    if (next >= 0) this.goTo(next, true);
  }

  private follow(to: "operand" | "user"): void {
    const { cursor } = this.pointing;
    if (cursor < 0) return;
    const { scene } = this.on;
    const last = this.followed;
    const { key } = scene.items[cursor];
    const back = last !== null && last.to !== to && last.end === key;
    const again = last !== null && last.to === to && last.origin === key;
    const next = back
      ? scene.boxOf(last.origin)
      : alongEdge(scene, cursor, to, again ? scene.boxOf(last.end) : -1);
    if (next < 0) {
      this.on.store.announce(
        to === "operand" ? "Nothing drawn comes before it." : "Nothing drawn comes after it.",
      );
      return;
    }
    if (!back) this.followed = { to, origin: key, end: scene.items[next].key };
    this.goTo(next, true);
  }

  private hit(x: number, y: number): number {
    const header = headerAt(this.on.headers, x, y);
    if (header !== null) return header.box;
    const here = this.on.viewpoint.here();
    return boxAt(this.on.scene, here.x + x / here.zoom, here.y + y / here.zoom);
  }

  private hover(x: number, y: number): void {
    const { scene } = this.on;
    const here = this.on.viewpoint.here();
    const box = this.hit(x, y);
    // Over the ground between boxes, edges can be pointed at.
    const ground = box < 0 || (scene.open[box] && !headerAt(this.on.headers, x, y));
    const wire = ground
      ? wireAt(scene, here.x + x / here.zoom, here.y + y / here.zoom, 6 / here.zoom)
      : null;
    const target = wire === null && !(ground && box >= 0) ? box : -1;
    if (target !== this.pointing.box || wire?.wire !== this.pointing.wire?.wire) {
      this.pointing = { ...this.pointing, box: target, wire };
      const nodes = scene.items[target]?.nodes ?? [];
      this.on.store.set({ hover: nodes.length > 0 ? { stage: this.on.stage, nodes } : null });
      this.on.remark();
    }
    if (wire !== null)
      this.on.tooltip.show(tellEdge(wire.pane.laid.level.edges[wire.wire.edge]), x, y);
    else if (target >= 0)
      this.on.tooltip.show(
        [
          ...tellBox(scene.levels.graph, scene.items[target], this.on.overlay()),
          ...this.told(target),
        ],
        x,
        y,
      );
    else this.on.tooltip.hide();
  }

  /** What was found of a box, the worst first. */
  private told(box: number): string[] {
    const { store, stage, scene } = this.on;
    const own = scene.items[box].finding;
    const badge = badgesOf(store.report, stage, scene).get(box);
    const findings = own === undefined ? (badge?.findings ?? []) : [own];
    const lines = findings.slice(0, FEW).map((at) => {
      const { harm, headline } = store.report.findings[at];
      return visible(`${harm}: ${headline.replaceAll("`", "")}`, 110);
    });
    if (findings.length > FEW) lines.push(`and ${findings.length - FEW} more findings`);
    return lines;
  }

  private unhover(): void {
    this.on.tooltip.hide();
    this.pointing = { ...this.pointing, box: -1, wire: null };
    if (this.on.store.state.hover?.stage === this.on.stage) this.on.store.set({ hover: null });
    this.on.remark();
  }
}

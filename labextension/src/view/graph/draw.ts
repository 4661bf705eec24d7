/** The picture of a scene, written with any pen. */

import type { Item } from "../../model/level";
import type { Heat } from "../heat";
import type { Palette } from "../palette";
import { drawBadges } from "./draw_badges";
import { drawBlocks, drawClosed } from "./draw_boxes";
import { drawGrounds, drawHeaders, drawTitles } from "./draw_groups";
import { drawRings } from "./draw_marks";
import { drawLabels, drawOnDemand, drawWires } from "./draw_wires";
import type { Scene } from "./flatten";
import type { Marks } from "./marks";
import type { Measure } from "./measure";
import type { Pen } from "./pen";
import { type Detail, detailAt, filled, look, type Sight, type View } from "./sight";

/** All that a picture depends on. */
export interface Frame {
  readonly scene: Scene;
  readonly view: View;
  readonly palette: Palette;
  readonly measure: Measure;
  readonly marks: Marks;
  readonly heat: (item: Item) => Heat | null;
  /** Boxes that have just come, and how much of them is there; null at rest. */
  readonly arriving: { readonly boxes: Uint8Array; readonly alpha: number } | null;
}

/** A frame with what follows from it. */
export interface Drawing extends Frame {
  readonly pen: Pen;
  readonly sight: Sight;
  readonly detail: Detail;
}

/** What was drawn, for tests and for the page's attributes. */
export interface Drawn {
  readonly sight: Sight;
  readonly boxes: number;
  readonly wires: number;
  /** Share of the closed boxes in sight whose title is set, at 11 px or more. */
  readonly labelled: number;
  /** Titles that had to be cut. */
  readonly cut: number;
  /** Share of the view's width or height that is filled, the larger of the two. */
  readonly fill: number;
  /** Boxes that the pointer is over, or a row of another pane that stands for them. */
  readonly hovered: number;
  /** Boxes that a line of source lights. */
  readonly lit: number;
  /** Boxes that stand for what is selected or hovered in another stage. */
  readonly counterparts: number;
  /** Boxes with a badge. */
  readonly badges: number;
}

/** Opacity of what is not found, while something is. */
export const faint = 0.4;

export function draw(pen: Pen, frame: Frame): Drawn {
  const { view, palette, scene } = frame;
  const drawing: Drawing = {
    ...frame,
    pen,
    sight: look(scene, view),
    detail: detailAt(view.zoom),
  };
  pen.alpha(1);
  pen.begin();
  pen.rect(0, 0, view.width, view.height);
  pen.fill(palette.canvas);
  drawGrounds(drawing);
  const wires = drawWires(drawing);
  drawBlocks(drawing);
  const told = drawClosed(drawing);
  drawTitles(drawing);
  drawHeaders(drawing);
  drawOnDemand(drawing);
  drawRings(drawing);
  drawBadges(drawing);
  drawLabels(drawing, wires);
  const { opens, blocks, closed } = drawing.sight;
  return {
    sight: drawing.sight,
    boxes: opens.length + blocks.length + closed.length,
    wires: wires.lines.length,
    labelled: told.named === 0 ? 1 : told.labelled / told.named,
    cut: told.cut,
    fill: filled(scene, view),
    hovered: frame.marks.hovered.size,
    lit: frame.marks.lit.size,
    counterparts: frame.marks.counterparts.size,
    badges: frame.marks.badges.size,
  };
}

/** What the page says of a picture, for tests, the legend, and whoever looks into the page. */
export function factsOf(scene: Scene, drawn: Drawn, zoom: number): Record<string, unknown> {
  return {
    boxes: scene.count,
    drawn: drawn.boxes,
    wires: scene.wireCount,
    zoom: zoom.toFixed(3),
    open: scene.openCount,
    hidden: scene.hidden,
    labelled: drawn.labelled.toFixed(3),
    cut: drawn.cut,
    fill: drawn.fill.toFixed(3),
    hovered: drawn.hovered,
    lit: drawn.lit,
    counterparts: drawn.counterparts,
    badges: drawn.badges,
    ghosts: scene.items.filter(({ kind }) => kind === "ghost").length,
    ready: true,
  };
}

/** Open groups: their ground, their pinned headers, and the titles of lanes and columns. */

import { Form, type Item } from "../../model/level";
import { share } from "../../model/quantity";
import { visible } from "../../model/visible";
import type { Drawing } from "./draw";
import { alphaOf } from "./draw_boxes";
import { addGlyph } from "./glyphs";
import { cutMiddle, faces, smallest } from "./measure";
import { bodyOf, type Header } from "./sight";
import { glyphRoom, laneTitle } from "./sizes";

/** Grounds alternate with depth, so that a group in a group is seen. */
export function drawGrounds(drawing: Drawing): void {
  const { pen, scene, sight, view, palette } = drawing;
  for (const box of sight.opens) {
    const item = scene.items[box];
    const { x, y, w, h } = bodyOf(scene, view, box);
    pen.alpha(alphaOf(drawing, box));
    pen.begin();
    pen.round(x, y, w, h, Math.min(6, h / 4));
    pen.fill(groundAt(drawing, box));
    pen.stroke(palette.border, 1, item.forms & Form.fusion ? [4, 3] : undefined);
  }
  pen.alpha(1);
}

const groundAt = ({ scene, palette }: Drawing, box: number) =>
  scene.depth[box] % 2 === 0 ? palette.group : palette.inner;

export function drawHeaders(drawing: Drawing): void {
  const { pen, palette, sight, scene } = drawing;
  // Outer ones last: what is scrolled away under a pinned header goes under it with its own.
  for (const header of sight.headers.toReversed()) {
    if (header.width < 36) continue;
    pen.alpha(alphaOf(drawing, header.box));
    // A header that is pinned, or too high for its room, lies over what is in the group.
    if (header.pinned || drawing.view.zoom < 0.6) {
      pen.begin();
      pen.rect(header.x + 1, header.y + 1, header.width - 2, header.height - 1);
      pen.fill(groundAt(drawing, header.box));
      if (header.pinned) {
        pen.begin();
        pen.moveTo(header.x + 1, header.y + header.height);
        pen.lineTo(header.x + header.width - 1, header.y + header.height);
        pen.stroke(palette.border, 0.5);
      }
    }
    drawHeader(drawing, header, scene.items[header.box]);
  }
  pen.alpha(1);
}

function drawHeader(drawing: Drawing, header: Header, item: Item): void {
  const { pen, palette, view, measure, detail } = drawing;
  const zoom = detail === "all" ? view.zoom : Math.max(0.75, view.zoom);
  // The title stays in sight at the left too.
  const left = Math.max(header.x, Math.min(0, header.x + header.width - 120));
  const middle = header.y + header.height / 2;
  const right = header.x + header.width - 8;
  const halo = groundAt(drawing, header.box);
  const glyph = Math.min(12 * zoom, header.height - 3);
  pen.begin();
  addGlyph(pen, "open", left + 8 * zoom, middle - glyph / 2, glyph);
  pen.stroke(palette.families[item.family], 1.5);
  const size = detail === "all" ? Math.max(smallest, faces.group.size * view.zoom) : smallest;
  const title = { size, weight: faces.group.weight };
  const start = left + (8 + glyphRoom) * zoom;
  const text = cutMiddle(item.title, right - start, title, measure);
  pen.text(text, start, middle, { ...title, color: palette.text, halo });
  if (detail !== "all") return;
  let room = start + measure(text, title) + 10 * zoom;
  const small = { size: Math.max(smallest, faces.small.size * zoom), weight: 400 };
  const part = shareText(drawing, item);
  if (part !== "") {
    const wide = measure(part, small);
    if (room + wide < right) {
      pen.text(part, right, middle, { ...small, color: palette.second, align: "right", halo });
      const swatch = 8 * zoom;
      pen.begin();
      pen.round(right - wide - swatch - 5, middle - swatch / 2, swatch, swatch, 2);
      pen.fill(palette.heat[drawing.heat(item)!.step]);
      pen.stroke(palette.border, 0.5);
      room += wide + swatch + 12;
    }
  }
  const subtitle = visible(item.subtitle);
  if (subtitle !== "" && measure(subtitle, small) < right - room)
    pen.text(subtitle, start + measure(text, title) + 10 * zoom, middle, {
      ...small,
      color: palette.second,
      halo,
    });
}

function shareText({ heat }: Drawing, item: Item): string {
  const found = heat(item);
  return found !== null && (found.kind === "known" || found.kind === "attributed")
    ? share(found.share, 1)
    : "";
}

const lanes = { 1: "forward ↓", 2: "backward ↑", 3: "update" } as const;

/** Titles of lanes and of the columns of an open box, above them. */
export function drawTitles(drawing: Drawing): void {
  const { pen, scene, sight, view, palette, measure, detail } = drawing;
  if (detail === "blocks") return;
  const all = detail === "all";
  for (const number of sight.panes) {
    const pane = scene.panes[number];
    const { laid } = pane;
    const halo = pane.box < 0 ? palette.canvas : groundAt(drawing, pane.box);
    if (laid.top > 0) {
      const size = all ? faces.lane.size * view.zoom : smallest;
      for (const { lane, x } of laid.layout.lanes)
        pen.text(
          lanes[lane],
          (pane.x + x - view.x) * view.zoom,
          (pane.y + (laneTitle - 12) / 2 - view.y) * view.zoom,
          {
            size: Math.max(smallest, size),
            weight: faces.lane.weight,
            color: palette.second,
            halo,
          },
        );
    }
    if (pane.title === "") continue;
    const set = { size: all ? Math.max(smallest, 11 * view.zoom) : smallest, weight: 600 };
    const text = cutMiddle(pane.title, Math.max(40, laid.width) * view.zoom, set, measure);
    const x = (pane.x - view.x) * view.zoom;
    const y = (pane.y - 13 - view.y) * view.zoom;
    pen.text(text, x, y, { ...set, color: palette.second, halo });
  }
}

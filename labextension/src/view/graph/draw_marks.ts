/** Rings: each kind of mark has a line of its own, so that no two are told by colour alone. */

import type { Drawing } from "./draw";
import { addShape } from "./draw_boxes";
import { bodyOf } from "./sight";

const dot = 4; // px, its radius

interface Ring {
  readonly boxes: Iterable<number>;
  readonly color: string;
  readonly width: number;
  /** How far outside of the border it runs. */
  readonly away: number;
  readonly dash?: readonly number[];
}

export function drawRings(drawing: Drawing): void {
  const { marks, palette } = drawing;
  const rings: Ring[] = [
    { boxes: marks.hits, color: palette.warning, width: 1.5, away: 1.5 },
    { boxes: marks.lit, color: palette.accent, width: 1.5, away: 0 },
    { boxes: marks.hovered, color: palette.accent, width: 1, away: 1 },
    { boxes: marks.counterparts, color: palette.accent, width: 2, away: 1, dash: [5, 4] },
    { boxes: marks.selected, color: palette.accent, width: 2, away: 0 },
    {
      boxes: marks.focus < 0 ? [] : [marks.focus],
      color: palette.accent,
      width: 2,
      away: 4,
    },
  ];
  for (const ring of rings) drawRing(drawing, ring);
  drawDots(drawing);
}

/** A dot on the corner of what a re-run changed. */
function drawDots({ pen, scene, view, marks, palette }: Drawing): void {
  pen.begin();
  for (const box of marks.changed) {
    const { x, y, w } = bodyOf(scene, view, box);
    pen.round(x + w - 2 * dot, y - dot, 2 * dot, 2 * dot, dot);
  }
  if (marks.changed.size === 0) return;
  pen.fill(palette.accent);
  pen.stroke(palette.canvas, 1.5);
}

function drawRing({ pen, scene, view }: Drawing, ring: Ring): void {
  pen.begin();
  let any = false;
  for (const box of ring.boxes) {
    const r = bodyOf(scene, view, box);
    if (r.x > view.width || r.y > view.height || r.x + r.w < 0 || r.y + r.h < 0) continue;
    any = true;
    const grown = {
      x: r.x - ring.away,
      y: r.y - ring.away,
      w: Math.max(4, r.w + 2 * ring.away),
      h: Math.max(4, r.h + 2 * ring.away),
    };
    if (scene.open[box]) pen.round(grown.x, grown.y, grown.w, grown.h, 6);
    else addShape(pen, scene.items[box], grown);
  }
  if (any) pen.stroke(ring.color, ring.width, ring.dash);
}

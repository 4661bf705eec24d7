/** Badges on what transforms hide something in: a disc with a sign, or with how many there are. */

import type { Harm } from "../../model/graph";
import type { Drawing } from "./draw";
import { badgePlace, radius } from "./findings";
import { smallest } from "./measure";

const SIGNS: Readonly<Record<Harm, string>> = {
  "wrong result": "!",
  "lost work": "!",
  slow: "~",
  surprise: "i",
};

export function drawBadges({ pen, scene, view, marks, palette, sight, detail }: Drawing): void {
  if (marks.badges.size === 0) return;
  const told = detail === "all" || detail === "titles";
  const r = told ? radius : radius / 2;
  const set = { size: smallest, weight: 600, align: "center" as const, color: palette.canvas };
  for (const box of [...sight.closed, ...sight.opens, ...sight.blocks]) {
    const badge = marks.badges.get(box);
    if (!badge) continue;
    const { x, y } = badgePlace(scene, view, box);
    pen.begin();
    pen.round(x - r, y - r, 2 * r, 2 * r, r);
    pen.fill(colorOf(badge.harm));
    pen.stroke(palette.canvas, 1.5);
    const count = badge.findings.length;
    if (told)
      pen.text(count > 1 ? String(Math.min(99, count)) : SIGNS[badge.harm], x, y + 0.5, set);
  }

  function colorOf(harm: Harm): string {
    if (harm === "slow") return palette.warning;
    return harm === "surprise" ? palette.second : palette.error;
  }
}

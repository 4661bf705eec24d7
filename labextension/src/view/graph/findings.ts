/** What transforms hide, in a graph: badges on boxes, and ghosts beside them. */

import { HARMS } from "../../model/findings";
import type { Harm, Report } from "../../model/graph";
import type { Ghost } from "../../model/level";
import type { Camera } from "./camera";
import { boxesOf, type Scene } from "./flatten";
import { bodyOf, type View } from "./sight";

/** Of a box: the places of its findings, the worst first. */
export interface Badge {
  readonly harm: Harm;
  readonly findings: readonly number[];
}

/** px, at zoom 1. */
export const radius = 8;

const known = new WeakMap<Scene, ReadonlyMap<number, Badge>>();

/** By box, what was found of the nodes that it stands for, or that are closed in it; and what
 * happened in it while JAX traced, where no ghost of its own is drawn. */
export function badgesOf(report: Report, stage: number, scene: Scene): ReadonlyMap<number, Badge> {
  let badges = known.get(scene);
  if (badges === undefined) {
    badges = findBadges(report, stage, scene);
    known.set(scene, badges);
  }
  return badges;
}

function findBadges(report: Report, stage: number, scene: Scene): ReadonlyMap<number, Badge> {
  const found = new Map<number, number[]>();
  const drawn = new Set(scene.items.map(({ finding }) => finding));
  for (const [at, finding] of report.findings.entries()) {
    if (finding.stage !== stage) continue;
    const { ghost } = finding;
    // Beside its own ghost a box needs no badge, and where ghosts are not wanted neither.
    const hidden = ghost && scene.levels.filters.ghosts && !drawn.has(at) ? [ghost.node] : [];
    for (const box of boxesOf(scene, [...finding.nodes, ...hidden])) {
      const findings = found.get(box);
      if (findings) findings.push(at);
      else found.set(box, [at]);
    }
  }
  const badges = new Map<number, Badge>();
  for (const [box, findings] of found) {
    const harmOf = (at: number) => HARMS.indexOf(report.findings[at].harm);
    findings.sort((a, b) => harmOf(a) - harmOf(b));
    badges.set(box, { harm: report.findings[findings[0]].harm, findings });
  }
  return badges;
}

/** The middle of a box's badge on the view: its left top corner. */
export function badgePlace(scene: Scene, view: View, box: number): { x: number; y: number } {
  const { x, y } = bodyOf(scene, view, box);
  return { x: x + 1, y: y + 1 };
}

/** The worst finding of the badge at a point of the view. */
export function badgeAt(
  report: Report,
  stage: number,
  scene: Scene,
  camera: Camera,
  x: number,
  y: number,
): number | undefined {
  const view = { ...camera, width: 0, height: 0 };
  for (const [box, { findings }] of badgesOf(report, stage, scene)) {
    const at = badgePlace(scene, view, box);
    if (Math.hypot(at.x - x, at.y - y) <= radius + 2) return findings[0];
  }
  return undefined;
}

/** The ghosts of a stage, in the order of their lines. */
export function ghostsOf({ findings, sources }: Report, stage: number): readonly Ghost[] {
  const found: { ghost: Ghost; line: number }[] = [];
  for (const [at, { ghost, howOften, lines, stage: own, hazard }] of findings.entries()) {
    if (ghost === null || own !== stage) continue;
    const [first] = lines;
    const text = sources[first?.source]?.text.split("\n")[first.line - 1]?.trim();
    const often = howOften > 1 ? `${howOften.toLocaleString("en")} times` : "once";
    const title = text || hazard;
    const subtitle = `${often}, while tracing`;
    found.push({ ghost: { ...ghost, title, subtitle, finding: at }, line: first?.line ?? 0 });
  }
  return found.sort((a, b) => a.line - b.line).map(({ ghost }) => ghost);
}

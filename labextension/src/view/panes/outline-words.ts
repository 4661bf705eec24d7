/** What a screen reader says of a row of the outline. No DOM. */

import type { Overlay } from "../../model/graph";
import { type Item, Lane } from "../../model/level";
import { visible } from "../../model/visible";
import { type Heat, heatOf } from "../heat";
import type { OutlineRow } from "./outline-rows";
import { shareText } from "./swatch";

/** How much of the program an item is under an overlay; null where there is nothing to say. */
export function heatOfItem(overlay: Overlay | null, item: Item): Heat | null {
  return overlay && item.nodes.length > 0 ? heatOf(overlay, item.nodes) : null;
}

/** "block, 12 times, 508 operations each, 31 % of FLOPs". That it is open is told by its state. */
export function spokenRow(row: OutlineRow, overlay: Overlay | null): string {
  const { item } = row;
  if (!item) return visible(row.title);
  const heat = heatOfItem(overlay, item);
  const each = item.count > 1 ? " each" : "";
  return [
    visible(row.title.replace(/ ×[\d,]+$/, "")),
    item.kind === "input" || item.kind === "output" ? item.kind : "",
    item.lane === Lane.backward ? "backward" : "",
    item.count > 1 ? `${item.count} times` : "",
    item.inside.length > 0 && item.size > 1
      ? `${Math.round(item.size / item.count).toLocaleString("en")} operations${each}`
      : visible(item.subtitle),
    heat && overlay ? spokenHeat(heat, overlay) : "",
  ]
    .filter((part) => part)
    .join(", ");
}

function spokenHeat(heat: Heat, overlay: Overlay): string {
  if (heat.kind === "unknown") return `${overlay.name} not known`;
  return `${shareText(heat)} of ${overlay.name}`;
}

/** What a selection costs, by each overlay of its stage. */

import type { NodeId, Overlay } from "../../model/graph";
import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import { h } from "../dom";
import { heatOf } from "../heat";
import { type Subject, section } from "./details";
import { shareText, swatch } from "./swatch";

export function costs({ graph }: Subject, nodes: readonly NodeId[]): HTMLElement | null {
  if (graph.overlays.length === 0) return null;
  const rows = graph.overlays.map((overlay) => {
    const heat = heatOf(overlay, nodes);
    const label = nodes.length === 1 ? overlay.value(nodes[0]) : undefined;
    const words = typeof label === "string" ? visible(label) : quantity(heat.value, overlay.unit);
    const known = typeof label === "string" || heat.kind !== "unknown";
    const share = typeof label === "string" || overlay.total <= 0 ? null : heat;
    return h(
      "tr",
      {},
      h(
        "th",
        {},
        visible(overlay.name),
        h("span", { class: "jl-source" }, visible(overlay.source)),
      ),
      h("td", { class: "jl-number" }, known ? words : "not known", runs(overlay, nodes)),
      h("td", { class: "jl-number" }, ...(share ? [swatch(share), known && shareText(share)] : [])),
    );
  });
  for (const row of rows) row.querySelector("th")?.setAttribute("scope", "row");
  const table = h("table", { class: "jl-costs" }, h("tbody", {}, ...rows));
  return section("Cost", table);
}

/** `12 × 4.1 MFLOP` of what runs in a loop; null for all else. */
function runs(overlay: Overlay, nodes: readonly NodeId[]): HTMLElement | null {
  const [once, all] = [overlay.value(nodes[0]), overlay.inAll(nodes[0])];
  if (nodes.length > 1 || typeof once !== "number" || typeof all !== "number") return null;
  const times = Math.round(all / once);
  if (!(times > 1) || Math.abs(all - times * once) > 1e-9 * all) return null;
  const text = `${quantity(times)} × ${quantity(once, overlay.unit)}`;
  return h("span", { class: "jl-source" }, text);
}

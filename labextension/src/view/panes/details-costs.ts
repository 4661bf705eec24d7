/** What a selection costs, by each overlay of its stage. */

import type { NodeId } from "../../model/graph";
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
      h("td", { class: "jl-number" }, known ? words : "not known"),
      h("td", { class: "jl-number" }, ...(share ? [swatch(share), known && shareText(share)] : [])),
    );
  });
  for (const row of rows) row.querySelector("th")?.setAttribute("scope", "row");
  const table = h("table", { class: "jl-costs" }, h("tbody", {}, ...rows));
  return section("Cost", table);
}

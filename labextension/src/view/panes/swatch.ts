/** Heat beside a row: a swatch of the step, and the share in words. */

import { share } from "../../model/quantity";
import { h } from "../dom";
import type { Heat } from "../heat";

/** A square in the colour of the step; hatched where nothing is known, never a step then. */
export function swatch(heat: Heat): HTMLElement {
  const look = { unknown: "jl-hatch", zero: "jl-zero", known: "", attributed: "jl-hollow" };
  const step = heat.kind === "unknown" || heat.kind === "zero" ? "" : `jl-heat-${heat.step + 1}`;
  return h("span", {
    class: `jl-swatch ${step} ${look[heat.kind]}`,
    aria: { hidden: true },
  });
}

/** "31 %", "< 0.1 %", "0 %", or "not known". */
export function shareText(heat: Heat): string {
  return heat.kind === "unknown" ? "not known" : share(heat.share, 1);
}

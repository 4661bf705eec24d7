/** Heat: how large a share of the program a box is, in seven steps. */

import type { NodeId, Overlay } from "../model/graph";
import type { Item } from "../model/level";

/** Upper bounds of the steps but the last, as shares of the program. */
export const bounds: readonly number[] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

/** 0 to 6; a share that is just a bound belongs to the step above it. */
export function stepOf(share: number): number {
  let step = 0;
  while (step < bounds.length && share >= bounds[step]) step++;
  return step;
}

/** "unknown" is hatched and never step 0; "zero" has no bar; "attributed" is hollow: a measured
 * time that was split by a model. */
export interface Heat {
  readonly kind: "unknown" | "zero" | "known" | "attributed";
  /** Of all runs of what it is in, as the source and the table count it. */
  readonly value: number;
  /** Of the program, 0 to 1. */
  readonly share: number;
  readonly step: number;
}

export const unknown: Heat = { kind: "unknown", value: Number.NaN, share: 0, step: 0 };
const zero: Heat = { kind: "zero", value: 0, share: 0, step: 0 };

export function heatOf(overlay: Overlay, nodes: readonly NodeId[]): Heat {
  let value = Number.NaN;
  for (const node of nodes) {
    const own = overlay.inAll(node);
    // What isn't known adds nothing to a sum of others that are.
    if (typeof own === "number" && !Number.isNaN(own)) value = (value || 0) + own;
  }
  return heatOfSum(value, overlay);
}

/** The heat of a sum that is worked out already; NaN where it isn't known. */
export function heatOfSum(value: number, overlay: Overlay): Heat {
  if (Number.isNaN(value)) return unknown;
  if (value === 0) return zero;
  const share = overlay.total > 0 ? Math.min(1, Math.max(0, value / overlay.total)) : 0;
  const kind = /\battributed\b/.test(overlay.source) ? "attributed" : "known";
  return { kind, value, share, step: stepOf(share) };
}

/** What to say of a node without a value: it is not zero. */
export function unknownText({ source }: Overlay): string {
  return `not ${/measured|attributed/.exec(source)?.[0] ?? "known"}`;
}

/** Heat of items under one overlay, each worked out once. */
export function heater(overlay: Overlay | null): (item: Item) => Heat | null {
  const known = new WeakMap<Item, Heat>();
  return (item) => {
    if (overlay === null || item.nodes.length === 0) return null;
    let heat = known.get(item);
    if (heat === undefined) {
      heat = heatOf(overlay, item.nodes);
      known.set(item, heat);
    }
    return heat;
  };
}

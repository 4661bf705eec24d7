/** Small things that panes share. */

import type { OverlayOf } from "../contracts";

let serial = 0;

/** An id that no other element of the page has. */
export function freshId(stem: string): string {
  serial += 1;
  return `jl-${stem}-${serial}`;
}

/** A key without Ctrl, Alt or Meta; Shift is part of the key. */
export function isPlain(event: KeyboardEvent): boolean {
  return !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);
}

/** The overlay that the panel paints, as this stage has it. */
export const overlayOf: OverlayOf = (store, stage) =>
  store.report.stages[stage]?.overlays.find(({ name }) => name === store.state.overlay) ?? null;

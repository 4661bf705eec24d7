/** Distances of a layout in px at zoom 1. */
export const space = {
  sibling: 16,
  rank: 32,
  /** Between ranks whose edges all run straight down. */
  chain: 20,
  component: 40,
  /** Between lines that run side by side. */
  track: 8,
  /** Between a line and a box that it passes. */
  passing: 12,
  /** Between lanes, so that a short label has room. */
  lane: 64,
  laneNarrow: 36,
  /** Of a bend from the box it leaves, and from the box it enters (its arrowhead is 8 long). */
  leave: 10,
  enter: 16,
} as const;

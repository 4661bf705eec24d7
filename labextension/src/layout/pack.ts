/** Packing: components on shelves, from left to right, low ones stacked beside high ones. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Packing {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly width: number;
  readonly height: number;
}

const wideness = 1.5;

/** Tries several widths and takes the one whose outcome is small and of a pleasant form. */
export function pack(sizes: readonly Size[], gap: number, room: number): Packing {
  const widest = sizes.reduce((most, { width }) => Math.max(most, width), 0);
  const sum = sizes.reduce((sum, { width }) => sum + width + gap, -gap);
  const area = sizes.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  const best = { cost: Infinity, packing: shelves(sizes, gap, sum) };
  for (const factor of [0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6]) {
    for (const aim of [Math.sqrt(area * wideness) * factor, room * factor]) {
      const limit = Math.min(Math.max(aim, widest), sum);
      const packing = shelves(sizes, gap, limit);
      const form = packing.width / packing.height;
      const off = Math.max(form / 3, 1 / 3 / form, 1) ** 2;
      const over = packing.width > Math.max(room, widest) ? 1.3 : 1;
      const cost = (packing.width + gap) * (packing.height + gap) * off * over;
      if (cost < best.cost * 0.999) Object.assign(best, { cost, packing });
    }
  }
  return best.packing;
}

function shelves(sizes: readonly Size[], gap: number, limit: number): Packing {
  const x = new Float64Array(sizes.length);
  const y = new Float64Array(sizes.length);
  // High ones first, for a shelf is as high as its first.
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[b].height - sizes[a].height || a - b);
  let [top, high] = [0, 0];
  let [left, wide, down] = [0, 0, 0]; // the stack on the shelf that is being filled
  let [width, height] = [0, 0];
  for (const i of order) {
    const size = sizes[i];
    const stacks = down > 0 && down + gap + size.height <= high && size.width <= wide;
    if (!stacks && wide > 0) {
      left += wide + gap;
      [wide, down] = [0, 0];
      if (left + size.width > limit + 0.01) {
        top += high + gap;
        [left, high] = [0, 0];
      }
    }
    x[i] = left;
    y[i] = top + (stacks ? down + gap : 0);
    down = y[i] - top + size.height;
    wide = Math.max(wide, size.width);
    high = Math.max(high, down);
    width = Math.max(width, left + wide);
    height = Math.max(height, top + high);
  }
  return { x, y, width, height };
}

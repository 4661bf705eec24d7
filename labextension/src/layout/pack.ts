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

/** Tries several widths and takes the one whose outcome is small and of a pleasant form. `beside`
 * is what the whole will stand next to. */
export function pack(sizes: readonly Size[], gap: number, room: number, beside: Size): Packing {
  const widest = sizes.reduce((most, { width }) => Math.max(most, width), 0);
  const sum = sizes.reduce((sum, { width }) => sum + width + gap, -gap);
  const area = sizes.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  const left = beside.width > 0 ? beside.width + gap : 0;
  const best = { cost: Infinity, packing: shelves(sizes, gap, sum) };
  for (const factor of [0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6]) {
    for (const aim of [Math.sqrt(area * wideness) * factor, room * factor]) {
      const packing = shelves(sizes, gap, Math.min(Math.max(aim, widest), sum));
      const width = packing.width + left;
      const height = Math.max(packing.height, beside.height);
      const off = Math.max(width / height / 3, height / width / 3, 1) ** 2;
      const over = width > Math.max(room, widest + left) ? 1.3 : 1;
      const cost = (width + gap) * (height + gap) * off * over;
      if (cost < best.cost * 0.999) Object.assign(best, { cost, packing });
    }
  }
  return best.packing;
}

/** Rows of small things in their order. */
export function packGrid(sizes: readonly Size[], gap: number, room: number): Packing {
  const cell = sizes.reduce((most, { width }) => Math.max(most, width), 0) + gap;
  const area = sizes.reduce((sum, { height }) => sum + cell * (height + gap), 0);
  const wide = Math.min(Math.sqrt(area * wideness), Math.max(room, Math.sqrt(area)));
  const across = Math.min(sizes.length, Math.max(1, Math.round(wide / cell)));
  const x = Float64Array.from(sizes, (_, i) => (i % across) * cell);
  const y = new Float64Array(sizes.length);
  let [top, high] = [0, 0];
  sizes.forEach(({ height }, i) => {
    if (i > 0 && i % across === 0) {
      top += high + gap;
      high = 0;
    }
    y[i] = top;
    high = Math.max(high, height);
  });
  return { x, y, width: across * cell - gap, height: top + high };
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

/** Channels: strips between ranks, or between columns, in which lines run lengthwise, each on a
 * track. Tracks are dealt so that lines don't lie on each other and cross little. */

import { space } from "./space";

/** A horizontal or vertical line: its y or x. Routes are written as lines that meet. */
export class Line {
  at = 0;
}

/** A line in a channel, with the places along it where other lines meet it. */
export class Net extends Line {
  /** Places met from the channel's first side (the upper, the left). */
  readonly before: number[] = [];
  /** Places met from the other side. */
  readonly after: number[] = [];
  low = Infinity;
  high = -Infinity;

  meet(at: number, side: "before" | "after" | "within"): void {
    if (side !== "within") this[side].push(at);
    this.low = Math.min(this.low, at);
    this.high = Math.max(this.high, at);
  }
}

/** The nets of one channel, each by its key. */
export class Channel {
  readonly nets = new Map<string, Net>();
  tracks = 0;
  private readonly track = new Map<Net, number>();

  net(key: string): Net {
    let net = this.nets.get(key);
    if (!net) {
      net = new Net();
      this.nets.set(key, net);
    }
    return net;
  }

  /** Room for the tracks and `margins` beside them. */
  extent(margins: number): number {
    return this.tracks === 0 ? 0 : margins + (this.tracks - 1) * space.track;
  }

  /** `unit`: places closer than this look like one. */
  deal(unit: number): void {
    const nets = [...this.nets.values()];
    const track = assign(nets, unit);
    nets.forEach((net, i) => {
      this.track.set(net, track[i]);
      this.tracks = Math.max(this.tracks, track[i] + 1);
    });
  }

  /** Puts the lines where they are, once it is known where the first track is. */
  settle(first: number): void {
    for (const [net, track] of this.track) net.at = first + track * space.track;
  }
}

const many = 160;

/** A track for each net. */
function assign(nets: readonly Net[], unit: number): Int32Array {
  const count = nets.length;
  const track = new Int32Array(count).fill(-1);
  const byLow = nets.map((_, i) => i).sort((a, b) => nets[a].low - nets[b].low || a - b);
  if (count > many) {
    const ends: number[] = [];
    for (const i of byLow) {
      let free = ends.findIndex((end) => end + unit <= nets[i].low);
      if (free < 0) free = ends.length;
      ends[free] = nets[i].high;
      track[i] = free;
    }
    return track;
  }

  // How much better it is that i is before j; nets that don't overlap don't mind.
  const better = new Float64Array(count * count);
  const overlap = new Uint8Array(count * count);
  byLow.forEach((i, place) => {
    for (let k = place + 1; k < count && nets[byLow[k]].low < nets[i].high + unit; k++) {
      const j = byLow[k];
      overlap[i * count + j] = overlap[j * count + i] = 1;
      const gain = cost(nets[j], nets[i], unit) - cost(nets[i], nets[j], unit);
      better[i * count + j] = gain;
      better[j * count + i] = -gain;
    }
  });

  // Take out one after the other, always one that nothing left wants to be before (Eades, Lin and
  // Smyth's order where wishes go round in circles).
  const left = new Set(byLow);
  const wanted = new Float64Array(count);
  const unwanted = new Float64Array(count);
  const wish = (i: number, j: number, sign: number) => {
    const gain = better[i * count + j];
    if (gain > 0) wanted[i] += sign * gain;
    else unwanted[i] -= sign * gain;
  };
  for (const i of left) for (const j of left) wish(i, j, 1);
  while (left.size > 0) {
    let next = -1;
    let most = -Infinity;
    for (const i of left) {
      const worth = unwanted[i] === 0 ? Infinity : wanted[i] - unwanted[i];
      if (next < 0 || worth > most) [next, most] = [i, worth];
      if (most === Infinity) break;
    }
    left.delete(next);
    for (const i of left) wish(i, next, -1);
    let least = 0;
    const taken = new Set<number>();
    for (let j = 0; j < count; j++) {
      if (track[j] < 0 || !overlap[next * count + j]) continue;
      taken.add(track[j]);
      if (better[j * count + next] > 0) least = Math.max(least, track[j] + 1);
    }
    while (taken.has(least)) least++;
    track[next] = least;
  }
  return track;
}

/** Crossings if `a` is before `b`, and by far dearer, lines that would lie on each other. */
function cost(a: Net, b: Net, unit: number): number {
  let sum = 0;
  for (const at of b.before) if (at > a.low && at < a.high) sum++;
  for (const at of a.after) {
    if (at > b.low && at < b.high) sum++;
    for (const other of b.before) if (Math.abs(at - other) < unit / 2) sum += 100;
  }
  return sum;
}

/** Directed graphs over 0 .. n-1 in compressed rows, and the few questions that levels ask. */

export interface Rows {
  readonly start: Int32Array;
  readonly to: Int32Array;
}

export class Digraph {
  readonly next: Rows;
  private rowsBack: Rows | null = null;

  /** Parallel edges are kept once; an edge from a box to itself is left out. */
  constructor(
    readonly n: number,
    from: ArrayLike<number>,
    to: ArrayLike<number>,
  ) {
    this.next = rows(n, from, to);
  }

  get back(): Rows {
    if (this.rowsBack === null) {
      const { start, to } = this.next;
      const from = new Int32Array(to.length);
      for (let u = 0; u < this.n; u++) from.fill(u, start[u], start[u + 1]);
      this.rowsBack = rows(this.n, to, from);
    }
    return this.rowsBack;
  }

  get edgeCount(): number {
    return this.next.to.length;
  }

  /** How many edges arrive at each. */
  indegrees(): Int32Array {
    const found = new Int32Array(this.n);
    for (const v of this.next.to) found[v]++;
    return found;
  }

  /** The graph of sets: `setOf[u]` is the set that u is in, sets are numbered 0 .. count-1. */
  contracted(setOf: Int32Array, count: number): Digraph {
    const { start, to } = this.next;
    const from = new Int32Array(to.length);
    for (let u = 0; u < this.n; u++) from.fill(setOf[u], start[u], start[u + 1]);
    return new Digraph(
      count,
      from,
      to.map((v) => setOf[v]),
    );
  }
}

function rows(n: number, from: ArrayLike<number>, to: ArrayLike<number>): Rows {
  const start = new Int32Array(n + 1);
  for (let e = 0; e < from.length; e++) if (from[e] !== to[e]) start[from[e] + 1]++;
  for (let u = 0; u < n; u++) start[u + 1] += start[u];
  const all = new Int32Array(start[n]);
  const cursor = start.slice(0, n);
  for (let e = 0; e < from.length; e++) if (from[e] !== to[e]) all[cursor[from[e]]++] = to[e];
  const seen = new Int32Array(n).fill(-1);
  let kept = 0;
  let row = 0;
  for (let u = 0; u < n; u++) {
    const end = start[u + 1];
    for (; row < end; row++) {
      if (seen[all[row]] !== u) {
        seen[all[row]] = u;
        all[kept++] = all[row];
      }
    }
    start[u + 1] = kept;
  }
  return { start, to: all.subarray(0, kept) };
}

/** A topological order that takes the smallest rank it can, and the edges, as pairs `from * n + to`,
 * that had to be left out of account because they close cycles. */
export function ordered(
  graph: Digraph,
  rank: ArrayLike<number>,
): { order: Int32Array; closing: Set<number> } {
  const { n, next } = graph;
  const waiting = graph.indegrees();
  const heap = new Heap(rank);
  const done = new Uint8Array(n);
  const closing = new Set<number>();
  const order = new Int32Array(n);
  for (let u = 0; u < n; u++) if (waiting[u] === 0) heap.push(u);
  let byRank: number[] | null = null;
  let reached = 0;
  for (let at = 0; at < n; at++) {
    if (heap.size === 0) {
      // A cycle: go on with the box that stands first in the program.
      byRank ??= Array.from({ length: n }, (_, u) => u).sort((a, b) => rank[a] - rank[b]);
      while (done[byRank[reached]]) reached++;
      const u = byRank[reached];
      const { start, to } = graph.back;
      for (let e = start[u]; e < start[u + 1]; e++) if (!done[to[e]]) closing.add(to[e] * n + u);
      waiting[u] = 0;
      heap.push(u);
    }
    const u = heap.pop();
    order[at] = u;
    done[u] = 1;
    for (let e = next.start[u]; e < next.start[u + 1]; e++) {
      const v = next.to[e];
      if (!done[v] && waiting[v] > 0 && --waiting[v] === 0) heap.push(v);
    }
  }
  return { order, closing };
}

/** Smallest rank first. */
class Heap {
  private readonly items: number[] = [];
  constructor(private readonly rank: ArrayLike<number>) {}

  get size(): number {
    return this.items.length;
  }

  push(item: number): void {
    const { items, rank } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (rank[items[above]] <= rank[item]) break;
      items[at] = items[above];
      at = above;
    }
    items[at] = item;
  }

  pop(): number {
    const { items, rank } = this;
    const top = items[0];
    const last = items.pop() as number;
    const size = items.length;
    if (size > 0) {
      let at = 0;
      for (;;) {
        let below = 2 * at + 1;
        if (below >= size) break;
        if (below + 1 < size && rank[items[below + 1]] < rank[items[below]]) below++;
        if (rank[items[below]] >= rank[last]) break;
        items[at] = items[below];
        at = below;
      }
      items[at] = last;
    }
    return top;
  }
}

/** For each box of a set, how often a path comes back into the set before it: boxes with the same
 * count can be contracted without making a cycle. -1 for boxes outside. The graph has no cycle. */
export function returns(graph: Digraph, inSet: ArrayLike<number>): Int32Array {
  const { n, next } = graph;
  const count = new Int32Array(n);
  const waiting = graph.indegrees();
  const work: number[] = [];
  for (let u = 0; u < n; u++) if (waiting[u] === 0) work.push(u);
  while (work.length > 0) {
    const u = work.pop() as number;
    for (let e = next.start[u]; e < next.start[u + 1]; e++) {
      const v = next.to[e];
      // Leaving the set is what counts; whoever comes back in has been outside once more.
      const seen = count[u] + (inSet[u] && !inSet[v] ? 1 : 0);
      if (seen > count[v]) count[v] = seen;
      if (--waiting[v] === 0) work.push(v);
    }
  }
  for (let u = 0; u < n; u++) if (!inSet[u]) count[u] = -1;
  return count;
}

/** 1 for what can be reached from the set, or reaches it (along `rows`); the set itself only if a
 * path leads back to it. */
export function reached(n: number, along: Rows, set: readonly number[]): Uint8Array {
  const found = new Uint8Array(n);
  const work = [...set];
  while (work.length > 0) {
    const u = work.pop() as number;
    for (let e = along.start[u]; e < along.start[u + 1]; e++) {
      const v = along.to[e];
      if (!found[v]) {
        found[v] = 1;
        work.push(v);
      }
    }
  }
  return found;
}

/** True for each edge (in the order of `next.to`) that no longer path replaces. `order` is
 * topological; the graph has no cycle. */
export function reduction(graph: Digraph, order: Int32Array): Uint8Array {
  const { n, next } = graph;
  const words = (n + 31) >> 5;
  const reach = new Int32Array(n * words);
  const place = new Int32Array(n);
  for (let at = 0; at < n; at++) place[order[at]] = at;
  const kept = new Uint8Array(next.to.length);
  for (let at = n - 1; at >= 0; at--) {
    const u = order[at];
    const edges = [];
    for (let e = next.start[u]; e < next.start[u + 1]; e++) edges.push(e);
    edges.sort((a, b) => place[next.to[a]] - place[next.to[b]]);
    const mine = u * words;
    for (const e of edges) {
      const v = next.to[e];
      if (reach[mine + (v >> 5)] & (1 << (v & 31))) continue;
      kept[e] = 1;
      reach[mine + (v >> 5)] |= 1 << (v & 31);
      for (let w = 0; w < words; w++) reach[mine + w] |= reach[v * words + w];
    }
  }
  return kept;
}

/** Numbers 0 .. n-1 in disjoint sets. */
export class Sets {
  private readonly above: Int32Array;

  constructor(n: number) {
    this.above = Int32Array.from({ length: n }, (_, u) => u);
  }

  find(u: number): number {
    const { above } = this;
    let top = u;
    while (above[top] !== top) top = above[top];
    let at = u;
    while (above[at] !== top) {
      const up = above[at];
      above[at] = top;
      at = up;
    }
    return top;
  }

  join(u: number, v: number): void {
    const one = this.find(u);
    const other = this.find(v);
    if (one !== other) this.above[Math.max(one, other)] = Math.min(one, other);
  }
}

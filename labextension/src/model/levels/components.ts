/** The same few ops again and again beside each other, whatever their shapes: the update of 148
 * parameters is one box "adam ×148". */

import type { Graph } from "../graph";
import { Sets } from "./digraph";
import { type Draft, type Folding, unitDraft } from "./folding";
import { byKey, put } from "./lists";
import { nodeTitle, sizeText } from "./titles";

/** A level with fewer boxes is drawn as it is. */
const ENOUGH_BOXES = 12;
const FEWEST = 3;
const FEWEST_OF_ONE = 4;
/** A value with more readers, or a box with more sources, does not join what it touches. */
const HUB = 8;
/** Larger than this, a component is searched for repeats within. */
const LARGE = 24;
const SHORTEST_CHAIN = 5;

/** `most`: how many boxes the level may have. Where it has more, and will be cut into pieces, only
 * what is a good part of it is folded here: the rest is found again in the pieces, in its place. */
export function foldComponents(graph: Graph, folding: Folding, around: string, most: number): void {
  if (folding.drafts.length < ENOUGH_BOXES) return;
  if (folding.drafts.length > most) {
    foldAll(new Search(graph, folding, around, Math.ceil(folding.drafts.length / 20)));
    if (folding.drafts.length > most) return;
  }
  foldAll(new Search(graph, folding, around, 0));
}

function foldAll(search: Search): void {
  search.fold(search.singles());
  const left = search.singles();
  if (left.length < ENOUGH_BOXES) return;
  search.fold(search.repeated(left, "up"));
  search.fold(search.repeated(search.singles(), "down"));
  search.foldChains();
}

class Search {
  /** Numbers of texts that describe a box and what it reads. */
  private readonly shapes = new Map<string, number>();
  /** Of the boxes that are described just now: -1 before, their number after; 0 of all others. */
  private readonly shapeOf: Int32Array;

  constructor(
    private readonly graph: Graph,
    private readonly folding: Folding,
    private readonly around: string,
    /** Fewer units than this aren't folded. */
    private readonly least: number,
  ) {
    this.shapeOf = new Int32Array(folding.units.nodes.length);
  }

  /** Boxes that are ops of their own. */
  singles(): number[] {
    const { folding, graph } = this;
    const found: number[] = [];
    folding.drafts.forEach((draft, box) => {
      if (draft.kind === "unit" && !graph.isGroup(this.folding.nodeOf(box))) found.push(box);
    });
    return found;
  }

  /** Find components among these boxes, and draw those that are alike as one. */
  fold(boxes: readonly number[]): void {
    const classes = this.classes(this.components(boxes));
    // Boxes get new numbers as sets are contracted: units keep theirs.
    const sets = classes.map((parts) => parts.map((part) => this.folding.unitsIn(part)));
    for (const parts of sets) this.contract(parts);
  }

  private components(boxes: readonly number[]): number[][] {
    const { folding } = this;
    const { flow } = folding;
    const inSet = new Uint8Array(flow.n);
    for (const box of boxes) inSet[box] = 1;
    const sets = new Sets(flow.n);
    for (const box of boxes) {
      for (const next of this.joined(box)) if (inSet[next]) sets.join(box, next);
    }
    return [...byKey(boxes, (box) => sets.find(box)).values()];
  }

  /** The boxes of the same lane that read this one, unless it or they are hubs. */
  private joined(box: number): number[] {
    const { flow } = this.folding;
    const { start, to } = flow.next;
    if (start[box + 1] - start[box] > HUB) return [];
    const found: number[] = [];
    for (let e = start[box]; e < start[box + 1]; e++) {
      const next = to[e];
      const sources = flow.back.start[next + 1] - flow.back.start[next];
      if (sources <= HUB && this.folding.lane(next) === this.folding.lane(box)) found.push(next);
    }
    return found;
  }

  /** Components that are alike: the same ops, wired the same way. */
  private classes(components: readonly (readonly number[])[]): (readonly number[])[][] {
    const found = new Map<string, (readonly number[])[]>();
    for (const component of components) {
      if (component.length > 4 * LARGE) continue;
      const shape = this.shapesOf(component, "up")
        .sort((a, b) => a - b)
        .join();
      put(found, `${this.folding.lane(component[0])}|${shape}`, component);
    }
    return [...found.values()].filter(
      (parts) =>
        parts.length >= (parts[0].length === 1 ? FEWEST_OF_ONE : FEWEST) &&
        parts.length * parts[0].length >= this.least,
    );
  }

  /** For each of these boxes, in their order, a number that is the same for boxes with the same op
   * that read (or feed) what is the same in turn, as far as these boxes go. */
  private shapesOf(boxes: readonly number[], way: "up" | "down"): number[] {
    const { graph, folding, shapes, shapeOf } = this;
    const rows = way === "up" ? folding.flow.back : folding.flow.next;
    for (const box of boxes) shapeOf[box] = -1;
    // Single boxes stand in the order of their units, which is topological.
    const begin = way === "up" ? 0 : boxes.length - 1;
    for (let at = 0; at < boxes.length; at++) {
      const box = boxes[Math.abs(begin - at)];
      const near: number[] = [];
      for (let e = rows.start[box]; e < rows.start[box + 1]; e++) {
        const other = rows.to[e];
        if (shapeOf[other] !== 0 && this.isJoined(box, other, way)) near.push(shapeOf[other]);
      }
      if (near.length > 1) near.sort((a, b) => a - b);
      const text = `${nodeTitle(graph, this.folding.nodeOf(box))}(${near.join()})`;
      let shape = shapes.get(text);
      if (shape === undefined) {
        shape = shapes.size + 1;
        shapes.set(text, shape);
      }
      shapeOf[box] = shape;
    }
    const found = boxes.map((box) => shapeOf[box]);
    for (const box of boxes) shapeOf[box] = 0;
    return found;
  }

  private isJoined(box: number, other: number, way: "up" | "down"): boolean {
    const { flow } = this.folding;
    const [source, reader] = way === "up" ? [other, box] : [box, other];
    const readers = flow.next.start[source + 1] - flow.next.start[source];
    const sources = flow.back.start[reader + 1] - flow.back.start[reader];
    return readers <= HUB && sources <= HUB;
  }

  private unit(box: number): number {
    return this.folding.drafts[box].units[0];
  }

  /** In large components, the boxes whose way down to them (or on from them) is found again. */
  repeated(boxes: readonly number[], way: "up" | "down"): number[] {
    const found: number[] = [];
    for (const component of this.components(boxes)) {
      if (component.length <= LARGE) continue;
      const shapes = this.shapesOf(component, way);
      const times = new Map<number, number>();
      for (const shape of shapes) times.set(shape, (times.get(shape) ?? 0) + 1);
      found.push(...component.filter((_, at) => (times.get(shapes[at]) ?? 0) >= FEWEST));
    }
    return found;
  }

  /** Draw parts that are alike as one box, or as a few where one would make a cycle. */
  private contract(parts: readonly (readonly number[])[]): void {
    const { folding } = this;
    let left = parts;
    // Parts that something outside runs through are left out, which may part others.
    for (let round = 0; round < 4 && left.length > 0; round++) {
      const boxOf = (unit: number) => folding.boxOf[unit];
      const sets = folding.convex(left.flatMap((part) => part.map(boxOf)));
      const setOf = new Map<number, number>();
      sets.forEach((set, at) => {
        for (const box of set) setOf.set(box, at);
      });
      const whole = left.filter((part) => {
        const set = setOf.get(boxOf(part[0]));
        return part.every((unit) => setOf.get(boxOf(unit)) === set);
      });
      if (whole.length === left.length) {
        const bySet = sets.map((): (readonly number[])[] => []);
        for (const part of left) bySet[setOf.get(boxOf(part[0])) as number].push(part);
        const kept = bySet.filter((group) => group.length >= FEWEST);
        folding.contract(
          kept.map((group) => ({ boxes: group.flat().map(boxOf), draft: this.draft(group) })),
        );
        return;
      }
      left = whole;
    }
  }

  private draft(parts: readonly (readonly number[])[]): Draft {
    const size = parts[0].reduce((sum, unit) => sum + this.size(unit), 0);
    const name = this.name(parts[0]);
    return {
      kind: "component",
      units: parts.flat().sort((a, b) => a - b),
      name,
      subtitle: size > 1 ? `${sizeText(size)} each` : "",
      count: parts.length,
      parts: parts.map((units) =>
        units.length === 1
          ? unitDraft(units[0])
          : { kind: "component", units, name, subtitle: "", count: 1, parts: null },
      ),
    };
  }

  private size(unit: number): number {
    return this.graph.size(this.folding.units.nodes[unit]);
  }

  /** The function that all of it stands in, if that says more than the level; else its ops. */
  private name(units: readonly number[]): string {
    const nodes = units.map((unit) => this.folding.units.nodes[unit]);
    if (nodes.length > 2) {
      const shared = sharedFunction(this.graph, nodes);
      if (shared !== "" && shared !== this.around) return shared;
      const functions = innermostFunctions(this.graph, nodes, this.around);
      if (functions.length > 0) return listed(functions);
    }
    const ops = [...new Set(nodes.map((node) => nodeTitle(this.graph, node)))];
    return listed(ops);
  }

  /** Draw runs of one op, each reading the one before, as one: the sum of many terms. */
  foldChains(): void {
    const { folding, graph } = this;
    const singles = new Set(this.singles());
    const after = new Map<number, number>();
    const before = new Map<number, number>();
    for (const box of singles) {
      const mates = this.joined(box).filter(
        (next) =>
          singles.has(next) &&
          graph.op(this.folding.nodeOf(next)) === graph.op(this.folding.nodeOf(box)),
      );
      if (mates.length === 1 && !before.has(mates[0])) {
        after.set(box, mates[0]);
        before.set(mates[0], box);
      }
    }
    const chains: number[][] = [];
    for (const box of singles) {
      if (before.has(box) || !after.has(box)) continue;
      const chain = [this.unit(box)];
      for (let at = after.get(box); at !== undefined; at = after.get(at)) chain.push(this.unit(at));
      if (chain.length >= Math.max(SHORTEST_CHAIN, this.least)) chains.push(chain);
    }
    for (const chain of chains) {
      for (const set of folding.convex(chain.map((unit) => folding.boxOf[unit]))) {
        if (set.length < SHORTEST_CHAIN) continue;
        const units = folding.unitsIn(set);
        const name = nodeTitle(graph, folding.units.nodes[units[0]]);
        const draft: Draft = {
          kind: "stack",
          units,
          name,
          subtitle: "in a row",
          count: units.length,
          parts: units.map(unitDraft),
        };
        folding.contract([{ boxes: units.map((unit) => folding.boxOf[unit]), draft }]);
      }
    }
  }
}

const listed = (names: readonly string[]): string =>
  names.length <= 2 ? names.join(", ") : `${names.slice(0, 2).join(", ")}, …`;

/** The user's functions that the nodes were written in, if each was written in one, in the order
 * of their lines. */
function innermostFunctions(graph: Graph, nodes: readonly number[], around: string): string[] {
  const found = new Map<string, number>();
  for (const node of nodes) {
    const frame = graph.frames(node)[0];
    const name = plainName(frame?.function ?? "");
    if (name === "") return [];
    if (name !== around) found.set(name, Math.min(found.get(name) ?? frame.line, frame.line));
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([name]) => name);
}

/** `updated` of `adam.<locals>.updated`; "" for lambdas and the like. */
function plainName(name: string): string {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return last.includes("<") ? "" : last;
}

/** The innermost function whose frames are in the stacks of all nodes; "" if there is none. */
function sharedFunction(graph: Graph, nodes: readonly number[]): string {
  let shared: string[] | null = null;
  for (const node of nodes) {
    const names = graph
      .frames(node)
      .map((frame) => frame.function)
      .reverse();
    if (names.length === 0) continue;
    if (shared === null) {
      shared = names;
      continue;
    }
    let depth = 0;
    while (depth < shared.length && depth < names.length && shared[depth] === names[depth]) depth++;
    shared = shared.slice(0, depth);
  }
  return plainName(shared?.at(-1) ?? "");
}

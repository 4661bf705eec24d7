import { grouped } from "./columns";
import type { Constant, Graph, NodeId, RegionId } from "./graph";

export type FacetName = keyof typeof MAKERS;

/** What is searched in a stage, made when it is first asked for, and what was found lately. */
export class SearchIndex {
  readonly graph: Graph;
  /** Nodes that terms find, 1 for each, by what the term says. */
  readonly known = new Map<string, Uint8Array>();
  readonly #facets = new Map<FacetName, Facet>();

  constructor(graph: Graph) {
    this.graph = graph;
  }

  facet(name: FacetName): Facet {
    const facet = this.#facets.get(name) ?? MAKERS[name](this.graph);
    this.#facets.set(name, facet);
    return facet;
  }
}

const indexes = new WeakMap<Graph, SearchIndex>();

/** A stage's index, always the same. */
export function indexOf(graph: Graph): SearchIndex {
  const index = indexes.get(graph) ?? new SearchIndex(graph);
  indexes.set(graph, index);
  return index;
}

/** What rows, which are nodes or values, are made of, and whom their texts are found for. */
interface Rows<T> {
  readonly count: number;
  /** Rows whose things are the very same share a text. */
  thing(row: number): T;
  /** In lower case; an empty one is none. */
  text(thing: T): string;
  nodes(row: number): readonly NodeId[];
}

const END = "\0";

/** Distinct texts and the nodes that have them. A search looks through the texts first, all at
 * once, and then takes the nodes of those that it found. */
export class Facet<T = unknown> {
  readonly #rows: Rows<T>;
  readonly #places = new Map<T, number>();
  #next = 0;
  readonly #texts: string[] = [];
  readonly #first: number[] = [];
  readonly #nodes: number[] = [];
  readonly #placeOf: number[] = [];
  #whole: { all: string; start: Int32Array; nodes: Int32Array } | undefined;

  constructor(rows: Rows<T>) {
    this.#rows = rows;
  }

  /** Makes so many rows ahead of time; false once there are no more. */
  more(wanted: number): boolean {
    const { count, thing, text, nodes } = this.#rows;
    for (const end = Math.min(count, this.#next + wanted); this.#next < end; this.#next++) {
      const row = this.#next;
      const found = thing(row);
      let place = this.#places.get(found);
      if (place === undefined) {
        const words = text(found);
        place = words ? this.#texts.push(words) - 1 : -1;
        if (words) this.#first.push(row);
        this.#places.set(found, place);
      }
      if (place < 0) continue;
      for (const node of nodes(row)) {
        this.#nodes.push(node);
        this.#placeOf.push(place);
      }
    }
    if (this.#next < count) return true;
    this.#whole ??= this.#finish();
    return false;
  }

  get texts(): readonly string[] {
    this.more(Infinity);
    return this.#texts;
  }

  /** A row that has this text. */
  row(place: number): number {
    return this.#first[place];
  }

  /** How often nodes have this text. */
  count(place: number): number {
    const { start } = this.#all;
    return start[place + 1] - start[place];
  }

  /** 1 for each text that has this part in it. */
  find(part: string): Uint8Array {
    const { texts } = this;
    const found = new Uint8Array(texts.length);
    if (!part) return found.fill(1);
    const { all } = this.#all;
    let place = 0;
    let end = 0; // of the text at this place
    for (let at = all.indexOf(part); at >= 0; at = all.indexOf(part, end)) {
      for (end += texts[place].length + 1; end <= at; end += texts[place].length + 1) place++;
      found[place++] = 1;
    }
    return found;
  }

  /** Marks the nodes of texts that were found. */
  mark(hits: Uint8Array, found: Uint8Array): void {
    const { start, nodes } = this.#all;
    for (let place = 0; place < hits.length; place++) {
      if (!hits[place]) continue;
      for (let at = start[place]; at < start[place + 1]; at++) found[nodes[at]] = 1;
    }
  }

  get #all() {
    this.more(Infinity);
    return this.#whole!;
  }

  #finish() {
    this.#places.clear();
    const { start, places } = grouped(this.#placeOf, this.#texts.length);
    const nodes = places.map((at) => this.#nodes[at]);
    this.#nodes.length = 0;
    this.#placeOf.length = 0;
    return { all: this.#texts.join(END), start, nodes };
  }
}

function ofNodes<T>(
  graph: Graph,
  thing: (node: NodeId) => T,
  text: (thing: T) => string,
): Facet<T> {
  return new Facet({ count: graph.nodeCount, thing, text, nodes: (node) => [node] });
}

function ofValues(
  graph: Graph,
  thing: (value: number) => string,
  nodes: (value: number) => readonly NodeId[],
): Facet<string> {
  return new Facet({ count: graph.valueCount, thing, text: lower, nodes });
}

const NONE: readonly NodeId[] = [];

const MAKERS = {
  ops: (g: Graph) => ofNodes(g, (node) => g.op(node), lower),
  scopes: (g: Graph) => ofNodes(g, (node) => g.scopes(node), pathText),
  effects: (g: Graph) => ofNodes(g, (node) => g.effects(node), pathText),
  params: (g: Graph) => ofNodes(g, (node) => g.params(node), paramText),
  /** What calls call. */
  callees: (g: Graph) =>
    ofNodes(g, (node) => (g.calls(node).length ? g.nodeName(node) : ""), lower),
  /** Of values: their makers, and the readers of inputs, for an input is no node. */
  names: (g: Graph) =>
    ofValues(
      g,
      (value) => g.valueName(value),
      (value) => (g.maker(value) < 0 ? g.users(value) : [g.maker(value)]),
    ),
  /** Of results. */
  types: (g: Graph) =>
    ofValues(
      g,
      (value) => g.typeText(value),
      (value) => (g.maker(value) < 0 ? NONE : [g.maker(value)]),
    ),
};

function lower(text: string): string {
  return text.toLowerCase();
}

/** `/block_3/attn/`. */
function pathText(path: readonly string[]): string {
  return path.length ? `/${path.join("/").toLowerCase()}/` : "";
}

/** `precision=highest`, one a line. */
function paramText(params: readonly (readonly [string, Constant])[]): string {
  let text = "";
  for (const [key, value] of params) text += `${key}=${wordOf(value)}\n`;
  return text.toLowerCase();
}

function wordOf(value: Constant): string {
  if (typeof value !== "object" || value === null) return value === null ? "None" : String(value);
  const mark = value as Readonly<Record<string, unknown>>;
  return String(mark.text ?? mark.int ?? mark.float ?? mark.region);
}

/** Nodes that a region's first callers stand around: bodies have their callers' scopes too. */
export function withInside(graph: Graph, nodes: Uint8Array): Uint8Array {
  const regions = new Map<RegionId, boolean>();
  const isInside = (region: RegionId): boolean => {
    let found = regions.get(region);
    if (found === undefined) {
      const caller = graph.callers(region)[0] ?? -1;
      found = caller >= 0 && (nodes[caller] === 1 || isInside(graph.regionOf(caller)));
      regions.set(region, found);
    }
    return found;
  };
  for (let region = 0; region < graph.regionCount; region++) {
    if (isInside(region)) nodes.fill(1, graph.firstNode(region), graph.lastNode(region));
  }
  return nodes;
}

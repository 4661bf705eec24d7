import type { Constant, Graph, RegionId } from "./graph";

/** Distinct texts, and for each row the place of its text; -1 for none. */
export interface Facet {
  readonly texts: readonly string[];
  readonly rows: Int32Array;
}

export type FacetName = keyof typeof MAKERS;

/** What is searched in a stage: distinct texts, in lower case, and which nodes have them. A search
 * looks through the texts first, then over columns of numbers. Each is made when first asked for. */
export class SearchIndex {
  readonly graph: Graph;
  readonly #makers = new Map<FacetName, Maker>();

  constructor(graph: Graph) {
    this.graph = graph;
  }

  get ops(): Facet {
    return this.#whole("ops");
  }

  get scopes(): Facet {
    return this.#whole("scopes");
  }

  get effects(): Facet {
    return this.#whole("effects");
  }

  get params(): Facet {
    return this.#whole("params");
  }

  /** What calls call. */
  get callees(): Facet {
    return this.#whole("callees");
  }

  /** Of values, not of nodes. */
  get names(): Facet {
    return this.#whole("names");
  }

  /** Of values, not of nodes. */
  get types(): Facet {
    return this.#whole("types");
  }

  /** Make so many rows of a facet ahead of time; false once it is whole. */
  prepare(name: FacetName, rows: number): boolean {
    return this.#maker(name).more(rows);
  }

  #whole(name: FacetName): Facet {
    const maker = this.#maker(name);
    maker.more(Infinity);
    return maker.facet;
  }

  #maker(name: FacetName): Maker {
    const maker = this.#makers.get(name) ?? MAKERS[name](this.graph);
    this.#makers.set(name, maker);
    return maker;
  }
}

/** Makes a facet a few rows at a time. */
interface Maker {
  readonly facet: Facet;
  /** False once there are no more. */
  more(rows: number): boolean;
}

const indexes = new WeakMap<Graph, SearchIndex>();

/** A stage's index, always the same. */
export function indexOf(graph: Graph): SearchIndex {
  const index = indexes.get(graph) ?? new SearchIndex(graph);
  indexes.set(graph, index);
  return index;
}

/** Rows whose things are the very same share a text; an empty text is none. */
function makerOf<T>(count: number, thing: (row: number) => T, text: (thing: T) => string): Maker {
  const texts: string[] = [];
  const rows = new Int32Array(count);
  const places = new Map<T, number>();
  let next = 0;

  function more(wanted: number): boolean {
    for (const end = Math.min(count, next + wanted); next < end; next++) {
      const found = thing(next);
      let place = places.get(found);
      if (place === undefined) {
        const words = text(found);
        place = words ? texts.push(words) - 1 : -1;
        places.set(found, place);
      }
      rows[next] = place;
    }
    return next < count;
  }

  return { facet: { texts, rows }, more };
}

const MAKERS = {
  ops: (g: Graph) => makerOf(g.nodeCount, (node) => g.op(node), lower),
  scopes: (g: Graph) => makerOf(g.nodeCount, (node) => g.scopes(node), pathText),
  effects: (g: Graph) => makerOf(g.nodeCount, (node) => g.effects(node), pathText),
  params: (g: Graph) => makerOf(g.nodeCount, (node) => g.params(node), paramText),
  callees: (g: Graph) =>
    makerOf(g.nodeCount, (node) => (g.calls(node).length ? g.nodeName(node) : ""), lower),
  names: (g: Graph) => makerOf(g.valueCount, (value) => g.valueName(value), lower),
  types: (g: Graph) => makerOf(g.valueCount, (value) => g.typeText(value), lower),
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

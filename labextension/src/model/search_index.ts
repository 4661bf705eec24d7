import type { Constant, Graph, NodeId, RegionId, ValueId } from "./graph";

/** Distinct texts, and for each row the place of its text; -1 for none. */
export interface Facet {
  readonly texts: readonly string[];
  readonly rows: Int32Array;
}

/** What is searched in a stage: distinct texts, in lower case, and which nodes have them. A search
 * looks through the texts first, then over columns of numbers. Each is made when first asked for. */
export class SearchIndex {
  readonly graph: Graph;
  readonly #made = new Map<string, Facet>();

  constructor(graph: Graph) {
    this.graph = graph;
  }

  get ops(): Facet {
    return this.#nodes("ops", (node) => this.graph.op(node), lower);
  }

  get scopes(): Facet {
    return this.#nodes("scopes", (node) => this.graph.scopes(node), pathText);
  }

  get effects(): Facet {
    return this.#nodes("effects", (node) => this.graph.effects(node), pathText);
  }

  get params(): Facet {
    return this.#nodes("params", (node) => this.graph.params(node), paramText);
  }

  /** What calls call. */
  get callees(): Facet {
    const { graph } = this;
    const name = (node: NodeId) => (graph.calls(node).length ? graph.nodeName(node) : "");
    return this.#nodes("callees", name, lower);
  }

  /** Of values, not of nodes. */
  get names(): Facet {
    return this.#values("names", (value) => this.graph.valueName(value));
  }

  /** Of values, not of nodes. */
  get types(): Facet {
    return this.#values("types", (value) => this.graph.typeText(value));
  }

  /** Make a facet ahead of time. */
  make(facet: "ops" | "scopes" | "params" | "callees" | "names" | "types"): Facet {
    return this[facet];
  }

  #nodes<T>(key: string, thing: (node: NodeId) => T, text: (thing: T) => string): Facet {
    return this.#once(key, () => facet(this.graph.nodeCount, thing, text));
  }

  #values(key: string, text: (value: ValueId) => string): Facet {
    return this.#once(key, () => facet(this.graph.valueCount, text, lower));
  }

  #once(key: string, make: () => Facet): Facet {
    const made = this.#made.get(key) ?? make();
    this.#made.set(key, made);
    return made;
  }
}

const indexes = new WeakMap<Graph, SearchIndex>();

/** A stage's index, always the same. */
export function indexOf(graph: Graph): SearchIndex {
  const index = indexes.get(graph) ?? new SearchIndex(graph);
  indexes.set(graph, index);
  return index;
}

/** Rows whose things are the very same share a text; an empty text is none. */
function facet<T>(count: number, thing: (row: number) => T, text: (thing: T) => string): Facet {
  const texts: string[] = [];
  const rows = new Int32Array(count);
  const places = new Map<T, number>();
  for (let row = 0; row < count; row++) {
    const found = thing(row);
    let place = places.get(found);
    if (place === undefined) {
      const words = text(found);
      place = words ? texts.push(words) - 1 : -1;
      places.set(found, place);
    }
    rows[row] = place;
  }
  return { texts, rows };
}

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

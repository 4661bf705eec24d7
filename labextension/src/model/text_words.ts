import type { Constant, Graph, NodeId, RegionId, ValueId } from "./graph";
import type { Token, TokenKind } from "./text";
import type { LineTable } from "./text_lines";
import { visible } from "./visible";

const LONGEST = 240;
const LONGEST_NAME = 120;

/** The words of one line, as they are put one after another. */
export class Words {
  readonly tokens: Token[] = [];
  readonly graph: Graph;
  readonly table: LineTable;

  constructor(graph: Graph, table: LineTable) {
    this.graph = graph;
    this.table = table;
  }

  put(kind: TokenKind, text: string): this {
    if (text) this.tokens.push({ kind, text });
    return this;
  }

  mark(text: string): this {
    return this.put("punctuation", text);
  }

  /** A name that comes from the program. */
  named(kind: TokenKind, text: string): this {
    return this.put(kind, visible(text, LONGEST_NAME));
  }

  op(node: NodeId, text: string): this {
    this.tokens.push({ kind: "op", text: visible(text, LONGEST_NAME), node });
    return this;
  }

  value(value: ValueId, text: string): this {
    this.tokens.push({ kind: "name", text: visible(text, LONGEST_NAME), value });
    return this;
  }

  label(region: RegionId, before = ""): this {
    return this.named("name", before + this.table.labels[region]);
  }

  /** Things with a mark between them. */
  all<T>(things: Iterable<T>, between: string, put: (thing: T) => void): this {
    let first = true;
    for (const thing of things) {
      if (!first) this.mark(between);
      put(thing);
      first = false;
    }
    return this;
  }
}

/** A param's value on one line. */
export function constantText(value: Constant): string {
  if (value === null || typeof value !== "object") return visible(String(value), LONGEST);
  const mark = value as Readonly<Record<string, unknown>>;
  if (typeof mark.text === "string") return `${visible(mark.text, LONGEST)}…`;
  const told = mark.int ?? mark.float ?? mark.region;
  return visible(typeof told === "string" ? told : JSON.stringify(value), LONGEST);
}

/** A node's params but for the regions that it calls, which its calls tell of. */
export function plainParams(graph: Graph, node: NodeId): readonly (readonly [string, Constant])[] {
  const params = graph.params(node);
  const calls = graph.calls(node);
  if (!calls.length) return params;
  return params.filter(
    ([key]) => !calls.some(({ role }) => role === key || role.startsWith(`${key}[`)),
  );
}

/** The results of a node, or the inputs of a region: the values from `first` up to `last`. */
export function* span(first: ValueId, last: ValueId): Iterable<ValueId> {
  for (let value = first; value < last; value++) yield value;
}

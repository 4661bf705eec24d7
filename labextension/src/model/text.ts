/** The IR as its users read it, as lines that are written when they are asked for. */

import type { Graph, NodeId, ValueId } from "./graph";
import { writeHlo } from "./text_hlo";
import { writeJaxpr } from "./text_jaxpr";
import { type LineTable, Part, tableOf } from "./text_lines";
import { writeStablehlo } from "./text_stablehlo";
import { Words } from "./text_words";

export type TokenKind = "op" | "name" | "type" | "param" | "punctuation" | "comment" | "literal";

export interface Token {
  readonly text: string;
  readonly kind: TokenKind;
  readonly node?: NodeId;
  /** The value that a name stands for; a group's ports are seen through. */
  readonly value?: ValueId;
}

export interface TextLine {
  readonly indent: number;
  readonly tokens: readonly Token[];
  /** The node that the line tells of, -1 if none. */
  readonly node: NodeId;
  /** True where a body begins that can be folded. */
  readonly folds: boolean;
  /** The last line of that body; the line itself where none begins. */
  readonly end: number;
}

export interface TextDoc {
  readonly lineCount: number;
  line(at: number): TextLine;
  lastOf(line: number): number;
  /** The line that a node begins at, -1 where it isn't shown. */
  lineOf(node: NodeId): number;
}

/** What a line says; a dialect writes it into `words`. */
export interface LineContext {
  readonly graph: Graph;
  readonly table: LineTable;
  readonly words: Words;
  /** One of `Part`. */
  readonly part: number;
  /** A node, a region or a value: what the part is of. */
  readonly of: number;
  /** For a body: which of its node's calls it is. */
  readonly call: number;
}

const WRITERS = { jaxpr: writeJaxpr, stablehlo: writeStablehlo, hlo: writeHlo };

/** A stage as text: the entry first, then what is called from more than one place, or by name. A
 * scope's group stands where it runs, under a comment with its name. */
export function makeText(graph: Graph): TextDoc {
  return new Text(graph);
}

class Text implements TextDoc {
  readonly #graph: Graph;
  readonly #table: LineTable;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#table = tableOf(graph);
  }

  get lineCount(): number {
    return this.#table.part.length;
  }

  line(at: number): TextLine {
    const { part, of, call, indent, last } = this.#table;
    const words = new Words(this.#graph, this.#table);
    const context = { graph: this.#graph, table: this.#table, words };
    WRITERS[this.#graph.stage]({ ...context, part: part[at], of: of[at], call: call[at] });
    return {
      indent: indent[at],
      tokens: words.tokens,
      node: part[at] <= Part.nodeClose ? of[at] : -1,
      folds: last[at] > at,
      end: last[at],
    };
  }

  lastOf(line: number): number {
    return this.#table.last[line];
  }

  lineOf(node: NodeId): number {
    return this.#table.lineOfNode[node];
  }
}
